"""What people do at the doors that is refused: signing in, opening a case, its form, its signature, its paper."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from aimaq.access import challenges
from aimaq.access.signature_check import SignatureCheck
from aimaq.access.systems.keystore import keys_of, load_pair
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.verdict import Asked, Verdict
from aimaq.eds.x509.certificates import read
from aimaq.regulation import Catalogue
from con_svc.queue.tickets import Queue
from stand.signatures.entries import ENTRIES
from stand.signatures.world import World as Pack
from tests.outsider import REGULATION
from tests.refusals.world import World, encoded
from tests.web.staff import LAWFUL

ARCHIVE, SEMEY, LATER = "archive-certificate-2012", "semey-victims-2016", "oralman-status-2016"
UNCHECKED, CERTIFICATE = "unemployed-registration-2016", "unemployed-certificate-2016"
NOBODY = "01900000-0000-7000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


async def strangers(w: World) -> None:
    """Without a token, with somebody else's, with one of another service, for what only the administrator may."""
    portal = w.people.portal
    await portal.get("/cases")
    await portal.get("/cases", headers={"Authorization": "Bearer x"})
    await portal.get("/dead", headers={"Authorization": "Bearer x"})
    await portal.get("/dead/nothing", headers=w.admin)
    await portal.post("/dead/nothing/requeue", headers=w.admin)
    for method, path in (("GET", "/nowhere"), ("DELETE", "/health/live"), ("GET", "/a%00b")):
        await portal.request(method, path)


async def registration(w: World) -> None:
    """A short password, an IIN that is none, one that is registered, roles where there are none."""
    portal, citizen = w.people.portal, w.people.citizen
    new: dict[str, Any] = {"iin": citizen.iin, "name": citizen.name, "password": "another one"}
    for change in ({}, {"password": "short"}, {"iin": "12"}, {"iin": "900101300018"}, {"roles": ["clerk"]}):
        await portal.post("/users", json=new | change)
    await w.people.con.post("/users", json=new)


async def accounts(w: World) -> None:
    """Halves of a proof, proofs of others; a password without the old one; accounts that are not there or disabled."""
    portal, person = w.people.portal, await w.stranger("AUTH")
    new = {"iin": person.iin, "name": person.name, "password": person.password}
    await portal.post("/users", json=new | {"challenge": "x"})
    for other in (await w.stranger("AUTH"), await w.stranger("SIGN")):
        await portal.post("/users", json=new | await w.challenged(other))
    assert (await portal.post("/users", json=new)).status_code == 201
    login = {"iin": person.iin, "password": person.password}
    mine = {"Authorization": f"Bearer {(await portal.post('/sessions', json=login)).json()['token']}"}
    await portal.put("/users/me/password", json={"password": "another"}, headers=mine)
    await portal.put("/users/me/password", json={"password": "another", "current": "wrong!"}, headers=mine)
    for path in ("/users/900101300017", "/users/900101300017/sessions"):
        await portal.request("DELETE" if path.endswith("sessions") else "GET", path, headers=w.admin)
    change = {"disabled": True}
    assert (await portal.patch(f"/users/{person.iin}", json=change, headers=w.admin)).status_code == 200
    await portal.post("/sessions", json=login)
    await portal.get("/users/me", headers=mine)


async def sessions(w: World) -> None:
    """A refresh token that is none, one that was used before, and the session that this ended."""
    portal = w.people.portal
    session = (await portal.post("/sessions", json=w.people.neighbour.login)).json()
    await portal.post("/sessions/refresh", json={"refresh": session["token"]})
    renewal = {"refresh": session["refresh"]}
    assert (await portal.post("/sessions/refresh", json=renewal)).status_code == 201
    for _ in range(2):
        await portal.post("/sessions/refresh", json=renewal)
    await portal.get("/users/me", headers={"Authorization": f"Bearer {session['token']}"})


