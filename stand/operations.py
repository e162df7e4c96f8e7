"""The operations of the regulations as calls on the public REST doors, each once: who does what where is data.

A deed of a person is one call, or two where the person must read before they sign. An operation that only goes
along with another (the papers checked before a case is opened) is remembered until that one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aimaq.errors import InvalidInput, Unavailable
from stand.door import Door, Reply
from stand.person import Person


@dataclass(frozen=True, slots=True)
class Hands:
    """What an operation may use: the person whose turn it is, the case so far, and a way to call the service.

    `signer` is whose key the person signs with, `subject` whom the request is for, `using` what the flow gives for
    the deed. `memory` goes from one deed of the case to the next.
    """

    regulation: str
    channel: str
    person: Person
    signer: Person
    subject: Person
    right_password: bool
    using: Mapping[str, Any]
    case_id: str
    memory: dict[str, Any]
    door: Door
    sign_in: Callable[[], Awaitable[str]]

    async def call(self, method: str, path: str, body: Any = None, *, token: bool = True) -> Reply:
        """Call the service of this turn; with the person's session unless `token` is false."""
        return await self.door.call(method, path, body, token=await self.sign_in() if token else "")


async def register_user(hands: Hands) -> Reply:
    """The person opens an account."""
    person = hands.person
    body = {"iin": person.iin, "name": person.name, "password": person.password}
    return await hands.call("POST", "/users", body, token=False)


async def check_package(hands: Hands) -> Reply | None:
    """The official has looked through the papers; the case that is opened next says so."""
    hands.memory["package"] = {"originals_checked": True}
    return None


async def authenticate(hands: Hands) -> Reply:
    """The person signs in for the service, which opens the case."""
    password = hands.person.password if hands.right_password else hands.person.password + "?"
    body = {
        "regulation": hands.regulation,
        "channel": hands.channel,
        "login": {"iin": hands.person.iin, "password": password},
    }
    if package := hands.memory.pop("package", None):
        body["package"] = package
    return await hands.call("POST", "/cases", body, token=False)


async def fill_form(hands: Hands) -> Reply:
    """The person fills in the request; the document to sign comes back."""
    body = {"iin": hands.subject.iin, "name": hands.subject.name, **hands.using.get("form", {})}
    answer = await hands.call("PUT", f"/cases/{hands.case_id}/form", body)
    hands.memory["request"] = answer.body.get("document")
    return answer


async def sign(hands: Hands) -> Reply:
    """The person signs what they filled in."""
    document = _bytes(hands.memory.get("request"))
    return await hands.call("POST", f"/cases/{hands.case_id}/signature", {"cms": _text(hands.signer.sign(document))})


async def accept(hands: Hands) -> Reply:
    """The official takes the request up."""
    return await hands.call("POST", f"/cases/{hands.case_id}/acceptance")


async def prepare(hands: Hands) -> Reply:
    """The official prepares the answer."""
    body = {"decision": hands.using["decision"], "grounds": hands.using.get("grounds", "")}
    return await hands.call("POST", f"/cases/{hands.case_id}/draft", body)


async def decide(hands: Hands) -> Reply:
    """The official reads the answer as it stands and signs it."""
    draft = await hands.call("GET", f"/cases/{hands.case_id}/draft")
    if draft.refused:
        return draft
    signature = hands.signer.sign(_bytes(draft.body.get("document")))
    return await hands.call("POST", f"/cases/{hands.case_id}/result", {"cms": _text(signature)})


async def issue(hands: Hands) -> Reply:
    """The person hands the result over."""
    return await hands.call("POST", f"/cases/{hands.case_id}/delivery", {"how": hands.using.get("how", "in-person")})


OPERATIONS: dict[str, Callable[[Hands], Awaitable[Reply | None]]] = {
    "register-user": register_user,
    "check-package": check_package,
    "authenticate": authenticate,
    "fill-form": fill_form,
    "sign": sign,
    "accept": accept,
    "prepare": prepare,
    "decide": decide,
    "issue": issue,
}
"""Every operation that people do, by the name that regulations give it."""


def operation(name: str) -> Callable[[Hands], Awaitable[Reply | None]]:
    """The operation of this name; InvalidInput if the player has none."""
    try:
        return OPERATIONS[name]
    except KeyError:
        raise InvalidInput(f"the player knows no operation {name!r}, only {', '.join(OPERATIONS)}") from None


def _bytes(encoded: Any) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Unavailable("the service gave no document to sign") from None


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
