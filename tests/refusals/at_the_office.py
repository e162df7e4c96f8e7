"""What the body's staff, the operator of a service centre and the applicant at the model portal do that is refused."""

from __future__ import annotations

import base64
from typing import Any

from aimaq.access.signature_check import SignatureCheck
from aimaq.eds.asn1 import der
from aimaq.eds.asn1.oids import TIME_STAMP
from aimaq.eds.http import Peer
from aimaq.eds.pades import ROOM
from aimaq.eds.timestamp import texts, token
from aimaq.eds.timestamp.client import TsaClient
from aimaq.http.client import http_client
from aimaq.language.errors import BadSignature
from aimaq.regulation import Limit
from aimaq.regulation.calendar import Calendar
from stand.signatures.craft import padded
from tests.eds.pki import Pki
from tests.eds.tsa import Tsa
from tests.papers.signing import covered, prepared, signed
from tests.papers.signing import drafted as sheets
from tests.refusals.at_a_front_desk import NOBODY
from tests.refusals.world import World, encoded
from tests.web.people import Resident
from tests.web.staff import LAWFUL
from tests.web.test_decision import ACCOUNT, DENIED, GRANTED, approved, compensated, drafted

BACKED, CHOICE, SEMEY = "unemployed-registration-2018", "targeted-assistance-certificate-2016", "semey-victims-2016"
REASON = "Мұрағатқа сұрау салынды"


def signature(resident: Resident, over: bytes, *more: Any, **how: Any) -> str:
    """A resident's signature over bytes, in base64."""
    return encoded(resident.signer.sign(over, *more, **how))


async def steps(w: World) -> None:
    """Steps that are for others to do, not due, without what they need; cases that another opened."""
    opened = (await w.staff.opens("clerk", CHOICE)).json()
    case_id = opened["case_id"]
    await w.staff.does("clerk", case_id, "registration")
    form = w.form(CHOICE)
    await w.people.lea.put(f"/cases/{case_id}/form", json=form, headers=await w.staff.signed_in("head"))
    case_id = await w.assigned(SEMEY)
    for role, inputs in (("executor", {}), ("executor", {"reason": ""}), ("head", {"reason": "-"})):
        await w.staff.does(role, case_id, "extension", **inputs)
    await w.staff.does("executor", case_id, "record")
    lea, his = w.people.lea, await w.staff.signed_in("executor")
    await lea.get(f"/cases/{case_id}/draft", headers=his)
    await lea.get("/uncollected?after=none", headers=his)
    await lea.get("/cases?limit=0&status=gone", headers=his)
    await lea.get("/cases?limit=many", headers=his)
    await lea.post(f"/cases/{NOBODY}/acceptance", headers=his)


async def decisions(w: World) -> None:
    """Results that there are not, refusals without grounds, grants that no register backs, what was not approved."""
    case_id = await w.assigned(CHOICE)
    for draft in (GRANTED, GRANTED | {"result": "belongin"}, {"decision": "denied"}):
        await w.staff.does("executor", case_id, "draft", **draft)
    await w.staff.recorded("labour_market", w.people.clerk.iin, iin=w.people.clerk.iin, status="job-seeker")
    for who in ("citizen", "clerk"):
        await drafted(w.staff, await w.assigned(BACKED, who), "executor", GRANTED)
    case_id = await approved(w.staff, w.people, GRANTED)
    await w.staff.does("executor", case_id, "draft", **DENIED)


async def ended(w: World) -> None:
    """A step of a case that has ended, and one that another system is to do."""
    faulty = LAWFUL | {"missing": ["Жеке куәлік"]}
    answer = await w.counter.opens(SEMEY, package=faulty, form=w.form(SEMEY))
    his = {"Authorization": f"Bearer {answer.json()['token']}"}
    await w.people.con.put(f"/cases/{answer.json()['case_id']}/form", json=w.form(SEMEY), headers=his)
    case_id, his = await compensated(w.staff, w.counter)
    await w.people.con.post(f"/cases/{case_id}/payment", json=ACCOUNT | {"on": "2199-01-01"}, headers=his)
    for odd in ("2026-02-30", "soon"):
        await w.people.con.post(f"/cases/{case_id}/payment", json=ACCOUNT | {"on": odd}, headers=his)
    await w.people.con.post(f"/cases/{case_id}/delivery", json={}, headers=his)
    await w.staff.does("clerk", case_id, "delivery")
    await w.people.con.post(f"/cases/{case_id}/payment", json=ACCOUNT, headers=his)
    await w.staff.does("clerk", case_id, "delivery")


