"""Bodies and messages that the tests of the message path send, lawful unless they are told otherwise."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from aimaq.language.messages import (
    Answer,
    Body,
    CaseClosed,
    MessageRejected,
    RegistryAnswered,
    RegistryAsked,
    RegistryUpdated,
    RequestRegistered,
    RequestSubmitted,
    ResultDelivered,
    ResultIssued,
    StatusChanged,
    StepRecord,
)
from tests import signatories
from tests.outsider import Outsider, SignedMessage
from tests.parties import BASE, FORM, IIN, Parties

SUBMITTED = RequestSubmitted(
    iin=IIN, name="Айгүл Ахметова", form=FORM, document='{"document":"Өтініш"}'.encode(), signature=b"\x30\x80"
)
REGISTERED = RequestRegistered(number="20260302-ABCDEFGHIJ", status="received")
PREPARED = StatusChanged(status="in_progress", number=REGISTERED.number)
ISSUED = ResultIssued(
    decision="granted", status="completed", number=REGISTERED.number, document=b'{"title":"-"}', signature=b"\x30"
)

_plain = st.characters(exclude_categories=("Cc", "Cs"))
_name = st.text(_plain, min_size=1, max_size=40)
_line = st.text(_plain, max_size=40)
_text = st.text(_plain | st.sampled_from("\t\n\r"), max_size=100)
_status = st.sampled_from(["received", "in_progress", "completed", "refused"])
_decision = st.sampled_from(["granted", "denied"])
_blob = st.binary(max_size=100)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_name, inner, max_size=3),
    max_leaves=8,
)
_object = st.dictionaries(_name, _json, max_size=4)
_question = st.dictionaries(_name, _text, max_size=3)
_answer = st.builds(Answer, found=st.booleans(), record=_object)

BODIES: st.SearchStrategy[Body] = st.one_of(
    st.builds(RequestSubmitted, iin=_name, name=_name, form=_question, document=_blob, signature=_blob),
    st.builds(RequestRegistered, number=_name, status=_status),
    st.builds(StatusChanged, status=_status, number=_line),
    st.builds(ResultIssued, decision=_decision, status=_status, number=_name, document=_blob, signature=_blob),
    st.builds(ResultDelivered, decision=_decision, how=st.sampled_from(["in-person", "email"]), number=_line),
    st.builds(CaseClosed, end=_name, ground=_text),
    st.builds(RegistryAsked, questions=st.dictionaries(_name, _question, min_size=1, max_size=3)),
    st.builds(RegistryAnswered, answers=st.dictionaries(_name, _answer, max_size=3)),
    st.builds(RegistryUpdated, register=_name, record=_question),
    st.builds(MessageRejected, message_id=_line, digest=_name, reason=_name, detail=_text),
)
"""Any body of any type."""


def step(ref: str, operation: str, unit: str, outcome: str = "ok") -> StepRecord:
    """A step done in no time."""
    return StepRecord(ref=ref, operation=operation, unit=unit, outcome=outcome, started_at=BASE, ended_at=BASE)


def submitted(parties: Parties, case_id: str) -> RequestSubmitted:
    """The request of `SUBMITTED` on this case, signed by the applicant."""
    return signatories.request(parties.home, case_id, IIN, SUBMITTED.name, FORM, BASE)


def issued(parties: Parties, case_id: str) -> ResultIssued:
    """The answer of `ISSUED` on this case, signed by an official of the body."""
    return signatories.result(parties.home, case_id, REGISTERED.number, IIN, SUBMITTED.name)


def answers(lea: Outsider, case_id: str) -> list[SignedMessage]:
    """What the body sends on a portal case, in order: registered, in progress, decided."""
    steps = (
        (step("process-6", "register", "lea"),),
        (step("process-6", "accept", "lea.employee"), step("process-6", "prepare", "lea.employee")),
        (step("process-7", "decide", "lea.employee", "granted"),),
    )
    return [
        lea.write(body, "portal", case_id=case_id, sequence=number, steps=done)
        for number, (body, done) in enumerate(zip((REGISTERED, PREPARED, ISSUED), steps, strict=True), 1)
    ]


def deliveries(gateway: Outsider, bodies: list[Body], to: str, case_id: str, **changes: Any) -> list[SignedMessage]:
    """These bodies as the gateway delivers them to one party on one case, numbered from 1, in its own name."""
    return [
        gateway.write(body, to, number, case_id=case_id, sequence=number, **changes)
        for number, body in enumerate(bodies, 1)
    ]
