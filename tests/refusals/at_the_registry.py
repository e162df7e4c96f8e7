"""What an administrator does at the registry, at the gateway and with a service's key that is refused."""

from __future__ import annotations

from random import Random
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access.administration import assertion
from aimaq.access.systems import keystore
from aimaq.access.systems.registry_client import Issued, Readers, RegistryClient
from aimaq.language.errors import NotFound, Technical
from aimaq.language.iin import synthetic_bin, synthetic_iin
from gateway_svc.feed import feed
from gateway_svc.feed.places import Places
from registry_svc.systems import certificates as systems
from tests.refusals.at_a_front_desk import NOBODY
from tests.refusals.world import World, encoded

IIN = "900101300017"
OTHER, BIN = synthetic_iin(Random("other")), synthetic_bin(Random("bin"))
SHORT = rsa.generate_private_key(65537, 1024)
GOOD, RSA = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)


def request(key: Any) -> str:
    """A certificate request with this key."""
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def forged() -> str:
    """One that was not signed with the key in it."""
    data = bytearray(x509.load_pem_x509_csr(request(GOOD).encode()).public_bytes(Encoding.DER))
    data[-1] ^= 1
    return x509.load_der_x509_csr(bytes(data)).public_bytes(Encoding.PEM).decode()


def unheard_of() -> str:
    """One with a key on a curve that nobody knows."""
    data = x509.load_pem_x509_csr(request(GOOD).encode()).public_bytes(Encoding.DER)
    other = data.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d03017f"), 1)
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{encoded(other)}\n-----END CERTIFICATE REQUEST-----\n"


async def certificates(w: World) -> None:
    """Certificates on other keys, for roles that do not fit; withdrawals of what is not there or already withdrawn."""
    new = {"csr": request(GOOD), "iin": IIN, "surname": "Ахметова", "given": "Айгүл"}
    for change in (
        {"csr": "x"},
        {"csr": forged()},
        {"csr": request(SHORT)},
        {"csr": unheard_of()},
        {"iin": "1"},
        {"iin": "900101300018"},
        {"bin": BIN},
        {"role": "ceo"},
        {"bin": BIN, "organisation": "Орган", "role": "individual"},
        {"bin": "1"},
        {"usage": "BOTH"},
        {"surname": 7},
        {"given": ""},
        {"surname": "1"},
        {"hurry": 1},
    ):
        await w.registry.post("/nca/certificates", json=new | change, headers=w.admin)
    issued = (await w.registry.post("/nca/certificates", json=new, headers=w.admin)).json()["serial"]
    for serial in ("abc", "x!"):
        await w.registry.get(f"/nca/certificates/{serial}", headers=w.admin)
        await w.registry.post("/nca/revocations", json={"serial": serial}, headers=w.admin)
    for reason in ("superseded", "keyCompromise", "boredom"):
        await w.registry.post("/nca/revocations", json={"serial": issued, "reason": reason}, headers=w.admin)
    await w.registry.delete(f"/nca/suspensions/{issued}", headers=w.admin)
    suspended = (await w.registry.post("/nca/certificates", json=new, headers=w.admin)).json()["serial"]
    assert (await w.registry.post("/nca/suspensions", json={"serial": suspended}, headers=w.admin)).status_code == 201


async def party_certificates(w: World) -> None:
    """Certificates of systems on other keys, too many of them, of none."""
    new = {"party": "con", "csr": request(GOOD)}
    for change in ({"csr": request(RSA)}, {"bin": BIN}, {"party": "kon"}, {"bin": "1", "organisation": "Орган"}):
        await w.registry.post("/nca/systems", json=new | change, headers=w.admin)
    with w.patch.context() as full:
        full.setattr(systems, "MOST", 0)
        await w.registry.post("/nca/systems", json=new, headers=w.admin)
    await w.registry.get("/nca/systems/abc/readers?wait=0", headers=w.admin)
    for query in ("wait=x", "wait=-1", "wait=1e9", "wait=nan", "after=x", "after=-1", "reader=kon"):
        await w.registry.get(f"/nca/systems?{query}", headers=w.admin)
    await w.registry.get("/nca/systems?reader=con")


