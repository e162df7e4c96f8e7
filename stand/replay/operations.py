"""The operations of the regulations as calls on the public REST APIs, each once: who does what where is data.

A deed of a person is one call, or two where the person must read before they sign. An operation that only goes
along with another (the papers checked before a case is opened) is remembered until that one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aimaq.language.errors import InvalidInput, Technical, Unavailable
from stand.client.http import Reply, ServiceClient
from stand.people.person import Person

PERSON_FIELDS = ("iin", "name", "power")
"""What a text of a flow can say of a person: `$friend.iin`."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What an operation may use: the person whose turn it is, the case so far, and a way to call the service.

    `signer` is whose key the person signs with, `subject` whom the request is for, `using` what the flow gives for
    the deed, `login` how the person shows who they are when a case is opened. `carried` goes from one deed of the case
    to the next.
    """

    regulation: str
    channel: str
    person: Person
    signer: Person
    subject: Person
    login: Callable[[], Awaitable[dict[str, str]]]
    using: Mapping[str, Any]
    case_id: str
    carried: dict[str, Any]
    service_client: ServiceClient
    sign_in: Callable[[], Awaitable[str]]
    people: Mapping[str, Person]
    queued: bool = False
    """Whether the flow begins with a ticket of the electronic queue."""

    def person_word(self, value: str) -> str:
        """A text of the flow; `$friend.iin`, `.name` and `.power` are what they say of the person `friend`."""
        who, _, what = value.removeprefix("$").partition(".")
        person = self.people.get(who) if value.startswith("$") else None
        return str(getattr(person, what)) if person is not None and what in PERSON_FIELDS else value

    async def call(self, method: str, path: str, body: Any = None, *, token: bool = True) -> Reply:
        """Call the service of this turn; with the person's session unless `token` is false."""
        return await self.service_client.call(method, path, body, token=await self.sign_in() if token else "")


async def register_user(hands: Hands) -> Reply:
    """The person opens an account."""
    person = hands.person
    body = {"iin": person.iin, "name": person.name, "password": person.password}
    return await hands.call("POST", "/users", body, token=False)


async def check_package(hands: Hands) -> Reply | None:
    """The official has looked through the papers; the case that is opened next says so, or now if they are faulty."""
    faults = {name: hands.using[name] for name in ("missing", "expired") if hands.using.get(name)}
    hands.carried["package"] = {"originals_checked": True, **faults}
    return await _open(hands) if faults else None


async def authenticate(hands: Hands) -> Reply:
    """The person signs in for the service, which opens the case."""
    return await _open(hands)


async def fill_form(hands: Hands) -> Reply:
    """The person fills in the request; the document to sign comes back. It opens the case if nothing else has."""
    supplied = {name: hands.person_word(value) for name, value in hands.using.get("form", {}).items()}
    form = {"iin": hands.subject.iin, "name": hands.subject.name, **supplied}
    if hands.case_id:
        answer = await hands.call("PUT", f"/cases/{hands.case_id}/form", form)
    else:
        answer = await _open(hands, form)
    hands.carried["request"] = answer.body.get("document")
    return answer


async def register(hands: Hands) -> Reply:
    """The clerk enters the request in the journal: with its form, if that opens the case."""
    if hands.case_id:
        return await hands.call("POST", f"/cases/{hands.case_id}/registration")
    return await fill_form(hands)


async def _open(hands: Hands, form: dict[str, Any] | None = None) -> Reply:
    body: dict[str, Any] = {
        "regulation": hands.regulation,
        "channel": hands.channel,
        "login": await hands.login(),
    }
    if package := hands.carried.pop("package", None):
        body["package"] = package
    if hands.queued:
        ticket = await hands.call("POST", "/tickets", token=False)
        body["ticket"] = ticket.body.get("ticket")
    if form is not None:
        body["form"] = form
    return await hands.call("POST", "/cases", body, token=False)


async def sign(hands: Hands) -> Reply:
    """The person signs what they filled in."""
    document = _bytes(hands.carried.get("request"))
    return await hands.call("POST", f"/cases/{hands.case_id}/signature", {"cms": _text(hands.signer.sign(document))})


async def prepare(hands: Hands) -> Reply:
    """The official prepares the answer."""
    body = {"grounds": "", **hands.using}
    return await hands.call("POST", f"/cases/{hands.case_id}/draft", body)


async def choose_certificate(hands: Hands) -> Reply:
    """The applicant names the certificate that they will sign with."""
    return await hands.call("POST", f"/cases/{hands.case_id}/certificate", {"certificate": hands.signer.pem})


def posted(noun: str) -> Callable[[Hands], Awaitable[Reply]]:
    """An operation that is said at an endpoint of its own, with what the flow gives for it."""

    async def say(hands: Hands) -> Reply:
        return await hands.call("POST", f"/cases/{hands.case_id}/{noun}", dict(hands.using) or None)

    return say


async def decide(hands: Hands) -> Reply:
    """The official reads what is due as it stands, and signs it: as a document, and a result as a PDF too."""
    draft = await hands.call("GET", f"/cases/{hands.case_id}/draft?paper=true")
    if draft.refused:
        return draft
    signed = {"cms": _text(hands.signer.sign(_bytes(draft.body.get("document"))))}
    if paper := draft.body.get("paper"):
        signed |= {"pdf_cms": _text(hands.signer.sign(_covered(paper))), "signed_at": paper["signed_at"]}
    return await hands.call("POST", f"/cases/{hands.case_id}/result", signed)


def _covered(paper: dict[str, Any]) -> bytes:
    """What of a PDF is signed: all but the place for the signature."""
    pdf, (start, length, after, rest) = _bytes(paper["pdf"]), paper["byte_range"]
    return pdf[start : start + length] + pdf[after : after + rest]


async def issue(hands: Hands) -> Reply:
    """The person hands the result over."""
    return await hands.call("POST", f"/cases/{hands.case_id}/delivery", {"how": hands.using.get("how", "in-person")})


OPERATIONS: dict[str, Callable[[Hands], Awaitable[Reply | None]]] = {
    "register-user": register_user,
    "check-package": check_package,
    "authenticate": authenticate,
    "fill-form": fill_form,
    "register": register,
    "sign": sign,
    "prepare": prepare,
    "decide": decide,
    "approve": decide,
    "forward": decide,
    "issue": issue,
    "choose-certificate": choose_certificate,
    "accept": posted("acceptance"),
    "check-documents": posted("examination"),
    "assign": posted("assignment"),
    "enter-registry": posted("entry"),
    "extend": posted("extension"),
    "agree": posted("agreement"),
    "prepare-letter": posted("letter"),
    "record-result": posted("record"),
    "pay": posted("payment"),
    "supply": posted("supplement"),
}
"""Every operation that people do, by the name that regulations give it."""


def operation(name: str) -> Callable[[Hands], Awaitable[Reply | None]]:
    """The operation of this name; InvalidInput if the player has none."""
    try:
        return OPERATIONS[name]
    except KeyError:
        raise InvalidInput(Technical(f"the player knows no operation {name!r}, only {', '.join(OPERATIONS)}")) from None


def _bytes(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Unavailable(Technical("the service gave no document to sign")) from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