async def elsewhere(w: World) -> None:
    """A result that the service centre is to hand over, and not the body."""
    case_id, _ = await w.counter.sent(SEMEY, package=LAWFUL)
    await w.staff.did(
        case_id,
        ("guard", "examination"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("executor", "draft", GRANTED | {"result": "certificate"}),
    )
    await w.staff.signed("head", case_id)
    await w.staff.did(case_id, ("clerk", "record"))
    await w.staff.does("clerk", case_id, "delivery")


async def papers(w: World) -> None:
    """Signatures under a paper that are none for a PDF, or of another draft; stamps that none believes."""
    case_id, _ = await w.people.submitted()
    his, lea = await prepared(w.people, case_id), w.people.lea
    draft = await sheets(w.people, case_id, his)
    clerk, over, now = w.people.clerk, covered(draft["paper"]), w.people.parties.clock.now()
    body = signed(draft, clerk)
    for change in (
        {"pdf_cms": signature(clerk, over + b".")},
        {"cms": body["pdf_cms"]},
        {"pdf_cms": signature(clerk, over, now)},
        {"pdf_cms": signature(clerk, over, attached=True)},
        {"signed_at": None},
        {"signed_at": "2020-03-02T04:00:00Z"},
        {"signed_at": "2020-03-02T04:00:00"},
        {"signed_at": "soon"},
        {"pdf_cms": 7},
    ):
        await lea.post(f"/cases/{case_id}/result", json=body | change, headers=his)
    stamped = await _stamped(w, base64.b64decode(body["pdf_cms"]))
    await lea.post(f"/cases/{case_id}/result", json=body | {"pdf_cms": encoded(stamped)}, headers=his)
    with w.patch.context() as unbelieved:
        unbelieved.setattr(TsaClient, "token", _unbelieved)
        await lea.post(f"/cases/{case_id}/result", json=body, headers=his)
    query = token.query
    with w.patch.context() as unasked:
        unasked.setattr(token, "query", lambda value, nonce: query(value, nonce + 1))
        await lea.post(f"/cases/{case_id}/result", json=body, headers=his)
    for reply in (b"x", Tsa(Pki(), status="rejection").reply(query(b"", 1))):
        with w.patch.context() as odd:
            odd.setattr(Peer, "ask", _answering(reply))
            await lea.post(f"/cases/{case_id}/result", json=body, headers=his)
    plain = base64.b64decode(body["pdf_cms"])
    for odd_one in (padded(plain, ROOM), _with_another(plain)):
        await lea.post(f"/cases/{case_id}/result", json=body | {"pdf_cms": encoded(odd_one)}, headers=his)


def _answering(reply: bytes) -> Any:
    async def answered(peer: Peer, *asked: Any, **how: Any) -> bytes:
        return reply

    return answered


def _with_another(signature: bytes) -> bytes:
    """A signature with an unsigned attribute that is no time stamp."""
    return token.stamped(signature, der.NULL).replace(TIME_STAMP, TIME_STAMP[:-1] + b"\x0f")


async def characters(w: World) -> None:
    """A refusal with letters that no paper has."""
    case_id, _ = await w.people.submitted()
    his = await prepared(w.people, case_id, "denied", "Негіз жоқ 🙂")
    await w.people.lea.get(f"/cases/{case_id}/draft?paper=true", headers=his)


async def _stamped(w: World, signature: bytes) -> bytes:
    """A signature with a time stamp of the registry's."""
    lea = w.people.parties.services["lea"]
    async with http_client() as session:
        url = f"{lea.settings.registry_url}/nca/tsa"
        return await TsaClient(url, lea.dependencies.trust, session, bytes).stamp(signature)


async def _unbelieved(self: TsaClient, data: bytes) -> bytes:
    raise BadSignature(texts.OTHER_NONCE)


def _signed_meanwhile(w: World, case_id: str, body: dict[str, str], his: dict[str, str]) -> Any:
    """The check of a signature, during which the same is signed: what is due then is something else."""
    examine = SignatureCheck.examine

    async def examined(self: SignatureCheck, *arguments: Any) -> Any:
        with w.patch.context() as as_ever:
            as_ever.setattr(SignatureCheck, "examine", examine)
            answer = await w.people.lea.post(f"/cases/{case_id}/result", json=body, headers=his)
        assert answer.status_code == 200, answer.text
        answer = await w.people.lea.post(
            f"/cases/{case_id}/draft", json=GRANTED, headers=await w.staff.signed_in("executor")
        )
        assert answer.status_code == 200, answer.text
        return await examine(self, *arguments)

    return examined


async def inner_papers(w: World) -> None:
    """A PDF where a decision is due that no applicant gets."""
    case_id = await w.staff.begun("executor", "oralman-status-2016", w.people.neighbour)
    await w.staff.stands(case_id, "item-1/enter-registry")
    await w.staff.did(
        case_id,
        ("executor", "entry"),
        ("clerk", "registration"),
        ("head", "assignment"),
        ("section-head", "assignment"),
        ("executor", "draft", GRANTED),
        ("section-head", "agreement"),
    )
    headers, head = await w.staff.signed_in("head"), w.staff.members["head"]
    draft = (await w.people.lea.get(f"/cases/{case_id}/draft", headers=headers)).json()
    body = head.cms(draft["document"])
    await w.people.lea.post(f"/cases/{case_id}/result", json=body | {"pdf_cms": body["cms"]}, headers=headers)
    with w.patch.context() as meanwhile:
        meanwhile.setattr(SignatureCheck, "examine", _signed_meanwhile(w, case_id, body, headers))
        await w.people.lea.post(f"/cases/{case_id}/result", json=body, headers=headers)


async def late(w: World) -> None:
    """A term that is made longer when it has run out."""
    case_id = await w.assigned(SEMEY)
    clock = w.people.parties.clock
    clock.advance_to(Calendar().due(Limit(unit="working-day", max=18), clock.now()).at)
    await w.staff.does("executor", case_id, "extension", reason=REASON)


async def chosen(w: World) -> None:
    """A certificate to sign with that is none."""
    new = {"regulation": "model-full-2010", "login": w.people.citizen.login}
    answer = await w.people.portal.post("/cases", json=new)
    assert answer.status_code == 201, answer.text
    mine = {"Authorization": f"Bearer {answer.json()['token']}"}
    place = f"/cases/{answer.json()['case_id']}/certificate"
    await w.people.portal.post(place, json={"certificate": "none"}, headers=mine)


PROVOCATIONS = (steps, decisions, ended, elsewhere, papers, characters, inner_papers, chosen, late)