async def bodies(w: World) -> None:
    """Bodies that are no JSON, or JSON of another shape; one that is too large."""
    for content in (b"{", b"", b"\xff", b"[]", b"null", b"{}", b"x" * 3_000_000):
        await w.people.portal.post("/cases", content=content, headers=JSON)
    await w.people.portal.post("/cases", content=b"regulation=x")
    login = w.people.citizen.login
    for odd in (
        {"regulation": 7},
        {"login": "me"},
        {"hurry": True},
        {"login": login | {"otp": "1"}},
        {"channel": "x" * 30},
        {"channel": "\x07"},
    ):
        await w.people.portal.post("/cases", json={"regulation": REGULATION, "login": login} | odd)


async def passwords(w: World) -> None:
    """Wrong ones: for a session, for cases of acts that check it and of one that does not; and then too many."""
    citizen, clerk = w.people.citizen, w.people.clerk
    await w.people.portal.post("/sessions", json=citizen.login | {"password": "wrong!"})
    await w.people.portal.post(
        "/cases", json={"regulation": REGULATION, "login": citizen.login | {"password": "wrong!"}}
    )
    for regulation, more in ((UNCHECKED, {}), (SEMEY, {"package": LAWFUL})):
        login = clerk.login | {"password": "wrong!"}
        await w.people.con.post("/cases", json={"regulation": regulation, "login": login, **more})
    for act in Catalogue.bundled():
        for flow in act.flows.values():
            procedure = getattr(w.people, flow.front_desk)
            person = await w.stranger(at=flow.front_desk)
            login = {"iin": person.iin, "password": "wrong!"}
            await procedure.post("/cases", json={"regulation": act.id, "channel": flow.channel, "login": login})
    stranger = await w.stranger(at="portal")
    for _ in range(12):
        await w.people.portal.post("/sessions", json={"iin": stranger.iin, "password": "wrong!"})


async def certificates(w: World) -> None:
    """Challenges that are foreign, used or over; certificates of nobody, for signing, withdrawn; no certificate."""
    portal = w.people.portal
    person = await w.stranger("AUTH", at="portal")
    login = await w.challenged(person)
    assert (await portal.post("/sessions", json=login)).status_code == 201
    await portal.post("/sessions", json=login)
    await portal.post("/sessions", json=login | {"challenge": "aimaq"})
    late = await w.challenged(person)
    with w.patch.context() as busy:
        busy.setattr(challenges, "MOST", 0)
        await portal.post("/sessions", json=await w.challenged(person))
    await portal.post("/sessions", json=await w.challenged(person, over=b"another"))
    await portal.post("/sessions", json=await w.challenged(await w.stranger("AUTH")))
    await portal.post("/sessions", json=await w.challenged(await w.stranger("SIGN", at="portal")))
    for odd in (encoded(b"no CMS"), "-----BEGIN CMS-----\nx\n", "-----BEGIN CMS-----\n!\n-----END CMS-----", "!"):
        await portal.post("/sessions", json=await w.challenged(person) | {"cms": odd})
    key, certificate = load_pair(keys_of(w.people.parties.home, "con"), None)
    system = DocumentSigner(key, read(certificate.public_bytes(Encoding.DER)))
    challenge: str = (await portal.post("/challenges")).json()["challenge"]
    await portal.post("/sessions", json={"challenge": challenge, "cms": encoded(system.sign(challenge.encode()))})
    assert person.certificate is not None
    body = {"serial": person.certificate.number, "reason": "keyCompromise"}
    assert (await w.registry.post("/nca/revocations", json=body, headers=w.admin)).status_code == 201
    await portal.post("/sessions", json=await w.challenged(person))
    other = await w.stranger("AUTH", at="portal")
    assert other.certificate is not None
    body = {"serial": other.certificate.number}
    assert (await w.registry.post("/nca/suspensions", json=body, headers=w.admin)).status_code == 201
    await portal.post("/sessions", json=await w.challenged(other))
    w.people.parties.clock.advance(timedelta(minutes=3))
    await portal.post("/sessions", json=late)
    operator = await w.stranger("AUTH", at="con")
    login = await w.challenged(operator, at="con")
    await w.people.con.post("/cases", json={"regulation": LATER, "login": login})


