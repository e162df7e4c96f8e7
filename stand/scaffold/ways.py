"""The ways through a flow that have to be gone for each outcome, each result and each part to come up once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aimaq.regulation import Flow, Limit, Part, Regulation, Step, Texts
from stand.coverage import results_given
from stand.verdict.wording import operation as operation_words

Named = tuple[str, Texts]
"""A word for the name of a file, and what it says in a title."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a flow: the outcomes that choose it, the result it comes to, and what else is different.

    `taken` are the optional parts that are taken (`item-3/extend`), `lacking` the registers that have no record of the
    applicant although nothing on the way says so. A `slow` way takes nearly as many working days as the act gives.
    """

    name: str
    outcomes: Mapping[str, str]
    result: str | None
    particulars: tuple[Texts, ...] = ()
    taken: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()
    slow: bool = False
    by_proxy: bool = False
    organisation: bool = False


CAUSES: dict[tuple[str, str], Named] = {
    ("check-package", "incomplete"): (
        "incomplete", Texts(kk="топтама толық емес", ru="пакет неполный", en="the package is not complete"),
    ),
    ("check-identity", "wrong"): (
        "wrong-password", Texts(kk="құпиясөз қате", ru="пароль неверен", en="the password is wrong"),
    ),
    ("check-registry", "absent"): (
        "no-record", Texts(kk="тіркелімде жазба жоқ", ru="в регистре нет записи", en="the register has no record"),
    ),
    ("check-certificate", "wrong"): (
        "revoked", Texts(kk="куәлік кері қайтарылған", ru="сертификат отозван", en="the certificate is revoked"),
    ),
    ("check-documents", "wrong"): (
        "expired", Texts(kk="құжаттың мерзімі өткен", ru="срок документа истёк", en="a document has expired"),
    ),
}  # fmt: skip
"""What brings an outcome about in a flow file, by the operation that comes out so."""

EXTRAS: dict[str, Named] = {
    "register-user": (
        "newcomer",
        Texts(
            kk="өтініш беруші алдымен порталда тіркеледі",
            ru="заявитель сначала регистрируется на портале",
            en="the applicant registers at the portal first",
        ),
    ),
    "extend": (
        "extended",
        Texts(kk="ұзартылған мерзімде", ru="в продлённый срок", en="within the extended term"),
    ),
}
"""What a way is called that takes a part which can be left out, by the operation of the part."""

IN_TIME: Named = (
    "in-time", Texts(kk="мерзімнің соңына қарай", ru="к концу сроков", en="towards the end of the limits"),
)  # fmt: skip
BY_PROXY: Named = (
    "by-proxy", Texts(kk="өкіл арқылы", ru="через представителя", en="through a representative"),
)  # fmt: skip
ORGANISATION: Named = (
    "organisation", Texts(kk="заңды тұлғаға", ru="юридическому лицу", en="to an organisation"),
)  # fmt: skip


def ways(regulation: Regulation, flow: Flow) -> list[Way]:
    """Every way that is worth a file, the usual one first. No two have the same name."""
    found = list(_branches(regulation, flow))
    usual = found[0]
    found += _extras(flow, usual)
    if any(limit.unit == "working-day" for limit in limits(flow, usual).values()):
        found.append(_but(usual, IN_TIME, slow=True))
    asked = {name for part in parts(flow, usual.outcomes) for name in part.asks}
    if "enis" in asked:
        found.append(_but(usual, BY_PROXY, by_proxy=True))
    if "gbd_ul" in asked:
        found.append(_but(usual, ORGANISATION, organisation=True))
    denied = next((way for way in found if way.result and regulation.results[way.result].decision == "denied"), None)
    needed = frozenset(name for part in parts(flow, usual.outcomes) for name in part.requires)
    if denied is not None and needed:
        word, said = CAUSES["check-registry", "absent"]
        found.append(_but(denied, (f"{denied.name}-{word}", said), lacking=needed))
    return found


def parts(flow: Flow, outcomes: Mapping[str, str]) -> Iterator[Part]:
    """The parts of the steps on a way, in order."""
    for ref in flow.path(outcomes):
        yield from flow.step(ref).parts


def limits(flow: Flow, way: Way) -> dict[str, Limit]:
    """The limits of the steps on a way that have one, by ref."""
    found = {}
    for ref in flow.path(way.outcomes):
        step = flow.step(ref)
        limit = step.limits.get(way.result or "") if step.limits else step.limit
        if limit is not None:
            found[ref] = limit
    return found


def _branches(regulation: Regulation, flow: Flow) -> Iterator[Way]:
    """A way for each choice of outcomes, and for each result that its end can be."""
    choices = _choices(flow)
    ends = [flow.end(outcomes) for outcomes in choices]
    for outcomes, end in zip(choices, ends, strict=True):
        cause = _cause(flow, outcomes)
        name = end if ends.count(end) == 1 else f"{end}-{cause[0]}"
        particulars = (cause[1],) if cause[1] is not None else ()
        results = results_given(regulation, flow, end)
        if len(results) < 2:
            yield Way(name, outcomes, results[0] if results else None, particulars)
        for result in results if len(results) > 1 else ():
            yield Way(f"{name}-{result.replace('_', '-')}", outcomes, result, particulars)


def _choices(flow: Flow) -> list[dict[str, str]]:
    """The outcomes of the usual way, and of the nearest way to every other outcome of a step that really branches."""
    found: list[dict[str, str]] = []
    seen: set[tuple[str, str]] = set()
    todo: deque[dict[str, str]] = deque([{}])
    while todo:
        outcomes = todo.popleft()
        if found and outcomes.items() <= seen:
            continue
        seen |= outcomes.items()
        found.append(outcomes)
        path = flow.path(outcomes)
        for at, ref in enumerate(path):
            step = flow.step(ref)
            if ref in outcomes or _follows(step):
                continue
            before = {name: outcome for name, outcome in outcomes.items() if name in path[:at]}
            usual = "ok" if "ok" in step.next else "granted"
            todo += [before | {ref: outcome} for outcome in step.next if outcome != usual]
    return found


def _follows(step: Step) -> bool:
    """Whether a step comes out as was decided before it."""
    return step.parts[-1].does in ("issue", "deliver")


def _cause(flow: Flow, outcomes: Mapping[str, str]) -> tuple[str, Texts | None]:
    """What brings the last of these outcomes about: a word for it, and how a title says it if it has to be said."""
    if not outcomes:
        return "usual", None
    ref, outcome = list(outcomes.items())[-1]
    step = flow.step(ref)
    part = next((part for part in step.parts if outcome in part.exit), step.parts[-1])
    return CAUSES.get((part.does, outcome), (outcome, None))


def _extras(flow: Flow, usual: Way) -> Iterator[Way]:
    """The usual way with each part that can be left out taken, one operation at a time."""
    optional: dict[str, list[str]] = {}
    for ref in flow.path(usual.outcomes):
        step = flow.step(ref)
        for part in step.parts:
            if step.optional or part.optional:
                optional.setdefault(part.does, []).append(f"{ref}/{part.does}")
    for does, taken in optional.items():
        extra = EXTRAS.get(does, (f"with-{does}", operation_words(does)))
        yield _but(usual, extra, taken=frozenset(taken))


def _but(way: Way, named: Named, **changes: Any) -> Way:
    """A way that differs from another in something that its name and its title say."""
    word, said = named
    return replace(way, name=word, particulars=(*way.particulars, said), **changes)
