"""What costs a service much is asked for a dozen times by one stranger: others are served meanwhile, and soon."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from pwdlib.hashers.argon2 import Argon2Hasher

from aimaq.casework.pdf.render import printed
from lea_svc.office import drafts
from registry_svc.ncanode import keys
from stand.people.person import people
from tests import databases as kinds
from tests.databases import Databases
from tests.outsider import REGULATION
from tests.papers.signing import prepared
from tests.parties import Parties
from tests.waiting import eventually
from tests.web.people import People
from tests.web.problems import problem


@pytest.fixture
def databases(tmp_path: Any) -> Databases:
    """Files: what costs much has nothing to do with the kind of database."""
    return kinds.files(tmp_path)


@dataclass
class Hold:
    """Holds up whatever bears this mark until it is let, one by one."""

    mark: str = "hold me up"
    places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    begun: int = 0

    def wait(self, what: object) -> None:
        """Wait if this bears the mark."""
        if self.mark in str(what):
            self.begun += 1
            assert self.places.acquire(timeout=20)


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hold]:
    """What is costly takes as long as the test says."""
    made, open_files, verify = Hold(), keys._opened, Argon2Hasher.verify

    def opened(supplied: list[tuple[bytes, str]]) -> list[dict[str, str] | None]:
        made.wait([password for _, password in supplied])
        return open_files(supplied)

    def verified(self: Argon2Hasher, password: str | bytes, hash: str | bytes) -> bool:
        made.wait(password)
        return verify(self, password, hash)

    monkeypatch.setattr(keys, "_opened", opened)
    monkeypatch.setattr(Argon2Hasher, "verify", verified)
    yield made
    made.places.release(1000)


async def caller(parties: Parties, at: str, address: str) -> httpx.AsyncClient:
    """A client of a service who comes from this address."""
    transport = httpx.ASGITransport(app=parties.apps[at], client=(address, 4711))
    return await parties.stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=f"http://{at}"))


def asked(password: str) -> dict[str, Any]:
    """A call about a key that this password opens."""
    key, lock = ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"Qwerty12")
    file = serialize_key_and_certificates(b"it", key, None, None, lock)
    return {"keys": [{"key": base64.b64encode(file).decode(), "password": password}]}


async def dozen(parties: Parties, hold: Hold, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> list[Any]:
    """Twelve calls of one client that take long, of which as many have begun as can be under way at once."""
    calls = [parties.sending(client.post(path, json=body)) for _ in range(12)]
    await eventually(lambda: hold.begun == 2, what="the first of them")
    return calls


async def test_a_dozen_costly_keys_do_not_hold_up_another_client(parties: Parties, hold: Hold) -> None:
    await parties.start("registry")
    stranger, honest = await caller(parties, "registry", "10.0.0.1"), await caller(parties, "registry", "10.0.0.2")
    calls = await dozen(parties, hold, stranger, "/pkcs12/info", asked(hold.mark))
    assert (await honest.get("/actuator/health")).json()["status"] == "UP"
    mine = parties.sending(honest.post("/pkcs12/aliases", json=asked("Qwerty12")))
    hold.places.release(2)  # those that have begun end, and two others come
    answer = await mine
    assert answer.json()["message"] == "Key reading error: Key does not have aliases."
    assert sum(call.done() for call in calls) < 4


async def test_where_too_many_wait_the_last_are_refused_at_once_in_ncanodes_words(parties: Parties, hold: Hold) -> None:
    await parties.start("registry", costly_waiting=4)
    stranger = await caller(parties, "registry", "10.0.0.1")
    calls = await dozen(parties, hold, stranger, "/pkcs12/info", asked(hold.mark))
    done, _ = await asyncio.wait(calls, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    answer = done.pop().result()
    assert answer.json() == {"status": 503, "message": "too many wait for this now: try again later"}
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    await eventually(lambda: sum(call.done() for call in calls) == 6, what="the refusals")


async def test_a_dozen_guesses_do_not_hold_up_who_is_signed_in(parties: Parties, hold: Hold) -> None:
    await parties.start("portal", costly_waiting=4, password_memory=64)
    guesser, owner = await caller(parties, "portal", "10.0.0.1"), await caller(parties, "portal", "10.0.0.2")
    who = list(zip(people("costly"), range(13), strict=False))
    me = who[0][0]
    login = {"iin": me.iin, "password": me.password}
    assert (await owner.post("/users", json=login | {"name": me.name})).status_code == 201
    mine = {"Authorization": f"Bearer {(await owner.post('/sessions', json=login)).json()['token']}"}
    kazakh = {"Accept-Language": "kk"}
    guesses = [{"iin": one.iin, "password": hold.mark} for one, _ in who[1:]]
    calls = [parties.sending(guesser.post("/sessions", json=one, headers=kazakh)) for one in guesses]
    await eventually(lambda: sum(call.done() for call in calls) == 6, what="the refusals")
    for refused in (call.result() for call in calls if call.done()):
        problem(refused, 503, "unavailable", detail="мұны қазір тым көп адам күтіп тұр: кейінірек қайталаңыз")
    assert (await owner.get("/users/me", headers=mine)).status_code == 200
    change = {"password": "another one", "current": me.password}
    changing = parties.sending(owner.put("/users/me/password", json=change, headers=mine))
    await eventually(lambda: sum(call.done() for call in calls) == 7, what="the guess that makes room")
    hold.places.release(4)  # two that have begun, and one beside each of the two things that the change takes
    assert (await changing).status_code == 200
    assert sum(call.done() for call in calls) <= 11
    hold.places.release(20)
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert (statuses.count(401), statuses.count(503)) == (5, 7)


async def test_a_dozen_papers_hold_up_nobody_else(
    visitors: People, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, _ = await visitors.submitted()
    his = await prepared(visitors, case_id)

    def slowly(text: dict[str, Any], at: datetime) -> bytes:
        hold.wait(hold.mark)
        return printed(text, at)

    monkeypatch.setattr(drafts, "printed", slowly)
    path = f"/cases/{case_id}/draft"
    calls = [visitors.parties.sending(visitors.lea.get(f"{path}?paper=true", headers=his)) for _ in range(12)]
    await eventually(lambda: hold.begun == 2, what="the first papers")
    assert (await visitors.lea.get(path, headers=his)).status_code == 200
    hold.places.release(12)
    assert {answer.status_code for answer in await asyncio.gather(*calls)} == {200}


async def test_only_half_of_the_connections_wait_for_cases(parties: Parties) -> None:
    await parties.start("portal", connections=2)
    service, client = parties.services["portal"], await parties.http("portal")
    me = next(people("waiting"))
    login = {"iin": me.iin, "password": me.password}
    assert (await client.post("/users", json=login | {"name": me.name})).status_code == 201
    new = {"regulation": REGULATION, "login": login}
    opened = (await client.post("/cases", json=new)).json()
    path = f"/cases/{opened['case_id']}"
    mine = {"Authorization": f"Bearer {opened['token']}", "Prefer": "wait=60"}
    first = parties.sending(client.get(path, headers=mine))
    await eventually(lambda: len(service.writer.notifier) == 1, what="the first that waits")
    second = await client.get(path, headers=mine)
    assert (second.status_code, second.json()["case_id"]) == (200, opened["case_id"])
    assert "preference-applied" not in second.headers
    assert not first.done()