async def opening(w: World) -> None:
    """Cases of acts that there are not, through channels that are not here, without papers, with tickets."""
    portal, con = w.people.portal, w.people.con
    login, clerk = w.people.citizen.login, w.people.clerk.login
    for name in ("unemployed-certificat-2012", "nothing"):
        await portal.post("/cases", json={"regulation": name, "login": login})
    await portal.post("/cases", json={"regulation": REGULATION, "login": login, "channel": "con"})
    await portal.post("/cases", json={"regulation": REGULATION, "login": login, "ticket": NOBODY})
    await con.post("/cases", json={"regulation": SEMEY, "login": clerk})
    faulty = LAWFUL | {"missing": ["Жеке куәлік"]}
    await w.staff.opens("guard", ARCHIVE, package=faulty)
    await con.post("/cases", json={"regulation": UNCHECKED, "login": clerk, "ticket": NOBODY})
    ticket = (await con.post("/tickets", headers=await w.people.clerks("con"))).json()["ticket"]
    new = {"regulation": UNCHECKED, "login": clerk, "ticket": ticket}
    assert (await con.post("/cases", json=new)).status_code == 201
    await con.post("/cases", json=new)
    with w.patch.context() as at_once:
        at_once.setattr(Queue, "taken_at", _not_used_yet)
        await con.post("/cases", json=new)


async def _not_used_yet(self: Queue, ticket: str) -> datetime:
    """What is told of a ticket that somebody else uses at the same moment."""
    return self.service.clock.now()


async def forms(w: World) -> None:
    """Forms with fields that are unknown, of another channel, lacking, of another kind; another's; for no case."""
    portal = w.people.portal
    login = w.people.citizen.login
    answer = await portal.post("/cases", json={"regulation": CERTIFICATE, "login": login})
    late = {"Authorization": f"Bearer {answer.json()['token']}"}
    changed = w.form(CERTIFICATE, purpose="Банкке", power_of_attorney="17/1")
    await portal.put(f"/cases/{answer.json()['case_id']}/form", json=changed, headers=late)
    answer = await w.counter.opens(CERTIFICATE)
    his = {"Authorization": f"Bearer {answer.json()['token']}"}
    await w.people.con.put(f"/cases/{answer.json()['case_id']}/form", json=changed, headers=his)
    case_id, mine = await w.people.opened()
    for change in (
        {"nick": "a"},
        {"power_of_attorney": "17/1"},
        {"address": 12},
        {"address": ""},
        {"phone": "no"},
        {"iin": "12345"},
        {"iin": "900101300018"},
        {"iin": w.people.neighbour.iin},
        {"name": None},
        {"address": "\x07"},
    ):
        await portal.put(f"/cases/{case_id}/form", json=w.people.form(**change), headers=mine)
    token = (await portal.post("/sessions", json=w.people.neighbour.login)).json()["token"]
    others = {"Authorization": f"Bearer {token}"}
    theirs = {**w.people.form(), "iin": w.people.neighbour.iin, "name": w.people.neighbour.name}
    await portal.put(f"/cases/{case_id}/form", json=theirs, headers=others)
    await portal.get(f"/cases/{case_id}", headers=others)
    await portal.put(f"/cases/{NOBODY}/form", json=w.people.form(), headers=mine)
    await portal.get(f"/cases/{NOBODY}", headers=w.admin)
    await portal.get("/cases/none", headers=mine)
    await portal.get(f"/cases/{case_id}/result.pdf", headers=mine)
    await portal.post(f"/cases/{case_id}/signature", json=w.people.citizen.cms("e30="), headers=mine)
    con_id, his = await w.people.opened("con")
    await w.people.con.put(f"/cases/{con_id}/form", json=w.form(REGULATION, power_of_attorney="17/1"), headers=his)
    other = await w.stranger(at="con")
    login = {"iin": other.iin, "password": other.password}
    token = (await w.people.con.post("/sessions", json=login)).json()["token"]
    await w.people.con.put(
        f"/cases/{con_id}/form", json=w.form(REGULATION), headers={"Authorization": f"Bearer {token}"}
    )


