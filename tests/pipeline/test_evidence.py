"""Evidence from another system is examined, not believed: what no official or applicant signed changes no case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from cryptography import x509

from aimaq.eds.cms.reader import DocumentSigner
from aimaq.language.messages import (
    CaseClosed,
    MessageRejected,
    RequestRegistered,
    RequestSubmitted,
    ResultIssued,
    StatusChanged,
)
from registry_svc.nca.authority import Withdrawn
from tests.faults import rows
from tests.outsider import BODY, REGULATION, Outsider, SignedMessage
from tests.parties import BASE, FORM, IIN, Parties
from tests.pipeline.messages import step
from tests.signatories import certified, document, official, self_signed
from tests.waiting import eventually

NAME, NUMBER = "Айгүл Ахметова", "20260302-ABCDEFGHIJ"
NEIGHBOUR = "100140000003"
SENT = (step("process-6", "send", "portal"),)
"""What the portal did when it sent a request."""


class Body:
    """Somebody else's system in the place of the body, with the key of the body's system."""

    def __init__(self, parties: Parties, lea: Outsider, case_id: str) -> None:
        self.parties, self.lea, self.case_id = parties, lea, case_id
        self.iin, self.signer = official(parties.home)
        self.sequence = 0

    def says(self, body: Any, to: str = "portal") -> SignedMessage:
        """The next message of the body on the case."""
        self.sequence += 1
        return self.lea.write(body, to, case_id=self.case_id, sequence=self.sequence)

    async def registers(self) -> None:
        """What an honest body says first."""
        await self.lea.hand_in(
            self.says(RequestRegistered(number=NUMBER, status="received")),
            self.says(StatusChanged(status="in_progress", number=NUMBER)),
        )
        await self.parties.status("portal", self.case_id, "in_progress")

    def answer(self, signer: DocumentSigner | None = None, **changes: Any) -> ResultIssued:
        """An answer whose document says what it should, but for these changes, signed by the official or by another."""
        says = {
            "document": "certificate",
            "case_id": self.case_id,
            "regulation": REGULATION,
            "number": NUMBER,
            "iin": IIN,
            "name": NAME,
            "title": {"kk": "Анықтама", "ru": "Справка", "en": "Certificate"},
            "grounds": "",
            "signed_by": self.iin,
        }
        data = document(**says | changes)
        return ResultIssued("granted", "completed", NUMBER, data, (signer or self.signer).sign(data), "certificate")


@pytest.fixture
async def body(parties: Parties) -> Body:
    await parties.start("portal", "gateway")
    lea = await parties.outsider("lea")
    body = Body(parties, lea, await parties.ask())
    await eventually(lambda: lea.got, what="the request at the body")
    await body.registers()
    return body


async def refused(body: Body, message: SignedMessage, at: str = "portal") -> str:
    """What the body is refusal of a message that was not accepted; an operator sees it, and the case stands."""
    before = await body.parties.case(at, body.case_id)
    await body.lea.hand_in(message)
    (refusal,) = await eventually(lambda: body.lea.refusals, what="a rejection")
    assert (refusal.message_id, refusal.reason) == (message.message_id, "unproved"), refusal
    (aside,) = [row for row in await rows(body.parties.services[at], "inbox") if row["state"] == "dead"]
    assert (aside["message_id"], aside["reason"]) == (message.message_id, f"unproved: {refusal.detail}")
    after = await body.parties.case(at, body.case_id)
    assert before is not None
    assert after is not None
    assert (after.at, after.status, after.decision, after.number) == (before.at, "in_progress", "", NUMBER)
    assert await rows(body.parties.services[at], "papers", kind="result") == []
    assert IIN not in refusal.detail
    return refusal.detail


async def test_what_an_official_of_the_body_signed_is_taken(body: Body) -> None:
    await body.lea.hand_in(body.says(body.answer()))
    case = await body.parties.status("portal", body.case_id, "completed")
    assert (case.decision, case.result, case.number) == ("granted", "certificate", NUMBER)
    assert body.lea.refusals == []


def revoked(body: Body) -> DocumentSigner:
    signer = certified(body.parties.home, body.iin, BASE, "SIGN", body.signer.certificate.person.bin, copy=1)
    body.parties.withdrawn.append(
        Withdrawn(signer.certificate.serial, BASE - timedelta(hours=1), x509.ReasonFlags.key_compromise)
    )
    return signer


SIGNERS: dict[str, tuple[Callable[[Body], DocumentSigner], str]] = {
    "who certified themselves": (lambda b: self_signed(b.parties.home), "self-signed"),
    "whose certificate is revoked": (revoked, "revoked"),
    "with a key to sign in with": (
        lambda b: certified(b.parties.home, b.iin, BASE, "AUTH", b.signer.certificate.person.bin),
        "wrong-key-usage",
    ),
    "who works for nobody": (lambda b: certified(b.parties.home, b.iin, BASE), "other-bin"),
    "who works elsewhere": (lambda b: certified(b.parties.home, b.iin, BASE, "SIGN", NEIGHBOUR), "other-bin"),
    "who is another": (
        lambda b: certified(b.parties.home, NEIGHBOUR, BASE, "SIGN", b.signer.certificate.person.bin),
        "other-iin",
    ),
}


@pytest.mark.parametrize("who", SIGNERS)
async def test_nothing_is_decided_by_an_official(body: Body, who: str) -> None:
    make, code = SIGNERS[who]
    assert code in await refused(body, body.says(body.answer(make(body))))


async def test_nothing_is_decided_by_the_applicant(body: Body) -> None:
    answer = body.answer(certified(body.parties.home, IIN, BASE), signed_by=IIN)
    assert "other-bin" in await refused(body, body.says(answer))


OTHER: dict[str, tuple[dict[str, Any], str]] = {
    "of another case": ({"case_id": "01900000-0000-7000-8000-000000000000"}, "case_id"),
    "of another applicant": ({"iin": NEIGHBOUR}, "iin"),
    "of another name": ({"name": "Ерлан Сейітов"}, "name"),
    "with another number": ({"number": "20260302-ZZZZZZZZZZ"}, "number"),
    "of another regulation": ({"regulation": "archive-certificate-2012"}, "regulation"),
    "that refuses": ({"document": "refusal"}, "document"),
    "that is a covering letter": ({"document": "letter"}, "document"),
}


@pytest.mark.parametrize("what", OTHER)
async def test_a_document_is_no_evidence(body: Body, what: str) -> None:
    changes, field = OTHER[what]
    assert f"document: it has another {field}" in await refused(body, body.says(body.answer(**changes)))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"granted"', b"\xff\xfe", b"[" * 100_000, b'{"signed_by": 7}'])
async def test_garbage_is_no_evidence(body: Body, data: bytes) -> None:
    answer = msgspec.structs.replace(body.answer(), document=data, signature=body.signer.sign(data))
    assert "document: it" in await refused(body, body.says(answer))


@pytest.mark.parametrize("cms", [b"", b"\x30\x00", b"nonsense", bytes(70_000)])
async def test_what_is_no_signature_is_no_evidence(body: Body, cms: bytes) -> None:
    detail = await refused(body, body.says(msgspec.structs.replace(body.answer(), signature=cms)))
    assert "malformed" in detail or "too-large" in detail


MESSAGES: dict[str, tuple[dict[str, Any], str]] = {
    "a number that the case does not have": ({"number": "20260302-ZZZZZZZZZZ"}, "number"),
    "a status that is not the decision's": ({"status": "refused"}, "status"),
    "a decision that the document is not": ({"decision": "denied", "status": "refused"}, "result"),
    "a result that there is not": ({"result": "medal"}, "result"),
    "a paper that is none": ({"pdf": b"%PDF-1.7"}, "malformed"),
}


@pytest.mark.parametrize("what", MESSAGES)
async def test_a_message_cannot_say(body: Body, what: str) -> None:
    changes, found = MESSAGES[what]
    assert found in await refused(body, body.says(msgspec.structs.replace(body.answer(), **changes)))


async def test_after_a_rejection_the_true_answer_is_taken(body: Body) -> None:
    await refused(body, body.says(body.answer(number="20260302-ZZZZZZZZZZ")))
    await body.lea.hand_in(body.says(body.answer()))
    await body.parties.status("portal", body.case_id, "completed")


@pytest.mark.parametrize("to", ["portal", "con"])
async def test_no_answer_opens_a_case(parties: Parties, to: str) -> None:
    await parties.start("portal", "con", "gateway")
    lea = await parties.outsider("lea")
    for kind in ("answer", "number", "status", "end"):
        body = Body(parties, lea, lea.ids())
        claimed = {
            "answer": body.answer(),
            "number": RequestRegistered(number=NUMBER, status="received"),
            "status": StatusChanged(status="completed", number=NUMBER),
            "end": CaseClosed(end="no-data"),
        }[kind]
        message = body.says(claimed, to)
        await lea.hand_in(message)
        refusal = await eventually(partial(refusals, lea, message))
        assert refusal[0].reason == "not-found", kind
        for name in ("portal", "con", "gateway"):
            case = await parties.case(name, body.case_id)
            assert case is None or (case.at, case.status, case.decision) == ("", "", ""), (kind, name)


def refusals(lea: Outsider, message: SignedMessage) -> list[MessageRejected]:
    return [refusal for refusal in lea.refusals if refusal.message_id == message.message_id]


async def test_no_answer_opens_a_case_though_the_gateway_lets_it_pass(parties: Parties) -> None:
    await parties.start("portal")
    gateway, lea = await parties.outsider("gateway"), await parties.outsider("lea")
    body = Body(parties, lea, lea.ids())
    message = replace(body.says(body.answer()), to="portal", number=1)
    await gateway.hand_in(message)
    (refusal,) = await eventually(lambda: gateway.refusals)
    assert (refusal.message_id, refusal.reason) == (message.message_id, "not-found")


class Applicant:
    """Somebody else's system in the place of the portal."""

    def __init__(self, parties: Parties, portal: Outsider) -> None:
        self.parties, self.portal, self.case_id = parties, portal, portal.ids()

    def request(self, signer: DocumentSigner | None = None, **changes: Any) -> RequestSubmitted:
        """A request whose document says what it should, but for these changes."""
        says = {
            "document": "request",
            "case_id": self.case_id,
            "regulation": REGULATION,
            "channel": "portal",
            "iin": IIN,
            "name": NAME,
            "signed_by": IIN,
            "form": FORM,
        }
        data = document(**says | changes)
        signature = (signer or certified(self.parties.home, IIN, BASE)).sign(data)
        return RequestSubmitted(iin=IIN, name=NAME, form=FORM, document=data, signature=signature)

    async def sends(self, body: RequestSubmitted) -> SignedMessage:
        message = self.portal.write(body, BODY, case_id=self.case_id, steps=SENT)
        await self.portal.hand_in(message)
        return message


