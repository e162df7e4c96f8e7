"""What comes in at the front desk's door, and what goes out, as the OpenAPI document shows it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Base64Bytes, BaseModel, BeforeValidator, ConfigDict, Field, WrapValidator
from pydantic_core import PydanticCustomError

from aimaq.eds.cms import content
from aimaq.language.errors import BadSignature

Password = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


def _encoded(given: object) -> object:
    """PEM as it is, as signing software gives it, is base64 with a line above and a line below."""
    if not isinstance(given, str) or not given.lstrip().startswith("-----BEGIN"):
        return given
    return base64.b64encode(given.encode("ascii", "replace"))


def _unarmoured(given: bytes) -> bytes:
    try:
        return content.unarmoured(given)
    except BadSignature as error:
        raise PydanticCustomError("pem", "{why}", {"why": error.detail}) from None


Cms = Annotated[Base64Bytes, BeforeValidator(_encoded), AfterValidator(_unarmoured)]


class ByPassword(Body):
    """How a person signs in (the acts: IIN and password)."""

    iin: str
    password: Password


class ByCertificate(BaseModel):
    """How a person signs in with an authentication certificate: a challenge of this service, and their CMS over it."""

    model_config = ConfigDict(extra="forbid")
    challenge: Annotated[str, Field(max_length=200)]
    cms: Cms


def _either(given: object, _: object) -> ByPassword | ByCertificate:
    signed = isinstance(given, dict) and not given.keys().isdisjoint(ByCertificate.model_fields)
    form = ByCertificate if signed else ByPassword
    return form.model_validate(given, from_attributes=True)


Login = Annotated[ByPassword | ByCertificate, WrapValidator(_either)]
"""Either way to sign in: which one is meant shows in the fields, and a mistake is told of that one alone."""


class Challenge(BaseModel):
    """A challenge, whose ASCII bytes are to be signed once, and until when it is good."""

    challenge: str
    until: datetime


class NewUser(ByPassword):
    """A person to be registered. `roles` is what a member of staff is: clerk, head, executor and the like."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\P{Cc}+$")]
    roles: Annotated[list[str], Field(max_length=10)] = []


Fault = Annotated[str, Field(min_length=1, max_length=300)]


class Package(Body):
    """What was seen of the papers that the person brought: the originals, and which are missing or out of date."""

    originals_checked: Literal[True]
    missing: Annotated[list[Fault], Field(max_length=50)] = []
    expired: Annotated[list[Fault], Field(max_length=50)] = []

    @property
    def faults(self) -> list[str]:
        """What is wrong with the papers, in words."""
        return [f"missing: {paper}" for paper in self.missing] + [f"out of date: {paper}" for paper in self.expired]


class NewCase(Body):
    """A request is begun: by whom, and for which service. `channel` only where this desk serves several."""

    regulation: Annotated[str, Field(max_length=100)]
    login: Login
    channel: Annotated[str, Field(max_length=20)] | None = None
    package: Package | None = None
    ticket: Annotated[str, Field(max_length=36)] | None = None
    """The ticket of the electronic queue with which the applicant was called up."""
    form: dict[str, Any] | None = None
    """The form, if the client has it already; the answer then has the document to sign."""


class Signature(BaseModel):
    """A CMS, detached or with the document inside: in base64, or as PEM (`BEGIN CMS`), or that in base64."""

    model_config = ConfigDict(extra="forbid")
    cms: Cms


class Delivery(Body):
    """How the result was handed over."""

    how: Literal["in-person", "email", "courier"] = "in-person"


class Registered(BaseModel):
    """A person who is registered now."""

    iin: str
    name: str


class Session(BaseModel):
    """A token for the header `Authorization: Bearer`, and until when it is good."""

    token: str
    until: datetime


class Receipt(BaseModel):
    """The receipt of a refusal to accept the papers: what is wrong with them, and the paragraph it rests on."""

    case_id: str
    step: str
    paragraph: str
    text: dict[str, str]
    faults: list[str]
    given_at: datetime


class Opened(Session):
    """A case that was opened, and the part of the regulation that is due next."""

    case_id: str
    channel: str
    at: str
    end: str | None
    document: str | None
    receipt: Receipt | None


class Filled(BaseModel):
    """A form that was taken: the document to be signed, in base64."""

    at: str
    document: str


class Outline(BaseModel):
    """A case in short. `at` is the part that is due, or the end."""

    case_id: str
    regulation: str
    channel: str
    at: str
    end: str | None
    status: str | None
    status_text: dict[str, str] | None
    number: str | None
    iin: str
    name: str
    opened_at: datetime
    changed_at: datetime


class Answer(BaseModel):
    """The body's answer: the document and the official's CMS over it as it was sent, in base64.

    `pdf_sha256` is there if the answer lies here as a signed PDF too, at `/cases/{case_id}/result.pdf`.
    """

    decision: Literal["granted", "denied"]
    kind: str
    number: str
    title: dict[str, str]
    document: str
    signature: str
    pdf_sha256: str | None


class Whole(Outline):
    """A case with its form and, once there is one, the answer."""

    form: dict[str, Any]
    ground: str | None
    detail: str | None
    registers: dict[str, Any]
    result: Answer | None


class Paper(BaseModel):
    """What a person signed, and the CMS over it as sent, in base64. `kind` is `request`, `result`, `decision` …"""

    kind: str
    document: str
    signature: str


class Shown(BaseModel):
    """A status that was shown: when, and by which message it came (empty if it was set here)."""

    status: str
    shown_at: datetime
    message_id: str