async def asked_already(w: World) -> None:
    """Another form once the registers were asked."""
    for resident in (w.people.citizen, w.people.neighbour):
        await w.staff.living(resident)
    case_id, his, _ = await w.counter.filled(ARCHIVE, "process-4/sign")
    await w.people.con.put(f"/cases/{case_id}/form", json=w.form(ARCHIVE, about="Басқа зауыт туралы"), headers=his)
    await w.people.con.post(f"/cases/{case_id}/signature", json=w.people.neighbour.cms("e30="), headers=his)


async def signatures(w: World) -> None:
    """Every kind of bad signature under a request; and a form that is filled in again while one is looked at."""
    pack = Pack(w.people.parties.clock.now())
    for entry in ENTRIES:
        case_id, mine, document = await w.people.filled()
        bad = encoded(entry.make(pack, document.encode()))
        await w.people.portal.post(f"/cases/{case_id}/signature", json={"cms": bad}, headers=mine)
        await w.people.portal.post(f"/cases/{case_id}/signature", json={"cms": bad}, headers=mine)
    case_id, mine, document = await w.people.filled()
    with w.patch.context() as meanwhile:
        again = w.people.form(address="Абай көшесі, 13")
        meanwhile.setattr(SignatureCheck, "examine", looked_at(w, f"/cases/{case_id}/form", again, mine))
        await w.people.portal.post(f"/cases/{case_id}/signature", json=w.people.citizen.cms(document), headers=mine)


def looked_at(w: World, path: str, form: dict[str, Any], mine: dict[str, str]) -> Any:
    """The check of a signature, during which a form is filled in again."""
    examine = SignatureCheck.examine

    async def examined(self: SignatureCheck, document: bytes, cms: bytes, asked: Asked) -> Verdict:
        assert (await w.people.portal.put(path, json=form, headers=mine)).status_code == 200
        return await examine(self, document, cms, asked)

    return examined


async def unconfirmed(w: World) -> None:
    """A bad signature where the act has no refusal for it."""
    answer = await w.counter.opens(UNCHECKED, form=w.form(UNCHECKED))
    opened = answer.json()
    his = {"Authorization": f"Bearer {opened['token']}"}
    shown = await w.staff.stands(opened["case_id"], "process-5/sign", "con")
    assert shown["case_id"] == opened["case_id"]
    body = w.people.neighbour.cms(opened["document"])
    await w.people.con.post(f"/cases/{opened['case_id']}/signature", json=body, headers=his)


async def checks(w: World) -> None:
    """The public check: without a number of a person, with another's, and too often."""
    con = w.people.con
    for query in ("", "?iin=12", f"?bin=12&iin={w.people.citizen.iin}", "?bin=123456789012"):
        await con.get(f"/documents/1{query}")
    for _ in range(12):
        await con.get(f"/documents/1?iin={w.people.citizen.iin}")


async def session_over(w: World) -> None:
    """A session that is over."""
    case_id, mine = await w.people.opened()
    w.people.parties.clock.advance(timedelta(days=2))
    await w.people.portal.get(f"/cases/{case_id}", headers=mine)


PROVOCATIONS = (
    strangers,
    registration,
    accounts,
    sessions,
    bodies,
    passwords,
    certificates,
    opening,
    forms,
    asked_already,
    signatures,
    unconfirmed,
    checks,
    session_over,
)
