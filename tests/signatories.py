"""Who signs in the tests of the message path: an applicant, an official of the body; and the list of who may not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems.keystore import load_document_signer
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.x509.certificates import read
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids, new_key
from aimaq.language.messages import RequestSubmitted, ResultIssued
from registry_svc.nca.authority import Authority, Withdrawn
from registry_svc.nca.owner import ORGANISATION, Owner
from tests.outsider import REGULATION
from tests.serving import Answers, Reply, Request

SURNAME, FIRST_NAME = "АХМЕТОВА", "АЙГҮЛ"


@cache
def certified(
    home: Path, iin: str, at: datetime, usage: str = "SIGN", bin_: str | None = None, copy: int = 0
) -> DocumentSigner:
    """A person with this IIN, certified at `at` by the authority of a stand's home; with a BIN, an employee there.

    Each `copy` has a certificate of its own.
    """
    names = {"surname": SURNAME, "given_name": FIRST_NAME, "patronymic": ""}
    owner = Owner.person(**names, iin=iin, bin=bin_, organisation=ORGANISATION if bin_ else "")
    key, role = new_key(), Role.EMPLOYEE if bin_ else Role.INDIVIDUAL
    issued = authority(home, lambda: at).issue(key.public_key(), owner, role=role, usage=usage)
    return DocumentSigner(key, read(issued.public_bytes(Encoding.DER)))


@cache
def official(home: Path) -> tuple[str, DocumentSigner]:
    """The IIN and the signature of an official of the body."""
    return load_document_signer(home, "autopilot")


@cache
def self_signed(home: Path) -> DocumentSigner:
    """Somebody who certified themselves to be an official of the body."""
    _, real = official(home)
    name, key = real.certificate.x509.subject, new_key()
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, *_dates(real))
    for extension in real.certificate.x509.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    issued = builder.sign(key, hashes.SHA256())
    return DocumentSigner(key, read(issued.public_bytes(Encoding.DER)))


def _dates(of: DocumentSigner) -> tuple[datetime, datetime]:
    return of.certificate.not_before, of.certificate.not_after


def authority(home: Path, now: Callable[[], datetime]) -> Authority:
    """The authority of a stand's home."""
    clock = StandClock(now)
    return Authority.load(home / "nca", clock, Ids(clock))


def telling(home: Path, now: Callable[[], datetime], withdrawn: Sequence[Withdrawn]) -> Answers:
    """What an authority answers that has withdrawn these: its complete list, good for a day from `now`."""

    async def answer(request: Request) -> Reply:
        return Reply(authority(home, now).revocation_list(1, withdrawn).der)

    return answer


def request(home: Path, case_id: str, iin: str, name: str, form: dict[str, str], at: datetime) -> RequestSubmitted:
    """A request through the portal, signed by the applicant."""
    says = {"document": "request", "case_id": case_id, "regulation": REGULATION, "channel": "portal"}
    data = document(**says, iin=iin, name=name, form=form, signed_by=iin)
    return RequestSubmitted(iin=iin, name=name, form=form, document=data, signature=certified(home, iin, at).sign(data))


def result(home: Path, case_id: str, number: str, iin: str, name: str) -> ResultIssued:
    """The answer that grants a request, signed by the official."""
    signed_by, signer = official(home)
    says = {"document": "certificate", "case_id": case_id, "regulation": REGULATION, "number": number}
    data = document(**says, iin=iin, name=name, title={}, grounds="", signed_by=signed_by)
    return ResultIssued("granted", "completed", number, data, signer.sign(data))


def document(**fields: Any) -> bytes:
    """A document that says this."""
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
