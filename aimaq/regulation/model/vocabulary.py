"""The words a regulation's file may use: who performs a step, and what operation a step is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from aimaq.language.messages import PARTIES

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

_OK = ("ok",)
_CHECK = ("ok", "wrong")
_DECISION = ("granted", "denied")


class Operation(msgspec.Struct, frozen=True):
    """One operation: whether a person or the system does it (None for either), the outcomes it can have, what it is.

    A step must say what comes after each of the outcomes but those in `may`, which only some acts know.
    """

    name: str
    by_person: bool | None
    outcomes: tuple[str, ...]
    meaning: str
    may: tuple[str, ...] = ()


OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("register-user", True, _OK, "the applicant opens an account"),
        Operation("require-signature", False, _OK, "the service is given on a signed request only"),
        Operation("take-ticket", True, _OK, "the applicant takes a place in the electronic queue"),
        Operation("lodge", True, _OK, "the applicant hands the application and its documents over"),
        Operation(
            "check-package",
            True,
            ("ok", "incomplete"),
            "the application and its documents are looked through; they may be incomplete or out of date",
            ("incomplete",),
        ),
        Operation("authenticate", True, _OK, "IIN and password are given"),
        Operation("check-identity", False, _CHECK, "the system compares them with what it knows"),
        Operation("refuse", False, _OK, "the system refuses to go on, and says on what ground"),
        Operation("choose-certificate", True, _OK, "the applicant names the certificate to sign with"),
        Operation("fill-form", True, _OK, "the service is chosen and the request filled in"),
        Operation("ask-registry", False, _OK, "the system asks state registers"),
        Operation("check-registry", False, ("ok", "absent"), "the system looks whether the registers have the data"),
        Operation("check-elsewhere", False, ("ok", "elsewhere"), "whether a person is registered in another oblast"),
        Operation("enter-registry", None, _OK, "data are entered in a state register"),
        Operation("supply", True, _OK, "the applicant supplies additional information or pays"),
        Operation("sign", True, _OK, "the request is signed"),
        Operation("check-certificate", False, _CHECK, "the system checks the signature and its certificate"),
        Operation("send", False, _OK, "the signed request leaves for the body"),
        Operation("register", None, _OK, "the body numbers the request"),
        Operation("check-documents", True, _CHECK, "the body looks whether the documents are as they should be"),
        Operation("assign", True, _OK, "the head looks at the documents and says who is to deal with them"),
        Operation("accept", True, _OK, "an employee takes the request up"),
        Operation("extend", True, _OK, "the term is made longer, since something must be asked or looked into"),
        Operation("prepare", True, _OK, "an employee prepares the draft of the result"),
        Operation("agree", True, _OK, "a superior agrees with the draft"),
        Operation("approve", True, _OK, "the head signs the decision that the result rests on"),
        Operation("decide", True, _DECISION, "the result is made and signed"),
        Operation("prepare-letter", True, _OK, "the akim's office prepares the covering letter"),
        Operation("forward", True, _OK, "the akim signs the covering letter and sends it with the papers to the body"),
        Operation("record-result", True, _OK, "the result is entered in the journal"),
        Operation("pay", True, _OK, "the compensation is paid by the schedule"),
        Operation("deliver", False, _DECISION, "the system hands over the result; comes out as what was decided"),
        Operation("issue", True, _DECISION, "a person hands over the result; comes out as what was decided"),
    )
}
"""Every operation that services implement, by name."""

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
"""The kinds of paper that a result can be, each a form of its own (`aimaq/papers/templates`), and what they are."""

DOCUMENT, REFUSAL = "document", "refusal"
"""What a result is whose file names no kind: granted, denied."""

REGISTERS = ("gbd_fl", "gbd_ul", "enis", "labour_market", "oralman", "nca", "is_1", "is_2", "is_3")
"""The state registers that can be asked or written to, by their short names (`aimaq.registers` has what they are)."""

RECORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "gbd_fl": {"status": ("alive", "dead")},
    "gbd_ul": {},
    "enis": {},
    "labour_market": {"status": ("job-seeker", "unemployed"), "oblast": ()},
    "oralman": {"oblast": ()},
    "nca": {"status": ("good", "revoked")},
}
"""What `requires` may ask of a register's record: its fields, each with the words that it can have (none: any text).

A register that is not here keeps records of no fixed shape.
"""


def suggest(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?` with the known word nearest to this one, or nothing if none is near."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