async def records(w: World) -> None:
    """Records under another key, twice, of odd days and moments, of nobody."""
    person: dict[str, Any] = {"iin": IIN, "surname": "Ахметова", "given": "Айгүл"}
    place = f"/registers/gbd_fl/{IIN}"
    document = {"kind": "passport", "number": "N12345678", "issued_by": "ІІМ", "from": "2020-01-01"}
    for change in (
        {"iin": OTHER},
        {"birth_date": "1.1.1990"},
        {"birth_date": "2300-01-01"},
        {"birth_date": 7},
        {"sex": "x"},
        {"birth_date": "1990-13-01"},
        {"document": document | {"until": "2019-01-01"}},
        {"document": document | {"number": "no"}},
        {"address": 7},
        {"surname": "1"},
        {"patronymic": "x" * 65},
    ):
        await w.registry.put(place, json=person | change, headers=w.admin)
    await w.registry.post("/registers/gbd_fl", json={"records": [person, person]}, headers=w.admin)
    odd: tuple[Any, ...] = ([], {}, "x", [person | {"iin": "1"}])
    for several in odd:
        await w.registry.post("/registers/gbd_fl", json={"records": several}, headers=w.admin)
    await w.registry.get(f"/registers/gbd_fl/{OTHER}", headers=w.admin)
    await w.registry.delete(f"/registers/gbd_fl/{OTHER}", headers=w.admin)
    entry: dict[str, Any] = {"iin": IIN, "status": "unemployed"}
    for moment in ("soon", "2026-03-02T09:00:00", "2300-03-02T09:00:00Z", "2026-13-02T09:00:00Z"):
        await w.registry.put(f"/registers/labour_market/{IIN}", json=entry | {"entered_at": moment}, headers=w.admin)
    facts = {"iin": IIN} | {f"fact {n}": "x" for n in range(70)}
    await w.registry.put(f"/registers/is_1/{IIN}", json=facts, headers=w.admin)
    power = {
        "number": "17/1",
        "principal": IIN,
        "representative": IIN,
        "notarised": "yes",
        "from": "2020-01-01",
        "until": "2021-01-01",
    }
    await w.registry.put("/registers/enis/17/1", json=power, headers=w.admin)
    await w.registry.get("/registers/gbd_fl?limit=x", headers=w.admin)


async def journal(w: World) -> None:
    """Cases, messages and blocks that the gateway does not have."""
    gateway = w.people.gateway
    for path in (
        f"/cases/{NOBODY}/trace",
        "/messages/none",
        "/journal/blocks/99",
        "/journal/proof/none",
        "/cases/none/trace",
        f"/journal/cases/{NOBODY}/statement",
        "/journal/blocks/x",
        "/cases?limit=0",
        "/journal/proof/a%00b",
    ):
        await gateway.get(path, headers=w.admin)


async def feeds(w: World) -> None:
    """A feed from where the journal has not come to, and one where too many are open already."""
    gateway = w.people.gateway
    await gateway.get("/feed", headers=w.admin | {"Last-Event-ID": "x"})
    await gateway.get("/feed?after=4611686018427387904", headers=w.admin)
    with w.patch.context() as crowded:
        crowded.setattr(Places, "readers", property(lambda _: 10**6))
        await gateway.get("/feed", headers=w.admin)
        crowded.setattr(feed, "MOST_OF_ONE", 0)
        await gateway.get("/feed", headers=w.admin)


