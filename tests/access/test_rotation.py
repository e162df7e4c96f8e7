"""A running system gets a new key: no message is lost, whoever stops in between leaves a stand that works."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.systems import keystore, roster
from aimaq.access.systems.keystore import keys_of, load_directory, load_signer
from aimaq.access.systems.registry_client import Issued, RegistryClient
from aimaq.eds.x509.profile import Role
from aimaq.language.clock import StandClock
from aimaq.language.errors import Unavailable, UnknownSender
from aimaq.language.ids import Ids
from aimaq.language.messages import PARTIES
from aimaq.language.signing.jws import Directory, KeySigner
from registry_svc.nca.authority import SYSTEM_LIFE, Authority
from registry_svc.nca.owner import system_of
from stand.provision import keys
from tests.access.conftest import World, serial_of
from tests.faults import rows
from tests.parties import BASE
from tests.pipeline.messages import SUBMITTED
from tests.serving import Reply, Request, serving
from tests.waiting import eventually
from tests.web.problems import problem

pytestmark = pytest.mark.slow

ALL_BUT_ONE = "con,lea"


async def rotate(world: World, party: str, force: bool = False, permit: str = "") -> httpx.Response:
    """Ask a service to sign with a new key, with the registry's permit or without."""
    client = await world.parties.http(party, **world.parties.admin())
    body = {"permit": permit} if permit else None
    return await client.post("/keys/rotation", params={"force": str(force).lower()}, json=body)


async def current(world: World, party: str) -> str:
    """The serial number of what a service says that it signs with."""
    serial: str = (await (await world.parties.http(party)).get("/keys")).json()["serial"]
    return serial


async def test_a_service_signs_with_a_new_key_that_everyone_knows(world: World, home: Path) -> None:
    await world.start("portal", "con", "lea", "gateway")
    old = load_signer(home, "portal")
    answer = await rotate(world, "portal")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["party"], body["previous"], body["unconfirmed"]) == ("portal", serial_of(old), [])
    assert body["serial"] == await current(world, "portal") == serial_of(load_signer(home, "portal"))
    assert not [path.name for path in keys_of(home, "portal").iterdir() if "next" in path.name or ".new" in path.name]
    signer = world.parties.services["portal"].dependencies.signer
    for name in PARTIES:
        directory = world.parties.services[name].dependencies.verifier
        for signature in (signer.sign(b"new"), old.sign(b"new")):
            assert directory.verify(b"new", signature, BASE) == "portal"
    found = (await (await world.parties.http("registry")).get("/nca/systems")).json()["systems"]
    assert [one["status"] for one in found if one["party"] == "portal"] == ["good", "good"]


async def test_nothing_changes_while_a_party_is_not_known_to_know(world: World, home: Path) -> None:
    await world.start("portal", "gateway", "lea")
    before = await current(world, "portal")
    answer = await rotate(world, "portal")
    assert answer.status_code == 503
    assert "con may not know the new certificate" in answer.json()["detail"]
    assert await current(world, "portal") == before == serial_of(load_signer(home, "portal"))
    await world.parties.stop("portal")
    await world.start("con", "portal")
    body = (await rotate(world, "portal")).json()
    found = (await (await world.parties.http("registry")).get("/nca/systems")).json()["systems"]
    # what was prepared the first time is used
    assert [one["serial"] for one in found if one["party"] == "portal"] == [before, body["serial"]]


async def test_it_can_be_insisted_upon(world: World) -> None:
    await world.start("portal", "gateway")
    answer = await rotate(world, "portal", force=True)
    assert (answer.status_code, answer.json()["unconfirmed"]) == (201, ["con", "lea"])


async def test_somebody_elses_system_is_not_waited_for(world: World) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    answer = await rotate(world, "portal")
    assert (answer.status_code, answer.json()["unconfirmed"]) == (201, [])


async def test_what_was_prepared_and_revoked_since_is_not_used(world: World, home: Path) -> None:
    await world.start("portal", "gateway", "lea")
    assert (await rotate(world, "portal")).status_code == 503
    prepared = keystore.pending(keys_of(home, "portal"))
    assert prepared is not None
    await world.revoke(f"{prepared[1].serial_number:x}")
    answer = (await rotate(world, "portal", force=True)).json()
    assert answer["serial"] != f"{prepared[1].serial_number:x}"


async def test_what_was_prepared_and_the_registry_has_forgotten_is_not_used(world: World, home: Path) -> None:
    await world.start("portal", "gateway", "lea")
    assert (await rotate(world, "portal")).status_code == 503
    prepared = keystore.pending(keys_of(home, "portal"))
    assert prepared is not None
    registry = world.parties.services["registry"]
    for name in ("systems", "certificates"):
        table = registry.metadata.tables[name]
        gone = sa.delete(table).where(table.c.serial == f"{prepared[1].serial_number:x}")
        await registry.database.transact(lambda conn, gone=gone: conn.execute(gone))  # type: ignore[misc]
    answer = (await rotate(world, "portal", force=True)).json()
    assert answer["serial"] == await current(world, "portal") != f"{prepared[1].serial_number:x}"


