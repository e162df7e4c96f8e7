"""Revocation lists: which are believed, for how long, and how a service comes by the current one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.eds.revocation import crl as revocation
from aimaq.eds.revocation import crl_source
from aimaq.eds.revocation.crl import RevocationList
from aimaq.eds.revocation.crl_source import RevocationSource
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature, Unavailable
from registry_svc.nca.authority import LIST_LIFE
from tests.eds.pki import DAY, NOW, Pki
from tests.serving import Listener, Reply, Request, serving
from tests.waiting import eventually

SECOND = timedelta(seconds=1)


def test_a_list_tells_who_is_revoked_and_since_when(pki: Pki) -> None:
    one, other = pki.person().certificate, pki.person().certificate
    crl = pki.crl(one, number=7)
    assert (crl.number, len(crl)) == (7, 1)
    assert (crl.status(one, NOW).since, crl.status(other, NOW).since) == (NOW, None)


def test_a_list_is_good_until_the_next_one_is_due(pki: Pki) -> None:
    crl = pki.crl()
    assert crl.good_at(NOW)
    assert crl.good_at(NOW + LIST_LIFE)
    assert not crl.good_at(NOW + LIST_LIFE + SECOND)
    assert crl.good_at(NOW - revocation.SKEW)
    assert not crl.good_at(NOW - revocation.SKEW - SECOND)


def test_a_list_of_another_authority_of_the_same_name_is_not_believed(pki: Pki) -> None:
    with pytest.raises(BadSignature, match="not signed by an authority trusted here"):
        RevocationList(Pki().crl_der(), pki.trust)


def test_a_list_of_a_version_that_does_not_exist_is_not_read(pki: Pki) -> None:
    data = pki.crl_der()
    version = data.index(b"\x02\x01\x01")
    with pytest.raises(BadSignature, match="cannot be read"):
        RevocationList(data[:version] + b"\x02\x01\x21" + data[version + 3 :], pki.trust)


@pytest.mark.parametrize(
    ("extension", "critical", "why"),
    [
        (x509.DeltaCRLIndicator(1), True, "not a complete one"),
        (x509.CRLNumber(1), False, ""),
        (x509.IssuerAlternativeName([x509.DNSName("registry.test")]), False, "cannot be read"),
    ],
)
def test_only_a_complete_and_numbered_list_is_believed(
    pki: Pki, extension: x509.ExtensionType, critical: bool, why: str
) -> None:
    builder = x509.CertificateRevocationListBuilder().issuer_name(pki.authority.root.subject)
    builder = builder.last_update(NOW).next_update(NOW + DAY).add_extension(extension, critical)
    data = builder.sign(pki.root_key, hashes.SHA256()).public_bytes(Encoding.DER)
    if why:
        with pytest.raises(BadSignature, match=why):
            RevocationList(data, pki.trust)
    else:
        assert RevocationList(data, pki.trust).number == 1


@dataclass
class Registry:
    """A registry over HTTP that gives out what it is told to."""

    answer: Callable[[Request], Reply]
    asked: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def crl(self, request: Request) -> Reply:
        self.asked.append(request.headers.get("if-none-match", ""))
        answered = self.answer(request)
        if self.hold is not None:
            await self.hold.wait()
        return answered


def giving(data: bytes, etag: str = '"1"') -> Callable[[Request], Reply]:
    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == etag:
            return Reply(status=304)
        return Reply(data, headers={"ETag": etag} if etag else {})

    return answer


@pytest.fixture
def registry(pki: Pki) -> Registry:
    return Registry(giving(pki.crl_der()))


@pytest.fixture
async def server(registry: Registry) -> AsyncIterator[Listener]:
    async with serving({"/nca/crl": registry.crl}) as running:
        yield running


Make = Callable[..., RevocationSource]


@pytest.fixture
async def source(pki: Pki, server: Listener) -> AsyncIterator[Make]:
    made: list[RevocationSource] = []
    async with http_client() as session:

        def make(**settings: Any) -> RevocationSource:
            url = f"{server.url}/nca/crl"
            made.append(RevocationSource(url, pki.trust, pki.clock, session, **settings))
            return made[-1]

        yield make
        for one in made:
            await one.close()


async def test_the_list_is_asked_for_at_each_check_and_sent_only_if_it_is_new(
    pki: Pki, registry: Registry, source: Make
) -> None:
    asking = source()
    first = await asking.current()
    assert await asking.current() is first
    registry.answer = giving(pki.crl_der(number=2), '"2"')
    assert (await asking.current()).number == 2
    assert registry.asked == ["", '"1"', '"1"']


async def test_a_registry_without_etags_is_asked_for_the_whole(pki: Pki, registry: Registry, source: Make) -> None:
    registry.answer = giving(pki.crl_der(), "")
    asking = source()
    await asking.current()
    assert (await asking.current()).number == 1
    assert registry.asked == ["", ""]


async def test_with_an_age_the_list_is_used_until_the_stands_clock_has_passed_it(
    pki: Pki, registry: Registry, source: Make
) -> None:
    asking = source(max_age=60)
    first = await asking.current()
    pki.clock.advance(timedelta(seconds=59))
    assert await asking.current() is first
    assert len(registry.asked) == 1
    pki.clock.advance(SECOND)
    await asking.current()
    assert len(registry.asked) == 2


async def test_an_age_does_not_outlast_the_list(pki: Pki, registry: Registry, source: Make) -> None:
    asking = source(max_age=30 * 24 * 3600)
    await asking.current()
    pki.clock.advance(LIST_LIFE + SECOND)
    registry.answer = giving(pki.crl_der(number=2), '"2"')
    assert (await asking.current()).number == 2


async def test_checks_share_a_request_only_if_it_was_sent_after_they_asked(
    pki: Pki, registry: Registry, source: Make
) -> None:
    asking = source()
    registry.hold = asyncio.Event()
    early = asyncio.create_task(asking.current())
    await eventually(lambda: registry.asked, what="the first request")
    # From here on a certificate is revoked, and the answer under way does not know it.
    registry.answer = giving(pki.crl_der(number=2), '"2"')
    late = [asyncio.create_task(asking.current()) for _ in range(20)]
    await asyncio.sleep(0)
    registry.hold.set()
    assert (await early).number == 1
    assert {(await task).number for task in late} == {2}
    assert len(registry.asked) == 2


async def test_requests_keep_their_distance_and_the_first_does_not_wait(registry: Registry, source: Make) -> None:
    asking, loop = source(spacing=0.2), asyncio.get_running_loop()
    begun = loop.time()
    await asking.current()
    first = loop.time()
    await asyncio.gather(*(asking.current() for _ in range(5)))
    assert first - begun < 0.2 <= loop.time() - begun
    assert len(registry.asked) == 2


async def test_who_gives_up_waiting_does_not_spoil_it_for_the_others(registry: Registry, source: Make) -> None:
    asking = source()
    registry.hold = asyncio.Event()
    impatient = asyncio.create_task(asking.current())
    patient = asyncio.create_task(asking.current())
    await eventually(lambda: registry.asked, what="the request")
    impatient.cancel()
    registry.hold.set()
    assert (await patient).number == 1
    assert len(registry.asked) == 1


def failing(status: int) -> Callable[[Request], Reply]:
    return lambda request: Reply(status=status)


BROKEN: dict[str, Callable[[Pki], Callable[[Request], Reply]]] = {
    "an error": lambda pki: failing(500),
    "a page": lambda pki: giving(b"<html>", '"x"'),
    "nothing": lambda pki: giving(b"", '"x"'),
    "an answer to another question": lambda pki: failing(304),
    "a list of another authority": lambda pki: giving(Pki().crl_der(number=9), '"x"'),
    "a giant": lambda pki: giving(bytes(revocation.LARGEST + 1), '"x"'),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_without_a_good_list_nothing_can_be_said(what: str, pki: Pki, registry: Registry, source: Make) -> None:
    registry.answer = BROKEN[what](pki)
    with pytest.raises(Unavailable):
        await source().current()


@pytest.mark.parametrize("what", [name for name in BROKEN if name != "an answer to another question"])
async def test_the_last_good_list_serves_while_it_is_good(
    what: str, pki: Pki, registry: Registry, source: Make, caplog: pytest.LogCaptureFixture
) -> None:
    asking = source()
    first = await asking.current()
    registry.answer = BROKEN[what](pki)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert await asking.current() is first
    assert caplog.text.count("going by revocation list 1") == 1
    pki.clock.advance(LIST_LIFE + SECOND)
    with pytest.raises(Unavailable):
        await asking.current()


async def test_a_registry_that_is_gone_is_out_of_reach(source: Make, server: Listener) -> None:
    asking, other = source(), source()
    first = await asking.current()
    await server.close()
    assert await asking.current() is first
    with pytest.raises(Unavailable, match="out of reach"):
        await other.current()


async def test_a_registry_that_does_not_answer_is_out_of_reach(registry: Registry, source: Make) -> None:
    registry.hold = asyncio.Event()
    with pytest.raises(Unavailable, match="out of reach"):
        await source(timeout=0.05).current()
    registry.hold.set()


async def test_a_list_older_than_one_seen_before_is_not_taken(pki: Pki, registry: Registry, source: Make) -> None:
    asking = source()
    registry.answer = giving(pki.crl_der(number=5), '"5"')
    newest = await asking.current()
    registry.answer = giving(pki.crl_der(number=4), '"4"')
    assert await asking.current() is newest


async def test_a_list_that_is_out_of_date_when_it_comes_is_not_taken(pki: Pki, source: Make) -> None:
    pki.clock.advance(LIST_LIFE + SECOND)
    with pytest.raises(Unavailable, match="not in date"):
        await source().current()


async def test_the_next_check_succeeds_once_the_registry_is_back(pki: Pki, registry: Registry, source: Make) -> None:
    asking = source()
    registry.answer = failing(503)
    with pytest.raises(Unavailable):
        await asking.current()
    registry.answer = giving(pki.crl_der(number=3), '"3"')
    assert (await asking.current()).number == 3


async def test_the_end_of_an_outage_is_told_too(
    pki: Pki, registry: Registry, source: Make, caplog: pytest.LogCaptureFixture
) -> None:
    asking = source()
    for answer in (giving(pki.crl_der()), failing(503), giving(pki.crl_der(number=2), '"2"')):
        registry.answer = answer
        await asking.current()
    assert [record.message.split(":")[0] for record in caplog.records if record.name == crl_source.__name__] == [
        "going by revocation list 1, good until 2026-03-03 09",
        "the registry gives out its revocation list again",
    ]


async def test_after_the_end_nobody_is_left_waiting(registry: Registry, source: Make) -> None:
    asking = source()
    registry.hold = asyncio.Event()
    waiting = [asyncio.create_task(asking.current()) for _ in range(2)]
    await eventually(lambda: registry.asked, what="the request")
    waiting.append(asyncio.create_task(asking.current()))
    await asyncio.sleep(0)
    await asking.close()
    for answer in await asyncio.gather(*waiting, asking.current(), return_exceptions=True):
        assert isinstance(answer, Unavailable)
    registry.hold.set()