async def clock(w: World) -> None:
    """A clock that is to go back, too far, too fast, and by what is no length of time."""
    gateway, now = w.people.gateway, w.people.parties.clock.now()
    for setting in (
        {"mode": "real", "at": "2026-04-20"},
        {"mode": "scaled"},
        {"mode": "scaled", "rate": 1e12},
        {"mode": "pinned", "at": "soon"},
        {"mode": "pinned", "at": "2020-01-01"},
        {"mode": "pinned", "at": "2400-01-01"},
        {"mode": "slow"},
    ):
        await gateway.put("/clock", json=setting, headers=w.admin)
    moves: list[dict[str, Any]] = [
        {},
        {"by": "9999999d"},
        {"by": "3 moons"},
        {"by": "1.5wd"},
        {"by": "P"},
        {"to": "x"},
        {"by": "1d", "to": "x"},
        {"by": 7},
        {"to": now.replace(year=now.year - 1).isoformat()},
    ]
    for move in moves:
        await gateway.post("/clock", json=move, headers=w.admin)
    await gateway.post("/clock", json={"by": "1min"}, headers=w.admin)
    await gateway.put("/clock", json={"mode": "real"}, headers=w.admin)


async def rotation(w: World) -> None:
    """A new key that is asked for twice, that others do not know, that cannot be written, that is none."""
    con, service = w.people.con, w.people.parties.services["con"]
    assert service.rotation is not None
    async with service.rotation._under_way:
        await con.post("/keys/rotation", headers=w.admin)

    async def unknown(self: RegistryClient, serial: str, wait: float) -> Readers:
        raise NotFound(Technical("no such certificate"))

    async def late(self: RegistryClient, serial: str, wait: float) -> Readers:
        return Readers(confirmed=(), unconfirmed=("lea",))

    async def garbled(self: RegistryClient, *asked: object, **more: object) -> bytes:
        return b"no JSON"

    async def none(self: RegistryClient, csr: str, permit: str = "") -> Issued:
        return Issued("1", "no certificate")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    for module, name, instead in (
        (RegistryClient, "_call", garbled),
        (systems, "MOST", 0),
        (RegistryClient, "issue", none),
        (keystore, "prepare", full),
        (RegistryClient, "readers", unknown),
        (RegistryClient, "readers", late),
    ):
        with w.patch.context() as odd:
            odd.setattr(keystore, "pending", lambda folder: None)
            odd.setattr(module, name, instead)
            await con.post("/keys/rotation", headers=w.admin)


async def searches(w: World) -> None:
    """Searches for cases that cannot be meant: numbers and days that are none, unknown parties, a cursor of nobody."""
    for path, words in (
        ("/cases", {"iin": "1"}),
        ("/cases", {"since": "2026-02-30"}),
        ("/cases", {"since": "2026-03-03", "until": "2026-03-01"}),
        ("/cases", {"case_id": "7"}),
        ("/cases", {"cursor": "AAAA"}),
        ("/cases", {"party": "lea:nowhere"}),
        ("/deadlines", {"next_unit": "lea.cat"}),
    ):
        await w.people.gateway.get(path, params=words, headers=w.admin)


async def administrators(w: World) -> None:
    """Accounts that are not there, with roles that are none, bound elsewhere; a role that does not permit it."""
    password = "a long enough one"
    account: dict[str, Any] = {"roles": ["viewer"], "password": password}
    await w.registry.put("/administrators/nobody", json={"roles": []}, headers=w.admin)
    await w.registry.put("/administrators/dana", json=account | {"roles": ["патша"]}, headers=w.admin)
    await w.registry.delete("/administrators/nobody", headers=w.admin)
    bound = account | {"party": "portal"}
    assert (await w.registry.put("/administrators/dana", json=bound, headers=w.admin)).status_code == 200
    login = {"name": "dana", "password": password, "audience": "portal"}
    for change in ({"password": "wrong"}, {"audience": "lea"}):
        await w.registry.post("/administrators/sessions", json=login | change)
    token = (await w.registry.post("/administrators/sessions", json=login)).json()["token"]
    await w.people.portal.delete("/dead/nothing", headers={"Authorization": f"Bearer {token}"})
    bound = {"roles": ["administrator"], "party": "registry"}
    assert (await w.registry.put("/administrators/dana", json=bound, headers=w.admin)).status_code == 200
    token = (await w.registry.post("/administrators/sessions", json=login | {"audience": "registry"})).json()["token"]
    await w.registry.put("/administrators/eve", json=account, headers={"Authorization": f"Bearer {token}"})
    of_body = account | {"roles": ["auditor"], "body": "lea:oral-employment"}
    await w.registry.put("/administrators/saule", json=of_body | {"party": "lea"}, headers=w.admin)
    assert (await w.registry.put("/administrators/saule", json=of_body, headers=w.admin)).status_code == 200
    theirs = {"name": "saule", "password": account["password"], "audience": "lea"}
    await w.registry.post("/administrators/sessions", json=theirs)
    token = (await w.registry.post("/administrators/sessions", json=theirs | {"audience": "gateway"})).json()["token"]
    await w.people.gateway.post("/journal/blocks", headers=w.admin)
    act = (await w.people.gateway.get("/audit", headers=w.admin)).json()["items"][0]["id"]
    for path in ("/rejected", "/cases/019cacb3-f200-72a4-b777-6ddd64133b9e/trace", f"/messages/{act}"):
        await w.people.gateway.get(path, headers={"Authorization": f"Bearer {token}"})
    freed: dict[str, Any] = {"roles": ["operator"], "body": None}
    assert (await w.registry.put("/administrators/saule", json=freed, headers=w.admin)).status_code == 200
    token = (await w.registry.post("/administrators/sessions", json=theirs | {"audience": "gateway"})).json()["token"]
    await w.people.gateway.get(f"/messages/{act}", headers={"Authorization": f"Bearer {token}"})


