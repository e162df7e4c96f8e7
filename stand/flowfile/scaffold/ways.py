"""The ways through a flow that have to be gone for each outcome, each result and each part to come up once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aimaq.regulation import Flow, Limit, Part, Regulation, Step, Texts
from aimaq.regulation.model.vocabulary import RECORDS
from aimaq.regulation.wording import operation as operation_words
from stand.flowfile.coverage import results_of

Named = tuple[str, Texts]
"""A word for the name of a file, and what it says in a title."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a flow: the outcomes that choose it, the result it comes to, and what else is different.

    `taken` are the optional parts that are taken (`item-3/extend`), `lacking` the registers that have no record of the
    applicant although nothing on the way says so, `unfit` those whose record says other than it must. A `slow` way
    takes nearly as many working days as the act gives. Who opens the case `by_certificate` types no password.
    """

    name: str
    outcomes: Mapping[str, str]
    result: str | None
    particulars: tuple[Texts, ...] = ()
    taken: frozenset[str] = frozenset()
    lacking: frozenset[str] = frozenset()
    unfit: frozenset[str] = frozenset()
    slow: bool = False
    by_proxy: bool = False
    organisation: bool = False
    by_certificate: bool = False


CAUSES: dict[tuple[str, str], Named] = {
    ("check-package", "incomplete"): (
        "incomplete",
        Texts(kk="топтама толық емес", ru="пакет неполный", en="the package is not complete"),
    ),
    ("check-identity", "wrong"): (
        "wrong-password",
        Texts(kk="құпиясөз қате", ru="пароль неверен", en="the password is wrong"),
    ),
    ("check-registry", "absent"): (
        "no-record",
        Texts(kk="тіркелімде жазба жоқ", ru="в регистре нет записи", en="the register has no record"),
    ),
    ("check-certificate", "wrong"): (
        "revoked",
        Texts(kk="куәлік кері қайтарылған", ru="сертификат отозван", en="the certificate is revoked"),
    ),
    ("check-documents", "wrong"): (
        "expired",
        Texts(kk="құжаттың мерзімі өткен", ru="срок документа истёк", en="a document has expired"),
    ),
}
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
    "in-time",
    Texts(kk="мерзімнің соңына қарай", ru="к концу сроков", en="towards the end of the limits"),
)
BY_PROXY: Named = (
    "by-proxy",
    Texts(kk="өкіл арқылы", ru="через представителя", en="through a representative"),
)
ORGANISATION: Named = (
    "organisation",
    Texts(kk="заңды тұлғаға", ru="юридическому лицу", en="to an organisation"),
)
BY_CERTIFICATE: Named = (
    "by-certificate",
    Texts(kk="кіру сертификатпен", ru="вход по сертификату", en="signed in with a certificate"),
)
BAD_CERTIFICATE: Named = (
    "certificate",
    Texts(
        kk="кіруге арналған сертификат кері қайтарылған",
        ru="сертификат для входа отозван",
        en="the certificate to sign in with is revoked",
    ),
)
OTHER_RECORD: Named = (
    "other-record",
    Texts(
        kk="тіркелімдегі жазба талапқа сай емес",
        ru="запись в регистре не та",
        en="the register's record is not the right one",
    ),
)


def ways(regulation: Regulation, flow: Flow) -> list[Way]:
    """Every way that is worth a file, the usual one first. No two have the same name."""
    found = list(_branches(regulation, flow))
    usual = found[0]
    found += _extras(flow, usual)
    if any(limit.unit == "working-day" for limit in limits(flow, usual).values()):
        found.append(replace(_but(usual, IN_TIME), slow=True))
    asked = {name for part in parts(flow, usual.outcomes) for name in part.asks}
    if "enis" in asked:
        found.append(replace(_but(usual, BY_PROXY), by_proxy=True))
    if "gbd_ul" in asked:
        found.append(replace(_but(usual, ORGANISATION), organisation=True))
    found += list(_by_certificate(flow, usual, found))
    denied = next((way for way in found if way.result and regulation.results[way.result].decision == "denied"), None)
    if denied is not None:
        found += _unbacked(required(flow, usual), denied)
    return found


def _by_certificate(flow: Flow, usual: Way, found: Sequence[Way]) -> Iterator[Way]:
    """The usual way, and the refusal of authorisation, with a certificate where the act lets people use one."""
    checked = flow.doing("check-identity")
    if checked is None or "certificate" not in flow.accepts:
        return
    yield replace(_but(usual, BY_CERTIFICATE), by_certificate=True)
    word, text = BAD_CERTIFICATE
    for way in found:
        if way.outcomes.get(checked.ref) == "wrong":
            yield _but(replace(way, particulars=(), by_certificate=True), (f"{way.name}-{word}", text))


def required(flow: Flow, way: Way) -> dict[str, dict[str, tuple[str, ...]]]:
    """The registers without whose data nothing is granted on a way, and what their records must say."""
    return {name: fields for part in parts(flow, way.outcomes) for name, fields in part.requires.items()}


def other(register: str, field: str, words: tuple[str, ...]) -> str | None:
    """A word that a field of a register's record can have beside these; None if it can have no other."""
    return next((word for word in RECORDS.get(register, {}).get(field, ()) if word not in words), None)


def _unbacked(needed: Mapping[str, Mapping[str, tuple[str, ...]]], denied: Way) -> Iterator[Way]:
    """The refusal for want of the records that a grant needs, and for records that say something else."""
    word, text = CAUSES["check-registry", "absent"]
    if needed:
        yield replace(_but(denied, (f"{denied.name}-{word}", text)), lacking=frozenset(needed))
    unlike = {name for name, fields in needed.items() if any(other(name, *wanted) for wanted in fields.items())}
    word, text = OTHER_RECORD
    if unlike:
        yield replace(_but(denied, (f"{denied.name}-{word}", text)), unfit=frozenset(unlike))


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
        results = results_of(regulation, flow, end)
        if len(results) < 2:
            yield Way(name, outcomes, results[0] if results else None, particulars)
        for result in results if len(results) > 1 else ():
            yield Way(f"{name}-{result.replace('_', '-')}", outcomes, result, particulars)


def _choices(flow: Flow) -> list[dict[str, str]]:
    """The outcomes of the usual way, and of the nearest way to every other outcome of a step that really branches."""
    found: list[dict[str, str]] = []
    visited: set[tuple[str, str]] = set()
    todo: deque[dict[str, str]] = deque([{}])
    while todo:
        outcomes = todo.popleft()
        if found and outcomes.items() <= visited:
            continue
        visited |= outcomes.items()
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
        yield replace(_but(usual, extra), taken=frozenset(taken))


def _but(way: Way, named: Named) -> Way:
    """A way with another name, and one more particular in its title."""
    word, text = named
    return replace(way, name=word, particulars=(*way.particulars, text))
