"""Suspension, and the revocation lists, complete and of changes: what they say, by openssl's word, and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.x509 import certificates
from aimaq.eds.x509.trust import TrustStore
from registry_svc.nca.authority import DELTA_LIFE, LIST_LIFE, ROOT_LIST_LIFE
from tests.parties import BASE
from tests.registry.witness import Output, Witness

pytestmark = pytest.mark.slow

Crl = x509.CertificateRevocationList
HOUR = timedelta(hours=1)


def number_of(crl: Crl) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def base_of(delta: Crl) -> int:
    extension = delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator)
    assert extension.critical
    return extension.value.crl_number


def entries(crl: Crl) -> dict[int, str]:
    return {
        entry.serial_number: next((reason.value.reason.value for reason in entry.extensions), "unspecified")
        for entry in crl
    }


def named(points: x509.CRLDistributionPoints | x509.FreshestCRL) -> list[str]:
    return [name.value for point in points for name in point.full_name or ()]


async def complete(witness: Witness) -> Crl:
    return x509.load_der_x509_crl(await witness.get("/nca/crl"))


async def delta(witness: Witness) -> Crl:
    return x509.load_der_x509_crl(await witness.get("/nca/crl/delta"))


async def suspend(witness: Witness, certificate: x509.Certificate, status: int = 201) -> dict[str, Any]:
    serial = f"{certificate.serial_number:X}"
    answer: dict[str, Any] = await witness.call("POST", "/nca/suspensions", {"serial": serial}, status)
    return answer


async def resume(witness: Witness, certificate: x509.Certificate, status: int = 200) -> dict[str, Any]:
    path = f"/nca/suspensions/{certificate.serial_number:x}"
    answer: dict[str, Any] = await witness.call("DELETE", path, None, status)
    return answer


async def revoke(witness: Witness, certificate: x509.Certificate, reason: str, status: int = 201) -> dict[str, Any]:
    body = {"serial": f"{certificate.serial_number:x}", "reason": reason}
    answer: dict[str, Any] = await witness.call("POST", "/nca/revocations", body, status)
    return answer


async def fetched(witness: Witness, *paths: str) -> None:
    """Have openssl read these lists, check their signatures, and put them into one file."""
    text = b""
    for path in paths:
        witness.file("list.der", await witness.get(path))
        output = await witness.openssl(
            "crl", "-inform", "DER", "-in", "list.der", "-CAfile", "ca.pem", "-out", "list.pem"
        )
        assert "verify OK" in output.text
        text += (witness.folder / "list.pem").read_bytes()
    witness.file("lists.pem", text)


async def verified(witness: Witness, *options: str) -> Output:
    return await witness.openssl(
        "verify",
        "-crl_check_all",
        *options,
        "-CRLfile",
        "lists.pem",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
        *witness.attime,
        "holder.crt",
    )


async def test_openssl_verifies_the_whole_chain_with_all_lists(witness: Witness) -> None:
    await witness.issue()
    await fetched(witness, "/nca/crl", "/nca/crl/root")
    assert "holder.crt: OK" in (await verified(witness)).text


async def test_a_suspension_counts_at_once_and_so_does_its_end(witness: Witness) -> None:
    certificate = await witness.issue()
    suspended = await suspend(witness, certificate)
    assert (suspended["status"], suspended["reason"], suspended["revoked_at"]) == (
        "suspended",
        "certificateHold",
        BASE.isoformat(),
    )
    await fetched(witness, "/nca/crl", "/nca/crl/root")
    assert "certificate revoked" in (await verified(witness)).text
    assert entries(await complete(witness)) == {certificate.serial_number: "certificateHold"}
    resumed = await resume(witness, certificate)
    assert (resumed["status"], resumed["reason"], resumed["revoked_at"]) == ("good", None, None)
    await fetched(witness, "/nca/crl", "/nca/crl/root")
    assert "holder.crt: OK" in (await verified(witness)).text
    assert entries(await complete(witness)) == {}


async def test_the_responder_tells_of_a_suspension(witness: Witness) -> None:
    certificate = await witness.issue()
    await suspend(witness, certificate)
    answer = await witness.asked()
    assert "holder.crt: revoked" in answer.text
    assert "Reason: certificateHold" in answer.text
    await resume(witness, certificate)
    assert "holder.crt: good" in (await witness.asked()).text


async def test_a_list_and_the_changes_since_are_as_good_as_the_newest_list(witness: Witness) -> None:
    """Openssl goes by an old complete list and the list of changes: revoked since, suspended since, resumed since."""
    certificate = await witness.issue()
    await fetched(witness, "/nca/crl", "/nca/crl/root")
    old = (witness.folder / "lists.pem").read_bytes()

    async def by_changes() -> Output:
        await fetched(witness, "/nca/crl/delta")
        changes = (witness.folder / "lists.pem").read_bytes()
        witness.file("lists.pem", old + changes)
        return await verified(witness, "-use_deltas", "-extended_crl")

    await suspend(witness, certificate)
    assert "certificate revoked" in (await by_changes()).text
    await resume(witness, certificate)
    assert "holder.crt: OK" in (await by_changes()).text
    await revoke(witness, certificate, "keyCompromise")
    assert "certificate revoked" in (await by_changes()).text


async def test_an_end_of_suspension_is_a_change_from_a_list_that_had_it(witness: Witness) -> None:
    suspended = await witness.issue()
    await suspend(witness, suspended)
    witness.parties.clock.advance(LIST_LIFE / 2)
    base = await complete(witness)
    assert entries(base) == {suspended.serial_number: "certificateHold"}
    assert (base_of(await delta(witness)), entries(await delta(witness))) == (number_of(base), {})
    await resume(witness, suspended)
    changes = await delta(witness)
    assert (base_of(changes), entries(changes)) == (number_of(base), {suspended.serial_number: "removeFromCRL"})
    now = await complete(witness)
    assert number_of(now) == number_of(changes) > number_of(base)


async def test_a_suspended_certificate_is_revoked_as_of_its_suspension(witness: Witness) -> None:
    certificate = await witness.issue()
    await suspend(witness, certificate)
    witness.parties.clock.advance(HOUR)
    answer = await revoke(witness, certificate, "superseded")
    assert (answer["status"], answer["reason"], answer["revoked_at"]) == ("revoked", "superseded", BASE.isoformat())
    assert (
        entries(await complete(witness)) == entries(await delta(witness)) == {certificate.serial_number: "superseded"}
    )


async def test_what_cannot_be_done_changes_nothing_and_is_told(witness: Witness) -> None:
    certificate = await witness.issue()
    number = number_of(await complete(witness))
    assert (await resume(witness, certificate))["status"] == "good"
    assert number_of(await complete(witness)) == number
    first = await suspend(witness, certificate)
    witness.parties.clock.advance(HOUR / 10)
    assert await suspend(witness, certificate) == first
    await revoke(witness, certificate, "superseded")
    number = number_of(await complete(witness))
    for answer in (await suspend(witness, certificate, 409), await resume(witness, certificate, 409)):
        assert "superseded" in answer["detail"]
    assert number_of(await complete(witness)) == number
    assert (await witness.call("POST", "/nca/suspensions", {"serial": "abc"}, 404))["field"] == "serial"
    assert (await witness.call("DELETE", "/nca/suspensions/abc", None, 404))["field"] == "serial"
    assert (await witness.call("POST", "/nca/suspensions", {"serial": "x"}, 422))["field"] == "serial"


@pytest.mark.parametrize(("method", "path"), [("POST", "/nca/suspensions"), ("DELETE", "/nca/suspensions/abc")])
async def test_only_the_administrator_suspends_and_resumes(witness: Witness, method: str, path: str) -> None:
    answer = await witness.session.request(method, witness.url + path, json={"serial": "abc"})
    assert answer.status_code == 401


async def test_lists_are_renewed_when_half_their_life_is_over_and_not_before(witness: Witness) -> None:
    clock = witness.parties.clock
    first, changes = await complete(witness), await delta(witness)
    assert (number_of(changes), base_of(changes)) == (number_of(first), number_of(first))
    assert changes.next_update_utc == BASE + DELTA_LIFE
    clock.advance(DELTA_LIFE / 2)
    renewed = await delta(witness)
    assert (number_of(renewed), base_of(renewed)) == (number_of(changes) + 1, number_of(first))
    assert number_of(await complete(witness)) == number_of(first)
    assert number_of(await delta(witness)) == number_of(renewed)
    clock.advance(LIST_LIFE / 2)
    assert number_of(await complete(witness)) == number_of(renewed) + 1
    assert number_of(await delta(witness)) == base_of(await delta(witness)) == number_of(renewed) + 1


async def test_the_list_of_changes_may_be_asked_for_first(witness: Witness) -> None:
    changes = await delta(witness)
    assert number_of(changes) == base_of(changes) == number_of(await complete(witness)) == 1


async def test_our_own_reader_takes_the_complete_list_and_not_the_changes(witness: Witness) -> None:
    certificate = await witness.issue()
    await suspend(witness, certificate)
    trust = TrustStore(x509.load_pem_x509_certificates(await witness.get("/nca/ca")))
    read = certificates.read(certificate.public_bytes(Encoding.DER))
    assert RevocationList(await witness.get("/nca/crl"), trust).status(read, BASE).suspended
    with pytest.raises(Exception, match="not a complete one"):
        RevocationList(await witness.get("/nca/crl/delta"), trust)


async def test_the_roots_list_is_always_in_date_and_grows_in_number(witness: Witness) -> None:
    root = x509.load_pem_x509_certificate((witness.folder / "root.pem").read_bytes())
    numbers = []
    for step in (timedelta(), ROOT_LIST_LIFE / 3, ROOT_LIST_LIFE / 3, timedelta(days=700)):
        witness.parties.clock.advance(step)
        crl = x509.load_der_x509_crl(await witness.get("/nca/crl/root"))
        public = root.public_key()
        assert crl.is_signature_valid(public)  # type: ignore[arg-type]
        assert crl.next_update_utc is not None
        assert crl.last_update_utc <= witness.parties.clock.now() < crl.next_update_utc - ROOT_LIST_LIFE / 3
        assert len(list(crl)) == 0
        numbers.append(number_of(crl))
    assert numbers == sorted(numbers)
    assert numbers[0] == numbers[1] < numbers[2] < numbers[3]


async def test_certificates_say_where_on_the_stand_their_status_is_told(witness: Witness) -> None:
    certificate = await witness.issue()
    access = {
        entry.access_method: entry.access_location.value
        for entry in certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    }
    issuing = x509.load_der_x509_certificate(await witness.get(access[Access.CA_ISSUERS]))
    certificate.verify_directly_issued_by(issuing)
    assert "holder.crt: good" in (await witness.asked(url=access[Access.OCSP])).text
    extensions, listed = certificate.extensions, (await complete(witness)).extensions
    assert named(extensions.get_extension_for_class(x509.CRLDistributionPoints).value) == [f"{witness.url}/nca/crl"]
    for one in (extensions, listed):
        assert named(one.get_extension_for_class(x509.FreshestCRL).value) == [f"{witness.url}/nca/crl/delta"]
    root = x509.load_der_x509_certificate(await witness.get("/nca/ca/root"))
    issuing.verify_directly_issued_by(root)
