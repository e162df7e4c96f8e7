"""What comes in at the front desk's door, and what goes out, as the OpenAPI document shows it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EncodedBytes,
    EncoderProtocol,
    Field,
    WrapValidator,
)

from aimaq.eds.cms import content
from aimaq.language import bounds
from aimaq.language.bounds import Characters, Name
from aimaq.language.errors import BadSignature, InvalidInput
from aimaq.language.texts import Texts
from aimaq.web.front_desk import texts
from aimaq.web.request.validation import refused
from aimaq.web.schemas import View

Password = Annotated[str, bounds.Password(200, least=1)]


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class StrictBase64(EncoderProtocol):
    """Base64 of RFC 4648, in lines or in one: a character of another alphabet is an error, and is not passed over."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        """The bytes that are encoded; raises an error of the type `base64`."""
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except ValueError:
            raise refused("base64", texts.NO_BASE64) from None

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        """The bytes in base64."""
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> Literal["base64"]:
        """The format that the OpenAPI document names."""
        return "base64"


def _encoded(supplied: object) -> object:
    """PEM as it is, as signing software gives it, is base64 with a line above and a line below."""
    if not isinstance(supplied, str) or not supplied.lstrip().startswith("-----BEGIN"):
        return supplied
    return base64.b64encode(supplied.encode("ascii", "replace"))


def _unarmoured(supplied: bytes) -> bytes:
    try:
        return content.unarmoured(supplied)
    except BadSignature as error:
        raise refused("pem", error.texts) from None


Cms = Annotated[bytes, EncodedBytes(encoder=StrictBase64), BeforeValidator(_encoded), AfterValidator(_unarmoured)]


class ByPassword(Body):
    """How a person signs in (the acts: IIN and password)."""

    iin: Annotated[str, Characters(64)]
    password: Password


class ByCertificate(BaseModel):
    """How a person signs in with an authentication certificate: a challenge of this service, and their CMS over it."""

    model_config = ConfigDict(extra="forbid")
    challenge: Annotated[str, Characters(200)]
    cms: Cms


def _either(supplied: object, _: object) -> ByPassword | ByCertificate:
    signed = isinstance(supplied, dict) and not supplied.keys().isdisjoint(ByCertificate.model_fields)
    form = ByCertificate if signed else ByPassword
    return form.model_validate(supplied, from_attributes=True)


Login = Annotated[ByPassword | ByCertificate, WrapValidator(_either)]
"""Either way to sign in: which one is meant shows in the fields, and a mistake is told of that one alone."""


@dataclass(frozen=True, slots=True)
class Challenge(View):
    """A challenge, whose ASCII bytes are to be signed once, and until when it is good."""

    challenge: str
    until: datetime


Roles = Annotated[list[Annotated[str, Characters(40)]], Field(max_length=10)]


class Proving(BaseModel):
    """What may show that the owner of an account is there: a challenge, and their CMS over it with a certificate."""

    model_config = ConfigDict(extra="forbid")
    challenge: Annotated[str, Characters(200)] | None = None
    cms: Cms | None = None

    @property
    def certificate(self) -> ByCertificate | None:
        """Both, if they were sent; InvalidInput for half of it."""
        if self.challenge is None and self.cms is None:
            return None
        if self.challenge is None or self.cms is None:
            missing = "challenge" if self.challenge is None else "cms"
            raise InvalidInput(texts.BOTH, field=missing, rule="required")
        return ByCertificate.model_construct(challenge=self.challenge, cms=self.cms)


class NewUser(ByPassword, Proving):
    """A person to be registered. `roles` is what a member of staff is: clerk, head, executor and the like.

    Who proves by a certificate that the IIN is theirs sends a challenge with their CMS over it along.
    """

    model_config = ConfigDict(strict=False)
    name: Name
    roles: Roles = []


class NewName(Body):
    """Another name of a person."""

    name: Name


class NewPassword(Proving):
    """Another password, and what shows that it is the owner who sets it: the `current` one, or a challenge signed."""

    password: Password
    current: Password | None = None


class AccountChange(Body):
    """What the administrator changes about an account; what is not named stays."""

    name: Name | None = None
    password: Password | None = None
    roles: Roles | None = None
    disabled: bool | None = None
    proved: Literal[True] | None = None
    """The administrator knows that the owner is who they say."""


class Refresh(Body):
    """What renews a session, once."""

    refresh: Annotated[str, Characters(2000)]


Fault = Annotated[str, Characters(300, least=1)]


class Package(Body):
    """What was seen of the papers that the person brought: the originals, and which are missing or out of date."""

    originals_checked: Literal[True]
    missing: Annotated[list[Fault], Field(max_length=50)] = []
    expired: Annotated[list[Fault], Field(max_length=50)] = []

    @property
    def faults(self) -> list[Texts]:
        """What is wrong with the papers, in words."""
        return [
            *(texts.MISSING.format(paper=paper) for paper in self.missing),
            *(texts.EXPIRED.format(paper=paper) for paper in self.expired),
        ]


class NewCase(Body):
    """A request is begun: by whom, and for which service. `channel` only where this desk serves several."""

    regulation: Annotated[str, Characters(100)]
    login: Login
    channel: Annotated[str, Characters(20)] | None = None
    package: Package | None = None
    ticket: Annotated[str, Characters(36)] | None = None
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


@dataclass(frozen=True, slots=True)
class Account(View):
    """An account: `proof` tells by what it is proved whose it is, null if it is not."""

    iin: str
    name: str
    roles: list[str]
    proof: Literal["certificate", "administrator"] | None
    disabled: bool


@dataclass(frozen=True, slots=True)
class Registered(View):
    """A person who is registered now."""

    iin: str
    name: str


@dataclass(frozen=True, slots=True)
class Session(View):
    """A token for the header `Authorization: Bearer`, and until when it is good; `refresh` renews it until later."""

    token: str
    until: datetime
    refresh: str
    refresh_until: datetime


@dataclass(frozen=True, slots=True)
class Receipt(View):
    """The receipt of a refusal to accept the papers: what is wrong with them, and the paragraph it rests on."""

    case_id: str
    step: str
    paragraph: str
    text: dict[str, str]
    faults: list[str]
    """In the reader's language; the names of the papers are as they were given."""
    given_at: datetime


@dataclass(frozen=True, slots=True)
class Opened(Session):
    """A case that was opened, and the part of the regulation that is due next."""

    case_id: str
    channel: str
    at: str
    end: str | None
    document: str | None
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Filled(View):
    """A form that was taken: the document to be signed, in base64."""

    at: str
    document: str


@dataclass(frozen=True, slots=True)
class Checked(View):
    """What is known of a document. `holds` tells whether its signature counts now; null if nobody can tell at present.

    A certificate that was revoked after the time stamp does not undo a signature (EN 319 102-1, 5.5); it is among the
    `findings` all the same. `sha256` is that of the PDF file.
    """

    number: str
    kind: str
    paper: str
    decision: Literal["granted", "denied"]
    title: dict[str, str]
    service: dict[str, str]
    body: dict[str, str]
    decided_on: date | None
    signed_by: str
    signed_at: datetime | None
    holds: bool | None
    findings: list[dict[str, Any]]
    sha256: str
