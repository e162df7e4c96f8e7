"""The words a regulation's file may use: who performs a step, what an operation is, how it can come out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from aimaq.language.messages import PARTIES, Status
from aimaq.language.texts import Texts
from aimaq.regulation.model.registers import REGISTERS

PEOPLE = {
    "portal.citizen": "the applicant at the portal",
    "con.applicant": "the applicant at the counter of the service centre",
    "con.operator": "the operator of the citizen service centre",
    "lea.applicant": "the applicant at the counter of the body",
    "lea.employee": "any employee of the local executive body",
    "lea.clerk": "the clerk of the body's office",
    "lea.head": "the head of the body",
    "lea.section-head": "the head of a section of the body",
    "lea.executor": "the executor whom the head names",
    "lea.akim": "the akim of a rural district",
    "lea.akim-specialist": "the specialist of the akim's office",
    "lea.akim-executor": "the executor of the akim's office",
}
"""The people who perform steps, by the name a file gives them: the party they work with, a dot, who they are there."""

VISITORS = frozenset({"con.applicant", "lea.applicant"})
"""Those at a counter, who have no account: what they do goes with the opening of the case by a member of staff."""

ROLES = frozenset(name.partition(".")[2] for name in PEOPLE if name.startswith("lea.")) - {"employee", "applicant"}
"""What members of the body's staff can be. An operation of `lea.employee` is for all of them."""

PERFORMERS = frozenset(PARTIES) | frozenset(PEOPLE)
"""Everyone who can perform a part of a step: the five systems themselves, and the people."""

CHANNELS = ("provider", "con", "portal", "akim")
"""The ways to ask for a service: the body itself, the service centre, the portal, the rural akim."""

SYSTEMS = ("portal", "con", "lea")
"""The parties whose systems perform steps: each has the procedure, with every operation that a system performs."""

FRONT_DESKS = ("portal", "con", "lea")
"""The parties where a person makes a request."""

DECISION = ("granted", "denied")
"""How a result comes out."""


class Operation(msgspec.Struct, frozen=True):
    """One operation. A step must say what comes after each of the `outcomes` but those in `may`."""

    name: str
    words: Texts
    """What it is called where a person reads: in a verdict, a report, a diagram."""
    meaning: str
    people_at: tuple[str, ...] = ()
    """The parties at which people perform it; none if only systems do."""
    by_system: bool = False
    """Whether a system performs it without a person."""
    outcomes: tuple[str, ...] = ("ok",)
    may: tuple[str, ...] = ()
    """The outcomes that only some acts know."""
    takes: frozenset[str] = frozenset()
    """What a person can give with it."""
    needs: frozenset[str] = frozenset()
    """What a person must give with it."""
    status: Mapping[str, Status] = {}
    """The status that a case has after it, by outcome. `received` is only shown where no status was before."""
    at_once: bool = False
    """Whether the body's autopilot performs it as soon as it is due, with nothing given."""
    with_opening: bool = False
    """Whether it is done by an applicant at a counter, whose part goes with the opening of the case."""
    intake: bool = False
    """Whether it takes a request in, and so is left out of an inner procedure."""

    @property
    def by_person(self) -> bool | None:
        """Whether a person performs it, or a system; None for either."""
        return None if self.by_system and self.people_at else bool(self.people_at)

    @property
    def refusals(self) -> tuple[str, ...]:
        """The outcomes beside the usual one of a check: a deed that comes out so is given what is wrong."""
        return tuple(name for name in self.outcomes if name not in ("ok", *DECISION))


class Outcome(msgspec.Struct, frozen=True):
    """One outcome that an operation can have: its word, and what a diagram says where it is beside the usual one."""

    words: Texts
    question: Texts | None = None
    """What a gateway asks where it is possible."""
    usual: Texts | None = None
    """What stands on the arrow of `ok` beside it; that of `ok` itself if nothing does."""


OUTCOMES: dict[str, Outcome] = {
    "ok": Outcome(Texts("дұрыс", "верно", "in order")),
    "wrong": Outcome(
        Texts("дұрыс емес", "неверно", "not in order"), Texts("Бәрі дұрыс па?", "Всё верно?", "All in order?")
    ),
    "granted": Outcome(Texts("берілді", "выдать", "granted")),
    "denied": Outcome(
        Texts("бас тартылды", "отказать", "denied"), Texts("Қандай шешім?", "Какое решение?", "Which decision?")
    ),
    "incomplete": Outcome(
        Texts("толық емес", "неполные", "incomplete"),
        Texts("Құжаттар толық па?", "Документы полные?", "Are the papers complete?"),
        Texts("толық", "полные", "complete"),
    ),
    "absent": Outcome(
        Texts("деректер жоқ", "данных нет", "no data"),
        Texts("Деректер бар ма?", "Данные есть?", "Are there data?"),
        Texts("деректер бар", "данные есть", "data found"),
    ),
    "elsewhere": Outcome(
        Texts("басқа облыста тіркелген", "учтён в другой области", "in another oblast"),
        Texts("Басқа облыста тіркелген бе?", "Учтён в другой области?", "Registered elsewhere?"),
        Texts("тіркелмеген", "не учтён", "not registered"),
    ),
}
"""Every outcome, by name."""

GROUNDS = ("identity", "signature", "registry", "documents")
"""Why a system refuses to go on: the person's data, the signature, a register without data, the documents."""

PAPERS = {
    "certificate": "анықтама: states a fact",
    "credential": "куәлік: its owner shows it to prove a status",
    "notification": "хабарлама: tells the applicant that something was granted",
    "referral": "жолдама: its owner takes it to where they are sent",
    "decision": "шешім: what the body decided, in so many words",
    "payment": "төлем туралы хабарлама: tells how a compensation is paid",
    "document": "құжат: of no kind in particular",
    "refusal": "дәлелді бас тарту: why the service is not given",
}
"""The kinds of paper that a result can be, each a form of its own (`aimaq/casework/pdf/templates`), and what they are.
"""

DOCUMENT, REFUSAL = "document", "refusal"
"""What a result is whose file names no kind: granted, denied."""

RECORDS: dict[str, Mapping[str, tuple[str, ...]]] = {
    name: register.fields for name, register in REGISTERS.items() if register.fields is not None
}
"""What `requires` may ask of a register's record: its fields, each with the words that it can have (none: any text).

A register that is not here keeps records of no fixed shape.
"""


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` with the known word nearest to this one, or nothing if none is near."""
    near = nearest(word, known)
    return f"; did you mean {near}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word nearest to this one; empty if none is near."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")