async def sessions(w: World) -> None:
    """Sessions that are over or are none; certificates of those who have no account, or for something else."""
    account = {"roles": ["viewer"], "password": "a long enough one", "party": None}
    login = {"name": "aida", "password": "a long enough one", "audience": "portal"}
    person = await w.stranger("AUTH")
    for change in ({}, {"iin": person.iin}):
        made = await w.registry.put("/administrators/aida", json=account | change, headers=w.admin)
        assert made.status_code == 200, made.text
    await w.registry.put("/administrators/berik", json=account | {"iin": person.iin}, headers=w.admin)
    refresh = (await w.registry.post("/administrators/sessions", json=login)).json()["refresh"]
    for bound in ({"party": "lea"}, {"disabled": True}):
        await w.registry.put("/administrators/aida", json=bound, headers=w.admin)
        await w.registry.post("/administrators/sessions/refresh", json={"refresh": refresh})
    await w.registry.post("/administrators/sessions/refresh", json={"refresh": "of nothing"})

    async def signed(over: bytes = b"") -> None:
        text = (await w.registry.post("/administrators/challenges")).json()["challenge"]
        body = {"challenge": text, "cms": encoded(person.sign(over or text.encode())), "audience": "portal"}
        await w.registry.post("/administrators/sessions", json=body)

    await signed()
    await signed(b"something else")
    body = {"challenge": (await w.registry.post("/administrators/challenges")).json()["challenge"]}
    await w.registry.post("/administrators/sessions", json=body | {"cms": "AAAA", "audience": "portal"})
    await w.registry.delete("/administrators/aida", headers=w.admin)


async def suspensions(w: World) -> None:
    """A party that is suspended twice at the gateway, and one that is resumed and was not suspended."""
    where = "/parties/registry/suspension"
    for _ in range(2):
        await w.people.gateway.put(where, json={"reason": "себебі бар"}, headers=w.admin)
    for _ in range(2):
        await w.people.gateway.delete(where, headers=w.admin)


async def systems_for_themselves(w: World) -> None:
    """A system that would be certified as another, and one that does not prove that it has its key."""
    portal = w.people.parties.services["portal"].dependencies
    word = {"Authorization": f"Bearer {assertion(portal.signer, 'portal', 'registry', portal.clock)}"}
    for party in ("con", "portal"):
        body = {"party": party, "csr": request(GOOD)}
        await w.registry.post("/nca/systems", json=body, headers=word)


PROVOCATIONS = (
    administrators,
    sessions,
    suspensions,
    systems_for_themselves,
    certificates,
    party_certificates,
    records,
    journal,
    searches,
    feeds,
    rotation,
    clock,
)
