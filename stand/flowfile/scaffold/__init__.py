"""Flow files made from a regulation: one for the usual way through a flow, and one for each refusal, branch and result.

They are a beginning: what people write into the form, and why they refuse, is filled in with the regulation's own
examples. Each choice that a step leaves is taken in one file at least, so that playing all exercises every outcome.

ways     which ways through a flow there are to go, and what they are called
deeds    what people do on one of them
records  what the state registers have to hold for it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aimaq.regulation import Flow, Regulation, Texts
from aimaq.regulation.wording import channel as channel_words
from stand.flowfile.scaffold.deeds import Script
from stand.flowfile.scaffold.records import records
from stand.flowfile.scaffold.ways import Way, ways

__all__ = ["Way", "scaffold", "ways"]


def scaffold(regulation: Regulation, channel: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The flow files of one channel, by name, as data in the shape of `flows/schema.json`."""
    flow = regulation.flow(channel)
    for way in ways(regulation, flow):
        yield f"{channel}-{way.name}", _file(regulation, flow, way)


def _file(regulation: Regulation, flow: Flow, way: Way) -> dict[str, Any]:
    end = flow.end(way.outcomes)
    script = Script(regulation, flow, way)
    do = list(script.happenings())
    registers = list(records(regulation, flow, way, script.subject))
    made: dict[str, Any] = {
        "flow": f"{regulation.id}/{flow.channel}",
        "title": _title(regulation, flow, way).as_dict(),
        "people": script.people,
    }
    if registers:
        made["registers"] = registers
    expect: dict[str, Any] = {"outcomes": dict(way.outcomes)} if way.outcomes else {}
    return made | {"do": do, "expect": expect | {"end": end, "status": flow.ends[end].status, "result": way.result}}


def _title(regulation: Regulation, flow: Flow, way: Way) -> Texts:
    """The channel, what the flow comes to, which result where there are several, and what is particular about it."""
    where, end = channel_words(flow.channel), flow.ends[flow.end(way.outcomes)]
    kind = regulation.results[way.result].title if way.result and len(end.results) > 1 else None

    def wording(language: str) -> str:
        text = f"{where.say(language)}: {_low(end.title.say(language))}"
        if kind is not None:
            text += f" – {kind.say(language)}"
        if way.particulars:
            text += f" ({'; '.join(one.say(language) for one in way.particulars)})"
        return text

    return Texts(kk=wording("kk"), ru=wording("ru"), en=wording("en"))


def _low(text: str) -> str:
    """A sentence as the rest of one: without its capital, unless that belongs to an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
