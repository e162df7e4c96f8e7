"""What a message from another system rests on: the document that a person signed, which has to be about this case.

A system says who asked for what and what was decided; only the signed document proves it. So nothing of a request or of
an answer is taken over before two things are known: that the signature holds, which is looked up before the message is
handled (`aimaq.access.evidence`), and that the document says what the message says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from aimaq.bus import GATEWAY
from aimaq.casework.case import AnyCase
from aimaq.casework.unit_of_work import Received
from aimaq.eds import pades
from aimaq.language.envelope import UNREADABLE
from aimaq.language.errors import BadSignature, Technical, Unavailable, Unproved
from aimaq.language.messages import RequestSubmitted, ResultIssued, StatusChanged
from aimaq.regulation import Flow, Regulation
from aimaq.regulation.model.operations import OPERATIONS

Document = Mapping[str, Any]
"""What a signed document says."""

APPLICANTS = frozenset({"citizen", "applicant"})
"""Who signs a request for themselves: the document is signed by whom it is about."""


class Evidence(NamedTuple):
    """A document with the signature over it, as a message carries them; `pdf` is the same as a paper, if there."""

    document: bytes
    signature: bytes
    pdf: bytes = b""

    @property
    def signed_by(self) -> str:
        """The IIN of whom the document names as its signer; empty if it names nobody."""
        named = read(self.document).get("signed_by")
        return named if isinstance(named, str) else ""


def evidence_of(received: Received) -> Evidence | None:
    """The signed document that a message carries; None for a message that carries none."""
    content = received.content
    if isinstance(content, RequestSubmitted):
        return Evidence(content.document, content.signature)
    if isinstance(content, ResultIssued):
        return Evidence(content.document, content.signature, content.pdf)
    return None


def read(document: bytes) -> Document:
    """What a document says; nothing if it is no JSON object."""
    try:
        return _decoder.decode(document)
    except UNREADABLE:
        return {}


_decoder = msgspec.json.Decoder(dict[str, Any])


def may_begin(received: Received, flow: Flow, party: str) -> bool:
    """Whether a message may be the first that a party gets on a case, which then begins elsewhere.

    A request may, and a status that comes from the gateway, or from the desk where the case began.
    """
    if flow.front_desk == party:
        return False
    notice = isinstance(received.content, StatusChanged) and received.envelope.sender in (GATEWAY, flow.front_desk)
    return notice or isinstance(received.content, RequestSubmitted)


def check_request(received: Received, flow: Flow, content: RequestSubmitted) -> None:
    """Unproved, with every finding, unless the applicant, or whoever serves them, signed this very request."""
    envelope, says = received.envelope, read(content.document)
    expected = {
        "document": "request",
        "case_id": envelope.case_id,
        "regulation": envelope.regulation,
        "channel": envelope.channel,
        "iin": content.iin,
        "name": content.name,
        "form": content.form,
    }
    if signs_for_self(flow):
        expected["signed_by"] = content.iin
    _refuse([*_of_signature(received), *_differences(says, expected)])


def check_result(
    received: Received, regulation: Regulation, channel: str, case: AnyCase, content: ResultIssued
) -> None:
    """Unproved, with every finding, unless an official of the body signed this very answer, on this case."""
    says = read(content.document)
    kinds = regulation.results_of(content.decision, channel)
    kind = content.result or next(iter(kinds), "")
    expected = {
        "document": kind,
        "case_id": case.case_id,
        "regulation": case.regulation,
        "number": content.number,
        "iin": case.iin,
        "name": case.name,
    }
    found = [*_of_signature(received), *_differences(says, expected)]
    if kind not in kinds:
        found.append(f"result: {kind!r} is none that {content.decision} can be")
    if content.status != OPERATIONS["decide"].status[content.decision]:
        found.append(f"status: {content.decision} is not {content.status}")
    if case.number and content.number != case.number:
        found.append("number: the case has another")
    if content.pdf:
        found += _of_paper(content.pdf, content.document)
    _refuse(found)


def signs_for_self(flow: Flow) -> bool:
    """Whether requests through this flow are signed by the applicants themselves, and not by whoever serves them."""
    step = flow.doing("sign")
    return step is not None and step.part("sign").by.partition(".")[2] in APPLICANTS


def _of_signature(received: Received) -> Iterator[str]:
    """What is wrong with the signatures; Unavailable as long as nobody could tell."""
    verdict = received.verdict
    if verdict is None:
        raise Unavailable(Technical("the signature in the message has not been looked at yet"))
    if verdict.undecided:
        raise Unavailable(Technical("; ".join(map(str, verdict.findings))))
    yield from map(str, verdict.findings)


def _differences(says: Document, expected: Document) -> Iterator[str]:
    """The fields of which a document says something else; never what it says, which may be a person's number."""
    if not says:
        yield "document: it is no JSON object"
        return
    yield from (f"document: it has another {name}" for name, value in expected.items() if says.get(name) != value)


def _of_paper(pdf: bytes, document: bytes) -> Iterator[str]:
    try:
        if not pades.opened(pdf).holds(document):
            yield "pdf: it is the paper of another document"
    except BadSignature as error:
        yield f"pdf: {error.detail}"


def _refuse(findings: list[str]) -> None:
    if findings:
        raise Unproved("; ".join(findings), field="body.document", rule="evidence")
