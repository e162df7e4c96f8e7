"""What clients of NCANode send, and what they get: names and formats are those of its version 3.

As there, unknown fields are passed over, a switch that is null is off, and what is not known is left out.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel

from aimaq.eds.cms.reader import MOST_SIGNERS

MOST_KEYS, MOST_CERTIFICATES = 8, 64
"""Keys and certificates that one call may ask about."""

Check = Literal["OCSP", "CRL"]
Policy = Literal["TSA_GOST_POLICY", "TSA_GOSTGT_POLICY", "TSA_GOST2015_POLICY"]


def _nothing(supplied: object) -> object:
    return [] if supplied is None else supplied


def _off(supplied: object) -> object:
    return False if supplied is None else supplied


Checks = Annotated[
    frozenset[Check],
    BeforeValidator(_nothing),
    Field(description="Where to ask whether certificates were withdrawn; nowhere if it is empty."),
]
Switch = Annotated[bool, BeforeValidator(_off)]
Base64 = Annotated[str, Field(min_length=1, description="Base64; PEM is taken as well.")]


class CamelModel(BaseModel):
    """Everything here: fields in camel case, unknown ones passed over."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", hide_input_in_errors=True
    )


class SignerKey(CamelModel):
    """Somebody's key and certificate: a PKCS#12 file in base64, and its password."""

    key: Annotated[str, Field(min_length=1, repr=False, description="A PKCS#12 file in base64.")]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    key_alias: str | None = None
    reference_uri: str | None = None


class Pkcs12Request(CamelModel):
    """PKCS#12 files to be told about."""

    keys: Annotated[list[SignerKey], Field(min_length=1, max_length=MOST_KEYS)]
    revocation_check: Checks = frozenset()


class X509InfoRequest(CamelModel):
    """Certificates to be told about."""

    certs: Annotated[list[str], Field(max_length=MOST_CERTIFICATES)]
    revocation_check: Checks = frozenset()


class X509VerifyRequest(CamelModel):
    """A certificate, and the bare signature that its key is said to have made over a text."""

    certificate: Base64
    signature: Annotated[str | None, Field(description="The signature's value in base64.")] = None
    data: Annotated[str | None, Field(description="What was signed, as plain text.")] = None
    revocation_check: Checks = frozenset()


class CmsSignRequest(CamelModel):
    """What is to be signed, and by whom; `cms` is the one that signatures are put to (`/cms/sign/add`)."""

    data: str | None = None
    cms: str | None = None
    signers: Annotated[list[SignerKey], Field(min_length=1, max_length=MOST_SIGNERS)]
    with_tsp: Switch = False
    tsa_policy: Policy | None = None
    detached: Switch = False


class CmsVerifyRequest(CamelModel):
    """A CMS to be checked; `data` is what was signed, where that is not inside."""

    cms: Base64
    data: str | None = None
    revocation_check: Checks = frozenset()


class Status(CamelModel):
    """How it went; what went wrong has an HTTP status of its own, and `message` says what it was."""

    status: int = 200
    message: str = "OK"


class Failure(Status):
    """What went wrong; `details` says where."""

    details: str | None = None


class Revocation(CamelModel):
    """Whether a certificate was withdrawn, by the one who was asked."""

    revoked: bool
    by: Check
    revocation_time: str | None = None
    reason: str | None = None


class Subject(CamelModel):
    """Whom a certificate names. As NCANode has it, `lastName` is the patronymic, and `gender` is never known."""

    common_name: str | None = None
    last_name: str | None = None
    sur_name: str | None = None
    email: str | None = None
    organization: str | None = None
    gender: Literal["NONE", "MALE", "FEMALE"] | None = None
    iin: str | None = None
    bin: str | None = None
    country: str | None = None
    locality: str | None = None
    state: str | None = None
    dn: str | None = None


class CertificateInfo(CamelModel):
    """A certificate. It is `valid` if issued here, in date, and not withdrawn by those who were asked."""

    valid: bool
    revocations: list[Revocation]
    not_before: Annotated[str, Field(examples=["2022-05-02T08:38:13.000+00:00"])]
    not_after: str
    key_usage: Literal["UNKNOWN", "AUTH", "SIGN"]
    serial_number: Annotated[str, Field(description="Lower-case hexadecimal without leading zeros.")]
    sign_alg: str
    key_user: list[str]
    public_key: Annotated[str, Field(description="The subjectPublicKeyInfo in base64.")]
    signature: Annotated[str, Field(description="The issuer's signature in base64.")]
    subject: Subject
    issuer: Subject


class Verification(Status):
    """Whether all certificates, and the signature if there was one, are good; an unreadable certificate is null."""

    valid: bool
    signers: list[CertificateInfo | None]


class TspInfo(CamelModel):
    """What a time stamp says."""

    serial_number: str
    gen_time: str
    policy: str
    tsa: str | None = None
    tsp_hash_algorithm: str
    hash: str


class CmsSigner(CamelModel):
    """One who signed: the certificate, and the time stamp if there is one."""

    certificates: list[CertificateInfo]
    tsp: TspInfo | None = None


class CmsVerification(Status):
    """Whether every signature in a CMS is good, and who signed."""

    valid: bool
    signers: list[CmsSigner]


class Cms(Status):
    """A CMS, in base64."""

    cms: str


class Data(Status):
    """What was inside a CMS, in base64."""

    data: str


class Aliases(Status):
    """The names of the entries of each PKCS#12 file."""

    aliases: list[list[str]]


class Health(CamelModel):
    """Whether the service can do its work."""

    status: Literal["UP", "DOWN"]
