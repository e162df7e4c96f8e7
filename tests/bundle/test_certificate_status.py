"""Whether certificates counted: the lists and the responder's answers in a bundle, right and wrong in every way."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from aimaq.access.systems.keystore import load_signer
from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.x509.certificates import Certificate, read
from aimaq.eds.x509.profile import Role
from aimaq.eds.x509.trust import TrustStore
from aimaq.http.client import http_client
from aimaq.language.clock import StandClock
from aimaq.language.ids import Ids
from gateway_svc.journal.statement import read_statement
from registry_svc.nca.authority import Authority
from registry_svc.nca.crl import Withdrawn
from registry_svc.nca.owner import Owner
from registry_svc.nca.responder import Responder
from registry_svc.nca.status import CertificateStatus
from stand.bundle.archive import STATEMENT, pack
from stand.bundle.certificate_status import CHANGES, CRL, OF_ROOT, Statuses, answer_of
from stand.bundle.inspection import inspect, wording
from stand.bundle.inspection.evidence import Check
from stand.bundle.signers import Signer, signers
from stand.commands.cli import load
from tests.bundle.conftest import Exported
from tests.bundle.test_bundle import content_of, places
from tests.bundle.test_statement import signed_anew, stated
from tests.parties import BASE
from tests.serving import Reply, Request, serving

HOUR = timedelta(hours=1)
aimaq = load(["case", "verify"])


class Authorities:
    """The authority of the stand that a bundle is from, which says what a test wants."""

    def __init__(self, exported: Exported) -> None:
        self.files, self.case_id = content_of(exported), exported.case_id
        self.now = BASE
        clock = StandClock(lambda: self.now)
        self.authority = Authority.load(exported.home / "nca", clock, Ids(clock))
        self.responder = Responder.load(exported.home / "nca" / "ocsp", self.authority, clock)
        self.statement = self.files[f"{STATEMENT}.json"]

    def one(self, folder: str) -> Signer:
        """The first certificate that signed something in a folder."""
        return next(one for one in signers(self.files) if one.place.startswith(folder))

    def listed(self, *withdrawn: tuple[Certificate, datetime]) -> bytes:
        """A list with these certificates."""
        reason = x509.ReasonFlags.key_compromise
        return self.authority.revocation_list(9, [Withdrawn(one.serial, at, reason) for one, at in withdrawn]).der

    def answered(
        self, about: Certificate, known: CertificateStatus, nonce: bytes | None = None, after: timedelta = timedelta()
    ) -> bytes:
        """An answer about a certificate, so long after the case."""
        self.now = BASE + after
        nonce = nonce or hashlib.sha256(self.statement).digest()
        question = Question(about, self.authority.certificate, nonce)
        return self.responder.answer(self.responder.read(question.der), [known])

    def found(self, changes: dict[str, bytes], gone: dict[str, str] | None = None) -> dict[str, Check]:
        """The checks of the bundle with these files in place of its own, and others gone, as its manifest says."""
        files = {name: data for name, data in (self.files | changes).items() if name not in (gone or {})}
        return {check.name: check for check in inspect(pack(self.case_id, files, gone))}


@pytest.fixture
def dependencies(exported: Exported) -> Authorities:
    return Authorities(exported)


def revoked(at: datetime) -> CertificateStatus:
    return CertificateStatus(issued=True, withdrawn=Withdrawn(1, at, x509.ReasonFlags.key_compromise))


@pytest.mark.parametrize("how", ["list", "responder"])
@pytest.mark.parametrize(("since", "good"), [(BASE - HOUR, False), (BASE + HOUR, True)])
def test_a_withdrawal_counts_for_what_was_signed_after_it(
    dependencies: Authorities, how: str, since: datetime, good: bool
) -> None:
    for folder, check in (("documents/", "documents"), ("systems/portal", "messages"), ("systems/gateway", "blocks")):
        place, certificate = dependencies.one(folder)
        listed = {CRL: dependencies.listed((certificate, since))}
        answer = {answer_of(certificate): dependencies.answered(certificate, revoked(since))}
        found = dependencies.found(listed if how == "list" else answer)
        assert found[check].ok is good, (folder, found[check].faults)
        assert found["certificates"].ok
        remark = dict(found["certificates"].particulars)[place]
        assert f"{how}: withdrawn {since:%F %T} UTC, keyCompromise" in remark


def test_a_gateway_withdrawn_before_its_statement_states_nothing(dependencies: Authorities) -> None:
    _, certificate = dependencies.one("systems/gateway")
    found = dependencies.found({CRL: dependencies.listed((certificate, BASE - HOUR))})
    assert "withdrawn" in dict(found["statement"].faults)[f"{STATEMENT}.jws"]


def test_a_time_stamp_by_a_withdrawn_authority_is_not_believed(dependencies: Authorities) -> None:
    _, certificate = dependencies.one("blocks/")
    found = dependencies.found({CRL: dependencies.listed((certificate, BASE - HOUR))})
    assert "withdrawn" in dict(found["time stamps"].faults)["blocks/000001.tst"]
    assert "withdrawn" in dict(found["statement"].faults)[f"{STATEMENT}.tst"]


def test_the_earlier_of_two_withdrawals_counts(dependencies: Authorities) -> None:
    _, certificate = dependencies.one("documents/")
    late, early = (
        dependencies.listed((certificate, BASE + HOUR)),
        dependencies.answered(certificate, revoked(BASE - HOUR)),
    )
    assert not dependencies.found({CRL: late, answer_of(certificate): early})["documents"].ok


def test_what_could_not_be_had_is_said_and_the_other_source_counts(dependencies: Authorities, tmp_path: Path) -> None:
    _, certificate = dependencies.one("documents/")
    name = answer_of(certificate)
    gone = {name: "the responder answered 503"}
    found = dependencies.found({}, gone)
    assert all(check.ok for check in found.values())
    assert found["certificates"].unchecked == [(name, "it could not be had: the responder answered 503")]
    file = tmp_path / "case.zip"
    left = {one: data for one, data in dependencies.files.items() if one != name}
    file.write_bytes(pack(dependencies.case_id, left, gone))
    result = CliRunner().invoke(aimaq, ["verify", str(file)])
    assert result.exit_code == 0
    assert f"not checked: {name}: it could not be had: the responder answered 503" in result.output
    assert result.output.endswith("all that could be checked holds; 1 not checked\n")
    file.write_bytes(pack(dependencies.case_id, left))
    result = CliRunner().invoke(aimaq, ["verify", str(file), "--language", "kk"])
    assert result.exit_code == 1
    assert wording.FAILS.kk in result.output
    assert f"    {name}: it is missing" in result.output


def test_a_certificate_of_which_nothing_is_told_is_a_fault(dependencies: Authorities) -> None:
    found = dependencies.found({}, {CRL: "the registry answered 500"})
    assert found["revocation"].unchecked == [(CRL, "it could not be had: the registry answered 500")]
    # The responder tells of the systems; of the stamper, which is on no record, the list alone does.
    assert found["certificates"].faults
    assert all("it is not known whether" in what for _, what in found["certificates"].faults)
    assert not any(place.startswith("systems/") for place, _ in found["certificates"].faults)


def test_the_manifest_cannot_call_missing_what_is_there(dependencies: Authorities) -> None:
    data = pack(dependencies.case_id, dependencies.files, {CRL: "not to be had"})
    assert CRL in places(data)


def test_an_answer_that_is_not_to_be_believed_is_a_fault(dependencies: Authorities, exported: Exported) -> None:
    portal, lea = (dependencies.one(f"systems/{party}").certificate for party in ("portal", "lea"))
    good, name = CertificateStatus(issued=True), answer_of(portal)
    wrong = {
        "about another certificate": dependencies.answered(lea, good),
        "its nonce is another": dependencies.answered(portal, good, b"of yesterday"),
        "from the future": dependencies.answered(portal, good, after=HOUR),
        "cannot be read": dependencies.answered(portal, good)[:-1],
    }
    for why, answer in wrong.items():
        found = dict(dependencies.found({name: answer})["revocation"].faults)
        assert why in found[name], why
    assert dependencies.found({name: dependencies.answered(portal, good)})["revocation"].ok
    # An answer of long before: the nonce is that of a statement which was made an hour later.
    made = msgspec.structs.replace(stated(dependencies.files), made_at=BASE + HOUR)
    dependencies.files = signed_anew(exported, made)
    dependencies.statement = dependencies.files[f"{STATEMENT}.json"]
    found = dict(dependencies.found({name: dependencies.answered(portal, good)})["revocation"].faults)
    assert "was good until" in found[name]
    found = dict(dependencies.found({name: dependencies.answered(portal, good, after=HOUR)})["revocation"].faults)
    assert name not in found


def test_a_list_that_is_not_to_be_believed_is_a_fault(dependencies: Authorities) -> None:
    soon = dependencies.listed()
    dependencies.now = BASE + 48 * HOUR
    wrong = {
        "and the bundle was made": dependencies.listed(),
        "cannot be read": soon[:-1],
        "of another authority": dependencies.files[OF_ROOT],
        "not a complete one": dependencies.authority.delta_list(9, 8, []).der,
    }
    for why, data in wrong.items():
        found = dict(dependencies.found({CRL: data})["revocation"].faults)
        assert why in found[CRL], why


def test_what_changed_since_the_list_counts_too(dependencies: Authorities) -> None:
    _, certificate = dependencies.one("systems/portal")
    base = dependencies.authority.revocation_list(9, ()).der
    gone = Withdrawn(certificate.serial, BASE - HOUR, x509.ReasonFlags.key_compromise)
    later, older = (
        dependencies.authority.delta_list(11, 9, [gone]).der,
        dependencies.authority.delta_list(8, 7, [gone]).der,
    )
    found = dependencies.found({CRL: base, CHANGES: later})
    assert found["revocation"].ok
    assert not found["messages"].ok
    assert all(check.ok for check in dependencies.found({CRL: base, CHANGES: older}).values()), "the list has them all"
    for why, changes in {
        "goes on from list 10": dependencies.authority.delta_list(11, 10, []).der,
        "not one of changes": base,
        "no list here that it goes on from": later,
    }.items():
        gone_too = {CRL: "the registry answered 500"} if "no list" in why else None
        faults = dict(dependencies.found({CRL: base, CHANGES: changes}, gone_too)["revocation"].faults)
        assert why in faults[CHANGES], why


def test_an_unknown_certificate_naming_the_responder_is_a_fault(dependencies: Authorities, exported: Exported) -> None:
    _, certificate = dependencies.one("systems/portal")
    unknown = dependencies.answered(certificate, CertificateStatus(issued=False))
    assert dependencies.found({answer_of(certificate): unknown})["certificates"].ok, "it names no responder"
    home = exported.home
    clock = StandClock(lambda: BASE)
    naming = Authority.load(home / "nca", clock, Ids(clock), "http://registry.test")
    key = load_signer(home, "gateway").certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    owner = Owner(common_name="AIMAQ portal (TEST)", bin="100140000003", organisation="Сынақ")
    issued = naming.issue(key, owner, role=Role.INFORMATION_SYSTEM, usage="SIGN")
    new = read(issued.public_bytes(Encoding.DER))
    place, name = f"systems/portal-{new.number}.der", answer_of(new)
    found = dependencies.found({place: new.der, name: dependencies.answered(new, CertificateStatus(issued=False))})[
        "certificates"
    ]
    assert dict(found.faults)[name] == "the responder knows no such certificate"


async def test_what_the_registry_does_not_give_is_told_by_its_file_and_why(dependencies: Authorities) -> None:
    async def crl(request: Request) -> Reply:
        return Reply(dependencies.files[CRL])

    async def ocsp(request: Request) -> Reply:
        return Reply(b"out of order")

    trust = TrustStore(x509.load_der_x509_certificate(dependencies.files[f"authority/0{n}.der"]) for n in (1, 2))
    made = read_statement(dependencies.statement)
    assert made is not None
    everyone = signers(dependencies.files)
    async with serving({"/nca/crl": crl, "/nca/ocsp": ocsp}) as running, http_client() as session:
        here = Statuses(session, running.url, trust)
        await here.ask(everyone, dependencies.statement, made)
        await running.close()
        nowhere = Statuses(session, "http://127.0.0.1:9", trust)
        await nowhere.ask(everyone, dependencies.statement, made)
    assert here.files == {CRL: dependencies.files[CRL]}
    asked = {answer_of(one.certificate) for one in everyone}
    assert here.missing.keys() == asked | {OF_ROOT, CHANGES}
    assert here.missing[OF_ROOT] == "the registry answered 404"
    assert all("cannot be read" in here.missing[name] for name in asked)
    assert nowhere.missing.keys() == asked | {CRL, OF_ROOT, CHANGES}
    assert all("out of reach" in why for why in nowhere.missing.values())