async def test_a_revoked_system_comes_back_with_a_new_key(world: World) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    await world.revoke(await current(world, "portal"))
    assert (await world.health("portal"))["reasons"] == ["the signing certificate of portal is revoked"]
    problem(await rotate(world, "portal"), 503, "unavailable")  # the key that was withdrawn proves nothing
    other = await world.call("POST", "/nca/systems/permits", {"party": "con"})
    problem(await rotate(world, "portal", permit=other["permit"]), 503, "unavailable")
    permit = await world.call("POST", "/nca/systems/permits", {"party": "portal"})
    assert (await rotate(world, "portal", permit=permit["permit"])).status_code == 201
    assert (await world.health("portal"))["status"] == "ready"
    case_id = await world.parties.ask()
    await eventually(lambda: _accepted(world, case_id), what="the request at the gateway")


async def _accepted(world: World, case_id: str) -> bool:
    found = await rows(world.parties.services["gateway"], "journal", case_id=case_id)
    return bool(found) and all(row["verdict"] == "accepted" for row in found)


async def test_one_rotation_at_a_time(world: World) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    answers = await asyncio.gather(*(rotate(world, "portal") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


async def test_without_a_registry_the_old_key_stays(world: World, home: Path) -> None:
    await world.start("portal", "gateway")
    before = await current(world, "portal")
    await world.shut()
    answer = await rotate(world, "portal")
    assert answer.status_code == 503
    assert "out of reach" in answer.json()["detail"]
    await world.parties.start("con")
    answer = await rotate(world, "con")
    assert answer.status_code == 503
    assert "AIMAQ_REGISTRY_URL" in answer.json()["detail"]
    assert await current(world, "portal") == before == serial_of(load_signer(home, "portal"))


async def test_a_rotation_is_the_administrators(world: World) -> None:
    await world.start("portal")
    client = await world.parties.http("portal")
    assert (await client.post("/keys/rotation")).status_code == 401
    headers = {"Authorization": "Bearer wrong-token-of-somebody"}
    assert (await client.post("/keys/rotation", headers=headers)).status_code == 403
    assert (await rotate(world, "portal", force="perhaps")).status_code == 422  # type: ignore[arg-type]


async def test_keys_that_cannot_be_written_change_nothing(
    world: World, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    before = await current(world, "portal")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    for name in ("prepare", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(keystore, name, full)
            answer = await rotate(world, "portal")
        assert answer.status_code == 503
        assert "No space left" in answer.json()["detail"]
        assert await current(world, "portal") == before == serial_of(load_signer(home, "portal"))
    assert (await rotate(world, "portal")).status_code == 201


async def test_a_key_that_runs_out_soon_is_told_of(world: World) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    world.parties.clock.advance(SYSTEM_LIFE - timedelta(days=29))
    (warning,) = (await world.health("portal"))["warnings"]
    assert warning.startswith("the signing certificate of portal runs out on 2029-")
    assert (await rotate(world, "portal")).status_code == 201
    assert (await world.health("portal"))["warnings"] == []


async def test_an_outside_system_changes_its_key_by_the_same_calls(world: World) -> None:
    await world.start("gateway")
    portal, _ = await world.outsider("portal"), await world.outsider("lea")
    old, fresh = portal.signer, await world.certified("portal")
    answer = await world.call("GET", f"/nca/systems/{serial_of(fresh)}/readers", status=200)
    assert "gateway" in answer["confirmed"]
    for signer in (fresh, old, fresh):
        portal.signer = signer
        assert await portal.hand_in(portal.write(SUBMITTED)) == [None]
    await world.revoke(world.serial("portal"))
    portal.signer = old
    await portal.hand_in(portal.write(SUBMITTED))
    found = sorted(await rows(world.parties.services["gateway"], "journal"), key=lambda row: row["number"])
    assert [row["verdict"] for row in found if row["publisher"] == "portal"] == ["accepted"] * 3 + ["rejected"]


async def test_an_impostors_registry_is_not_believed(world: World, tmp_path: Path) -> None:
    await world.start("gateway")
    other = tmp_path / "other"
    keys.provision(other, StandClock(lambda: BASE), authority_keys="p-256")
    stranger = load_signer(other, "portal")
    service = world.parties.services["gateway"]
    pem = stranger.certificate.public_bytes(Encoding.PEM).decode()
    feed = roster.Roster(9, (roster.System("portal", "1", pem, "good"),))
    (fault,) = roster.take(service.dependencies.verifier, feed, service.dependencies.trust)
    assert "was not issued by an authority trusted here" in fault
    with pytest.raises(UnknownSender):
        service.dependencies.verifier.verify(b"x", stranger.sign(b"x"), BASE)


def test_a_signature_is_never_of_two_keys(home: Path) -> None:
    pairs = [(keystore.load_pair(keys_of(home, party), None)) for party in ("portal", "con")]
    directory = Directory([(party, pair[1]) for party, pair in zip(("portal", "con"), pairs, strict=True)])
    signer, over, senders = KeySigner(*pairs[0]), threading.Event(), set[str]()

    def swap() -> None:
        context = 0
        while not over.is_set():
            context += 1
            signer.renew(*pairs[context % 2])

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for number in range(2000):
            data = str(number).encode()
            senders.add(directory.verify(data, signer.sign(data), BASE))
    finally:
        over.set()
        swapper.join()
    assert senders == {"portal", "con"}


def test_a_directory_may_change_while_others_read_it(home: Path) -> None:
    pair = keystore.load_pair(keys_of(home, "portal"), None)
    signer, directory, faults = KeySigner(*pair), load_directory(home), list[BaseException]()
    over = threading.Event()

    def read() -> None:
        try:
            while not over.is_set():
                assert len(directory.certificates()) >= len(PARTIES)
                assert directory.verify(b"x", signer.sign(b"x"), BASE) == "portal"
        except BaseException as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(200):
        directory.add("portal", _pair(home)[1])
        directory.add("portal", pair[1])
    over.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert len(directory.identities()) == len(PARTIES) + 200


class Crashed(BaseException):
    """The process has died here."""


def _dying(monkeypatch: pytest.MonkeyPatch, after: int) -> Callable[[], int]:
    """Let the process die after so many changes to files; answers with how many there were."""
    done = 0

    def counted(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **more: Any) -> Any:
            nonlocal done
            if done == after:
                raise Crashed
            done += 1
            return change(*arguments, **more)

        return changed

    for owner, name in ((Path, "replace"), (Path, "unlink"), (os, "open"), (os, "fsync")):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    return lambda: done


STEPS = 11
"""Changes to files that a rotation makes: it is died before each of them, and between the last two is the worst."""


@pytest.mark.parametrize("before", [(), (STEPS - 1,)], ids=["", "again"])
@pytest.mark.parametrize("steps", range(STEPS + 2))
def test_whoever_dies_at_a_rotation_leaves_a_stand_that_works(
    home: Path, before: tuple[int, ...], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, clock = keys_of(home, "portal"), StandClock(lambda: BASE)
    serial = ""
    for died_after in (*before, steps):
        old = serial_of(load_signer(home, "portal"))
        key, certificate = _pair(home)
        with monkeypatch.context() as patched:
            count = _dying(patched, died_after)
            try:
                keystore.prepare(folder, key, certificate)
                keystore.replace(folder)
            except Crashed:
                assert count() == died_after
            else:
                assert died_after >= STEPS
        serial = serial_of(load_signer(home, "portal", BASE))
        assert serial in (old, f"{certificate.serial_number:x}")
    keys.provision(home, clock)
    assert serial_of(load_signer(home, "portal", BASE)) == serial
    assert load_directory(home).verify(b"x", load_signer(home, "portal").sign(b"x"), BASE) == "portal"
    key, certificate = _pair(home)
    keystore.prepare(folder, key, certificate)
    assert serial_of(load_signer(home, "portal")) == serial
    keystore.replace(folder)
    assert serial_of(load_signer(home, "portal")) == f"{certificate.serial_number:x}"


def _pair(home: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A new key with a certificate for the portal, from the authority of the home."""
    clock, key = StandClock(lambda: BASE), keys.new_key()
    authority = Authority.load(home / "nca", clock, Ids(clock))
    return key, authority.issue(key.public_key(), system_of("portal"), role=Role.INFORMATION_SYSTEM, usage="SIGN")


async def test_a_registry_that_answers_nonsense_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    rotation = world.parties.services["portal"].rotation
    assert rotation is not None
    before = await current(world, "portal")

    async def issued(*_: object) -> Issued:
        return Issued("1", "no certificate")

    monkeypatch.setattr(RegistryClient, "issue", issued)
    with pytest.raises(Unavailable, match="cannot be used"):
        await rotation.run()
    assert await current(world, "portal") == before


async def test_the_registrar_names_what_is_wrong_with_an_answer(world: World) -> None:
    await world.start("portal", "gateway", outside=ALL_BUT_ONE)
    portal = world.parties.services["portal"].dependencies
    wrong = RegistryClient(world.url, "con", portal.signer, portal.clock)
    with pytest.raises(Unavailable, match="answers 403"):
        await wrong.roster(0, 0, "")
    await wrong.close()
    async with serving(status) as server:
        elsewhere = RegistryClient(server.url, "portal", portal.signer, portal.clock)
        with pytest.raises(Unavailable, match="gives no roster"):
            await elsewhere.roster(0, 0, "")
        await elsewhere.close()


async def status(_: Request) -> Reply:
    """What something other than a registry answers."""
    return Reply.of_json({"status": "live"})
