"""A synthetic person against the registry over real HTTP: a certificate, a signature, a revocation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import islice

import httpx
import pytest

from aimaq.access.systems import keystore
from aimaq.eds.revocation.crl_source import RevocationSource
from aimaq.http.client import http_client
from aimaq.language.errors import InvalidInput, NotAllowed, Unavailable, Unconfigured
from aimaq.language.iin import check_iin
from stand.people.person import people
from stand.runtime.embedded import listening, listening_socket
from tests.eds.judging import check
from tests.eds.pki import BIN, DOCUMENT
from tests.parties import Parties


@pytest.fixture
async def registry_url(parties: Parties) -> AsyncIterator[str]:
    await parties.start("registry")
    with listening_socket("127.0.0.1", 0) as listener:
        async with listening(parties.apps["registry"], listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
async def session() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as made:
        yield made


async def test_a_person_signs_until_the_certificate_is_revoked(
    parties: Parties, registry_url: str, session: httpx.AsyncClient
) -> None:
    person, token = next(people(1)), parties.services["registry"].administration.token
    certificate = await person.request_certificate(session, registry_url, token)
    trust = keystore.load_trust(parties.home)
    source = RevocationSource(f"{registry_url}/nca/crl", trust, parties.clock, session)
    now = parties.clock.now()
    for signed in (person.sign(DOCUMENT), person.sign(DOCUMENT, now)):
        assert check(DOCUMENT, signed, person.iin, now, trust, await source.current()).ok
    headers = {"Authorization": f"Bearer {token}"}
    body = {"serial": certificate.number, "reason": "keyCompromise"}
    answer = await session.post(f"{registry_url}/nca/revocations", json=body, headers=headers)
    assert answer.status_code == 201
    verdict = check(DOCUMENT, person.sign(DOCUMENT), person.iin, now, trust, await source.current())
    assert verdict.codes == ("revoked",)
    await source.close()


async def test_an_official_is_certified_with_the_organisation(
    parties: Parties, registry_url: str, session: httpx.AsyncClient
) -> None:
    person = next(people(2))
    person.bin, person.organisation = BIN, "Жұмыспен қамту бөлімі"
    token = parties.services["registry"].administration.token
    certificate = await person.request_certificate(session, registry_url, token, "AUTH")
    assert (certificate.person.bin, certificate.usage.value) == (BIN, "AUTH")


async def test_the_registrys_refusals_are_told_as_what_they_are(
    parties: Parties, registry_url: str, session: httpx.AsyncClient
) -> None:
    person, token = next(people(3)), parties.services["registry"].administration.token
    with pytest.raises(NotAllowed):
        await person.request_certificate(session, registry_url, "wrong")
    with pytest.raises(Unavailable, match="out of reach"):
        await person.request_certificate(session, "http://127.0.0.1:1", token)
    person.iin = "900101300018"
    with pytest.raises(InvalidInput) as refused:
        await person.request_certificate(session, registry_url, token)
    assert refused.value.field == "iin"
    with pytest.raises(Unconfigured):
        person.sign(DOCUMENT)


def test_the_same_seed_makes_the_same_people_with_keys_of_their_own() -> None:
    first, again, other = (list(islice(people(seed), 50)) for seed in (7, 7, 8))
    assert [(one.iin, one.name, one.password) for one in first] == [(one.iin, one.name, one.password) for one in again]
    assert {one.iin for one in first}.isdisjoint(one.iin for one in other)
    assert len({one.iin for one in first}) == 50
    for one in first:
        check_iin(one.iin)
        female = one.surname.endswith("а")
        assert one.patronymic.endswith(("қызы", "вна") if female else ("ұлы", "вич"))
        assert one.iin[6] in ("46" if female else "35")
    assert first[0].key.public_key() != again[0].key.public_key()
    assert first[0].key is first[0].key


def test_what_is_printed_of_a_person_holds_neither_number_nor_password() -> None:
    person = next(people(9))
    assert person.iin not in repr(person)
    assert person.password not in repr(person)