@pytest.fixture
async def applicant(parties: Parties) -> Applicant:
    await parties.start("lea", "gateway")
    return Applicant(parties, await parties.outsider("portal"))


async def test_what_the_applicant_signed_is_taken(applicant: Applicant) -> None:
    await applicant.sends(applicant.request())
    await applicant.parties.status("lea", applicant.case_id, "received")
    assert applicant.portal.refusals == []


FORGED: dict[str, tuple[Callable[[Applicant], RequestSubmitted], str]] = {
    "by another": (lambda a: a.request(certified(a.parties.home, NEIGHBOUR, BASE)), "other-iin"),
    "by another in their own name": (
        lambda a: a.request(certified(a.parties.home, NEIGHBOUR, BASE), signed_by=NEIGHBOUR),
        "document: it has another signed_by",
    ),
    "by nobody whom the authority knows": (lambda a: a.request(self_signed(a.parties.home)), "self-signed"),
    "with a key to sign in with": (
        lambda a: a.request(certified(a.parties.home, IIN, BASE, "AUTH")),
        "wrong-key-usage",
    ),
    "of another case": (lambda a: a.request(case_id=a.portal.ids()), "document: it has another case_id"),
    "with another form": (lambda a: a.request(form=FORM | {"purpose": "-"}), "document: it has another form"),
    "not at all": (lambda a: msgspec.structs.replace(a.request(), signature=b""), "malformed"),
}


