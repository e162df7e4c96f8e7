"""A regulation as pages for people: the act, its flows and tables, what it states beside them, where it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from aimaq.regulation import Clause, Evidence, Flow, Limit, Norm, Part, Regulation, Step
from aimaq.regulation.wording import limit


def pages(regulation: Regulation, flows: Sequence[Flow], language: str, *, whole: bool) -> Iterator[Text | Table]:
    """The pages of a regulation in one language: the whole of it, or only these flows and what bears on them."""
    yield _heading(regulation, language)
    for flow in flows:
        yield _steps(flow, language)
        if flow.table:
            yield _rows(flow, language)
    channels = {flow.channel for flow in flows}
    terms = [term for term in regulation.terms if channels & set(term.channels or channels)]
    if terms:
        table = table_of("para", "what", "channels", "limit", "from", title="terms")
        for term in terms:
            table.add_row(
                f"{term.paragraph}{_mark(term.readings)}",
                term.what,
                ", ".join(term.channels) or "all",
                _limit(term.limit, language) + "".join(f"\nwithout {day}" for day in term.not_counting),
                term.since or "-",
            )
        yield table
    if whole:
        yield _beside(regulation, language)
    named = set(regulation.readings) if whole else {name for flow in flows for name in _applied(flow)}
    if applied := [name for name in regulation.readings if name in named]:
        yield _readings(regulation, applied)


def table_of(*columns: str, title: str | None = None) -> Table:
    """A table with these columns, wide texts folded."""
    table = Table(title=title and f"\n{title}", title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _beside(regulation: Regulation, language: str) -> Table:
    """What the act states beside its flows."""
    table = table_of("para", "states", "text", title="beside the flows")
    for name, result in regulation.results.items():
        more = "" if result.declared else " (not among the results that the act lists)"
        what = f"result {name}{more}, as a {result.kind_of_paper}"
        table.add_row(result.paragraph or "-", what, result.title.say(language))
    if (by := regulation.provided_by) is not None:
        table.add_row(by.paragraph, "provided by", by.text.say(language))
    for place in regulation.intake:
        table.add_row(place.paragraph, f"intake: {place.channel}", place.text.say(language))
    clauses: list[tuple[str, Sequence[Clause]]] = [
        ("requirement", regulation.requirements),
        ("technical", regulation.technical),
        ("clause", regulation.clauses),
    ]
    if regulation.status_checked is not None:
        clauses.insert(0, ("status checked", (regulation.status_checked,)))
    for what, stated in clauses:
        for clause in stated:
            table.add_row(clause.paragraph, what, clause.text.say(language))
    if (contact := regulation.contact) is not None:
        table.add_row(contact.paragraph, "contact", f"{contact.phone}: {contact.text.say(language)}")
    for unit in regulation.units:
        table.add_row(unit.paragraph, f"unit ({unit.party})", f"{unit.title.say(language)}\n{unit.name}")
    for question in regulation.survey:
        answers = "; ".join(answer.say(language) for answer in question.answers)
        table.add_row("survey", "question", f"{question.text.say(language)}\n{answers}")
    return table


def _heading(regulation: Regulation, language: str) -> Text:
    act = regulation.act
    lines = [
        regulation.id,
        *(f"  {text}" for text in (regulation.title.kk, regulation.title.ru, regulation.title.en)),
        f"  {act.authority.say(language)}, No {act.number} of {act.date}{f', annex {act.annex}' if act.annex else ''}",
    ]
    if act.amends is not None:
        lines.append(f"  a new wording of what No {act.amends.number} of {act.amends.date} approved")
    if act.registered is not None:
        lines.append(f"  registered under No {act.registered.number} on {act.registered.date}")
    if act.repealed_on is not None:
        lines.append(f"  repealed on {act.repealed_on}" + (f" by No {act.repealed_by}" if act.repealed_by else ""))
    facts = {
        "automation": regulation.automation,
        "kind": regulation.kind,
        "form of the service": " or ".join(regulation.service_form),
        "form of the result": " or ".join(regulation.result_form),
    }
    lines += [f"  {name}: {fact}" for name, fact in facts.items() if fact]
    return Text("\n".join(lines))


def _steps(flow: Flow, language: str) -> Table:
    whole = f", in all {_limit(flow.limit, language)}" if flow.limit else ""
    title = (
        f"{flow.channel}: paragraph {flow.paragraph}{whole}{_mark((' '.join(flow.readings),) if flow.readings else ())}"
    )
    table = table_of("ref", "para", "step", "by", "does", "limit", "next", title=title)
    for step in flow.steps.values():
        table.add_row(
            f"{step.ref}{' (optional)' if step.optional else ''}{_mark(step.readings)}",
            step.paragraph,
            step.title.say(language),
            "\n".join(part.by for part in step.parts),
            "\n".join(_does(part) for part in step.parts) + (f"\non ground: {step.ground}" if step.ground else ""),
            _limits(step, language),
            "\n".join(f"{outcome}: {there}" for outcome, there in step.next.items()),
        )
    return table


def _does(part: Part) -> str:
    """The operation, and what the registers must have for a grant: `prepare` requires `labour_market: status …`."""
    lines = [part.does]
    for name, fields in part.requires.items():
        wanted = "; ".join(f"{field} {' or '.join(words)}" for field, words in fields.items())
        lines.append(f"requires {name}" + (f": {wanted}" if wanted else ""))
    return "\n".join(lines)


def _rows(flow: Flow, language: str) -> Table:
    table = table_of("no", "unit", "action", "limit", "next", "met by", title=f"{flow.channel}: table")
    for norm in flow.table:
        table.add_row(
            f"{norm.no}{_mark(norm.readings)}",
            _unit(norm),
            norm.action.say(language),
            _limit(norm.limit, language) + "".join(f"\nwithout {day}" for day in norm.not_counting),
            ", ".join(map(str, norm.next)) or "-",
            "\n".join(_evidence(piece) for piece in norm.met_by) or "-",
        )
    return table


def _unit(norm: Norm) -> str:
    return f"{norm.unit}\n({norm.party})"


def _readings(regulation: Regulation, names: list[str]) -> Table:
    table = table_of("reading", "place", "printed", "taken", title="* readings")
    for name in names:
        reading = regulation.readings[name]
        table.add_row(name, reading.place, reading.printed, reading.taken)
    return table


def _applied(flow: Flow) -> set[str]:
    bearers: list[Flow | Step | Norm] = [flow, *flow.steps.values(), *flow.table]
    return {name for bearer in bearers for name in bearer.readings}


def _mark(readings: tuple[str, ...]) -> str:
    return "".join(f"\n* {name}" for name in readings)


def _limits(step: Step, language: str) -> str:
    if step.limits is None:
        return _limit(step.limit, language)
    return "\n".join(f"{output}: {_limit(one, language)}" for output, one in step.limits.items())


def _limit(found: Limit | None, language: str) -> str:
    return limit(found).say(language) or "-"


def _evidence(piece: Evidence) -> str:
    if piece.step is not None:
        return piece.step
    if piece.shown is not None:
        return f"{piece.shown} shown at {piece.at}"
    verb, message = ("sent", piece.sent) if piece.sent is not None else ("routed", piece.routed)
    status = f" {piece.status}" if piece.status else ""
    return f"{message}{status} {verb}{f' from {piece.from_}' if piece.from_ else ''} to {piece.to}"
