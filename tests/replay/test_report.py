"""Reports: JUnit that parses and counts, a page that escapes what comes from outside and needs nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from msgspec.structs import replace

from aimaq.language.errors import InvalidInput, Unconfigured
from aimaq.regulation import Catalogue, Limit, Texts
from conformance import judge
from conformance.trace import Trace
from stand.flowfile.coverage import count, exercised
from stand.replay.run import Problem, Replay, Run, Timing, Untold
from stand.show.report import chosen, html, junit, write
from stand.show.report.diagram import diagram
from tests.conformance.traces import OPENED, OUTCOMES, REGULATION, change_records, expected, flow, ideal

NASTY = "<script>alert('x')</script>&\"\x07"


def run(channel: str = "portal", outcome: str = "certificate", trace: Trace | None = None, **changes: object) -> Run:
    found = trace or ideal(channel, outcome)
    verdict = judge(found, flow(channel), expected(channel, outcome))
    made = Run(
        flow=f"{REGULATION}/{channel}-{outcome}",
        file=f"flows/{REGULATION}/{channel}-{outcome}.yaml",
        title=Texts(kk="бір", ru="один", en="one"),
        regulation=REGULATION,
        channel=channel,
        paragraph="8",
        seed="1",
        case_id="c1",
        conforms=verdict.conforms,
        verdict=verdict,
        trace=found,
        problems=(),
        notes=(),
        timings=(Timing("wait", 0.1),),
        seconds=0.5,
    )
    return replace(made, **changes)


def replay(*runs: Run, untold: tuple[Untold, ...] = ()) -> Replay:
    return Replay(runs=runs, untold=untold, seed="1", stand="embedded", at=OPENED, seconds=1.0)


def broken() -> Run:
    trace = change_records(ideal("portal"), lambda r: None if r.operation == "accept" else r)
    return run(trace=trace)


def cases(root: Element, kind: str) -> list[Element]:
    return [case for case in root.iter("testcase") if case.find(kind) is not None]


def test_junit_has_a_case_a_step_and_a_row_and_counts_them() -> None:
    good = run()
    root = fromstring(junit(replay(good)))
    names = [case.get("name", "") for case in root.iter("testcase")]
    assert sum(name.startswith("8(") for name in names) == len(good.verdict.steps)
    assert sum(name.startswith("row ") for name in names) == 15
    assert root.get("tests") == str(len(names))
    assert root.get("failures") == "0"
    assert {case.get("classname") for case in root.iter("testcase")} == {f"{REGULATION}.portal.certificate"}


def test_junit_tells_what_was_missed_and_by_which_paragraph() -> None:
    root = fromstring(junit(replay(broken())))
    failed = cases(root, "failure")
    assert [case.get("name") for case in failed] == [
        "8(9) process-6/accept: Sending and processing the request",
        "row 5: Take up the application (if the data entered are correct)",
    ]
    failure = failed[0].find("failure")
    assert failure is not None
    assert failure.get("type") == "missed"
    assert "expected the executive body's employee" in (failure.text or "")
    assert root.get("failures") == "2"


def test_junit_skips_what_is_not_due_and_errs_on_what_cannot_be_told() -> None:
    refused = run("portal", "refused-authorisation")
    root = fromstring(junit(replay(refused, untold=(Untold("x/y", "y.yaml", NASTY),))))
    assert len(cases(root, "skipped")) == 14 + 1
    assert len(cases(root, "error")) == 1
    assert root.get("errors") == "1"


def test_junit_fails_on_messages_endings_and_surprises() -> None:
    trace = replace(ideal("portal"), end=None, messages=ideal("portal").messages + ideal("portal").messages[-1:])
    problem = Problem("process-1/authenticate", 500, NASTY, foreseen=False)
    root = fromstring(junit(replay(run(trace=trace, problems=(problem,)))))
    names = {case.get("name", "").partition(":")[0] for case in cases(root, "failure")}
    assert {"message StatusChanged gateway to con", "ends with end", "played as written"} <= names


_TOTALS = {"name", "time", "tests", "failures", "errors"}
_REASON = (set[str](), {"type", "message"}, set[str]())
NOON = "2026-03-02T12:00:00+00:00"
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), _TOTALS, {"testsuite"}),
    "testsuite": (_TOTALS - {"time"}, _TOTALS | {"skipped", "timestamp"}, {"properties", "testcase"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": ({"name"}, {"name", "time", "classname"}, {"skipped", "error", "failure"}),
    "skipped": _REASON,
    "error": _REASON,
    "failure": _REASON,
}
"""What Jenkins' schema of JUnit reports (`junit-10.xsd`) has of the elements that are written: the attributes that each
must have, those that it may have, and the elements that may be in it."""


def test_junit_is_what_jenkins_schema_says() -> None:
    refused, late = run("portal", "refused-authorisation"), run(seconds=4711.5)
    unopened = run(trace=replace(ideal("portal"), opened_at=None))
    many = replay(refused, broken(), late, unopened, untold=(Untold("x/y", "y.yaml", NASTY),))
    root = fromstring(junit(replace(many, coverage=count(Catalogue.bundled(), {}, only_played=True))))
    assert root.tag == "testsuites"
    elements = list(root.iter())
    assert {element.tag for element in elements} == set(SCHEMA)
    for element in elements:
        required, known, inside = SCHEMA[element.tag]
        assert required <= element.attrib.keys() <= known, element.attrib
        assert {child.tag for child in element} <= inside
        assert re.fullmatch(r"[0-9]+\.[0-9]{3}|0", element.get("time", "0"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", element.get("timestamp", NOON)), (
            element.attrib
        )
    suites = root.findall("testsuite")
    assert ["timestamp" in suite.attrib for suite in suites] == [True, True, True, False, False, False]


class Page(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.scripts = 0
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.scripts += tag == "script"
        self.loads += [value or "" for name, value in attrs if name in ("src", "srcset", "poster", "action")]
        if tag == "link":
            self.loads.append(found.get("href") or "")
        if tag == "a":
            self.links.append(found.get("href") or "")
        if "id" in found:
            self.ids.append(found["id"] or "")
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Nothing that closes itself loads anything here."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(made: Replay) -> tuple[str, Page]:
    text = html(made).decode()
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return text, page


def test_the_page_stands_alone() -> None:
    text, page = parsed(replay(*(run(channel, outcome) for channel in ("con", "portal") for outcome in OUTCOMES)))
    assert page.loads == []
    assert page.scripts == 1
    assert not re.search(r"https?://|@import|url\((?!#)", text)
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_the_page_escapes_what_comes_from_outside() -> None:
    problem = Problem(NASTY, 422, NASTY, foreseen=False)
    trace = change_records(ideal("portal"), lambda r: replace(r, ref=NASTY, unit=NASTY) if r.operation == "sign" else r)
    named = Texts(kk=NASTY, ru=NASTY, en=NASTY)
    bad = run(trace=replace(trace, case_id=NASTY), title=named, case_id=NASTY, problems=(problem,), notes=(named,))
    text, page = parsed(replay(bad, untold=(Untold(NASTY, NASTY, NASTY),)))
    assert page.scripts == 1
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    fromstring(junit(replay(bad)))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_page_says_everything_in_each_language(language: str) -> None:
    text, _ = parsed(replay(run()))
    texts = re.findall(rf'<(?:span|text) lang="{language}"[^>]*>([^<]*)<', text)
    others = [len(re.findall(rf'<(?:span|text) lang="{code}"', text)) for code in ("kk", "ru", "en")]
    assert len(set(others)) == 1
    assert len(texts) == others[0] > 100
    assert "Authorise" not in " ".join(texts) or language == "en"


def test_the_page_shows_what_is_wrong_opened_and_the_rest_closed() -> None:
    text, _ = parsed(replay(run(), broken()))
    opened = re.findall(r'<details class="flow" id="[^"]*"( open)?>', text)
    assert opened == ["", " open"]
    assert "not in the journal" in text
    assert "1 of 2 flows do not conform" in text


def test_the_reports_say_what_was_exercised_and_what_was_not() -> None:
    good = run()
    found = count(
        Catalogue.bundled(), {(REGULATION, "portal"): [exercised(flow("portal"), good.verdict)]}, only_played=True
    )
    made = replace(replay(good), coverage=found)
    text, _ = parsed(made)
    assert f"{found.percent:g} %" in text
    assert f'<span class="mono">{REGULATION}/portal/process-7/denied</span>' in text
    assert "portal/process-7/granted" not in text
    root = fromstring(junit(made))
    pairs = {(one.get("name"), one.get("value")) for one in root.iterfind("testsuite[@name='coverage']//property")}
    assert {("percent", f"{found.percent:g}"), ("steps", "7/10"), ("rows", "15/15")} <= pairs
    assert ("not exercised", f"{REGULATION}/portal/end:refused/refusal") in pairs
    assert root.get("tests") == fromstring(junit(replay(good))).get("tests"), "coverage is no case"


def test_an_empty_case_can_be_drawn() -> None:
    nothing = run(trace=Trace("", REGULATION, "portal"))
    assert {event.state for event in diagram(nothing).events} == {"missed"}
    parsed(replay(nothing))
    parsed(replay())


def test_the_drawing_has_every_step_message_and_status_in_the_order_of_time() -> None:
    good = run()
    drawn = diagram(good)
    kinds = [event.kind for event in drawn.events]
    assert kinds.count("step") == sum(step.ended_at is not None for step in good.verdict.steps)
    assert kinds.count("letter") == len(good.trace.messages)
    assert kinds.count("shown") == sum(len(history) for history in good.trace.histories.values())
    assert [event.y for event in drawn.events] == sorted(event.y for event in drawn.events)
    submitted = next(event for event in drawn.events if event.label.en == "RequestSubmitted")
    assert len(submitted.legs) == 2, "a message between two systems passes the gateway"
    assert drawn.events[0].time == "+0.000"


def test_long_cases_count_in_days() -> None:
    trace = ideal("portal", pace=lambda name: timedelta(days=2) if "decide" in name else timedelta(seconds=1))
    assert any(event.time.startswith("+2d 00:00:") for event in diagram(run(trace=trace)).events)


def test_a_limit_is_told_in_each_language() -> None:
    from aimaq.regulation.wording import limit

    ranged = limit(Limit(unit="minute", min=0.5, max=1, text="30 секунд-1 минут"))
    assert (ranged.kk, ranged.en) == ("30 секунд-1 минут", "0.5 minutes – 1 minute")
    assert limit(None).en == ""


def test_reports_are_chosen_by_name_and_written_where_asked(tmp_path: Path) -> None:
    assert chosen("junit, html,junit") == ("junit", "html")
    assert chosen("") == ()
    with pytest.raises(InvalidInput, match="did you mean junit"):
        chosen("jnit")
    paths = write(replay(run()), ("junit", "html"), tmp_path / "made" / "here")
    assert [path.name for path in paths] == ["replay.xml", "replay.html"]
    assert all(path.stat().st_size > 1000 for path in paths)
    (tmp_path / "file").write_text("")
    with pytest.raises(Unconfigured, match="cannot be written"):
        write(replay(run()), ("junit",), tmp_path / "file" / "under")


@pytest.mark.parametrize(
    ("runs", "untold", "code"),
    [((True,), 0, 0), ((True, False), 0, 1), ((True,), 1, 3), ((False,), 1, 1), ((), 1, 3)],
)
def test_the_exit_code_follows_from_the_runs(runs: tuple[bool, ...], untold: int, code: int) -> None:
    made = replay(*(run() if good else broken() for good in runs), untold=(Untold("x", "x", "x"),) * untold)
    assert made.exit_code == code
    assert made.conforms is (code == 0)