@pytest.mark.parametrize("how", FORGED)
async def test_no_request_is_made_that_was_signed(applicant: Applicant, how: str) -> None:
    make, found = FORGED[how]
    message = await applicant.sends(make(applicant))
    (refusal,) = await eventually(lambda: applicant.portal.refusals, what="a rejection")
    assert (refusal.message_id, refusal.reason) == (message.message_id, "unproved")
    assert found in refusal.detail
    lea = applicant.parties.services["lea"]
    assert [row["state"] for row in await rows(lea, "inbox")] == ["dead"]
    assert await rows(lea, "papers") == []
    case = await applicant.parties.case("lea", applicant.case_id)
    assert case is None or (case.at, case.iin) == ("", "")


async def test_while_the_authority_is_away_a_request_waits_and_is_taken_when_it_is_back(parties: Parties) -> None:
    await parties.start("gateway")
    await parties.start("lea", nca_url="http://127.0.0.1:9", retry_first=10)
    applicant = Applicant(parties, await parties.outsider("portal"))
    message = await applicant.sends(applicant.request())

    async def waits(attempts: int) -> bool:
        box = await rows(parties.services["lea"], "inbox", message_id=message.message_id)
        return [(row["state"], row["attempts"]) for row in box] == [("retry", attempts)]

    for attempts in range(1, 13):  # more often than what is given up
        await eventually(partial(waits, attempts), what=f"attempt {attempts}")
        parties.clock.advance(timedelta(minutes=10))
    assert applicant.portal.refusals == []
    await parties.stop("lea")
    await parties.start("lea", retry_first=10)
    parties.clock.advance(timedelta(minutes=10))
    await parties.status("lea", applicant.case_id, "received")


async def test_a_request_that_waited_for_another_message_keeps_its_verdict(parties: Parties) -> None:
    await parties.start("lea")
    gateway, portal = await parties.outsider("gateway"), await parties.outsider("portal")
    applicant = Applicant(parties, portal)
    second = replace(portal.write(applicant.request(), BODY, case_id=applicant.case_id, steps=SENT), to="lea", number=2)
    first = replace(portal.write(CaseClosed(end="x"), BODY, case_id=applicant.case_id), to="lea", number=1)
    await gateway.hand_in(second)
    assert await parties.waiting("lea") == {second.message_id: "held"}
    await gateway.hand_in(first)
    await parties.status("lea", applicant.case_id, "received")
