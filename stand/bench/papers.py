"""What a result as a paper costs: printed, prepared, signed, stamped and closed (PAdES B-T). CPU time of one core.

And how many OCSP answers a process gives in a second of its time, asked over HTTP as verifiers ask.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice

import aiohttp
from cryptography import x509

from aimaq.casework.case import Case
from aimaq.language.clock import Clock, SystemClock
from aimaq.casework.documents import request_document
from aimaq.eds.cms import reader as cms
from aimaq.eds.timestamp import token as stamp
from aimaq.eds.revocation.ocsp_source import NONCE
from aimaq.eds.x509.certificates import Certificate
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.revocation.status import Status
from aimaq.language.errors import Unavailable
from aimaq.language.ids import Ids
from aimaq.casework.procedure.operations import number_case
from aimaq.casework.pdf.content import Signing, attachments, content
from aimaq.casework.pdf.render import printed
from aimaq.eds.pades import prepared
from aimaq.regulation import Catalogue
from registry_svc.nca.timestamps import Order, Stamper
from stand.bench.eds import authority, certified
from stand.bench.load import FORM, REGULATION
from stand.bench.stands import in_one_process
from stand.provision.keys import new_key
from stand.people.person import people

PAPERS, ANSWERS, TOGETHER = 30, 2000, 16
GOAL_MS = 150.0
GOAL_ANSWERS = 500.0


def paper_cost() -> dict[str, float]:
    """Milliseconds of a core for a result's paper, the first of the process and the best of many."""
    clock = SystemClock()
    issuing = authority(clock)
    official, applicant = islice(people("bench"), 2)
    signer = DocumentSigner(official.key, certified(issuing, official.key, official))
    stamper = Stamper(issuing, new_key(), clock, Ids(clock))
    regulation = Catalogue.bundled().regulation(REGULATION)
    case = _granted(applicant.iin, applicant.name, clock)
    request = request_document(case)
    signature = signer.sign(request)
    spent = []
    for number in range(PAPERS):
        begun = time.process_time()
        at = clock.now()
        signing = Signing(official.iin, f"{official.name} {number}", "lea.employee", at)
        attached = attachments(regulation, case, signing, request, signature)
        said = content(regulation, case, signing, "http://127.0.0.1:8101", attached)
        draft = prepared(printed(said, at), at)
        made = signer.sign(draft.covered)
        order = Order.read(stamp.query(cms.take_apart(made).value, number + 1))
        draft.closed(stamp.stamped(made, stamp.token_in(stamper.stamp(order))))
        spent.append((time.process_time() - begun) * 1e3)
    return {"first": spent[0], "best": min(spent[1:])}


async def answers_a_second() -> float:
    """OCSP answers that the registry gives in a second of its process's time."""
    async with in_one_process({"autopilot": "0"}) as stand, aiohttp.ClientSession() as session:
        async with session.get(f"{stand.urls['registry']}/nca/ca") as response:
            authorities = x509.load_pem_x509_certificates(await response.read())
        person = next(people("bench"))
        certificate = await person.request_certificate(session, stand.urls["registry"], stand.admin_token)
        (issuer,) = (one for one in authorities if one.subject.public_bytes() == certificate.issuer)
        await _asked(session, stand.urls["registry"], certificate, issuer, ANSWERS // 10)
        before = stand.cpu()
        await _asked(session, stand.urls["registry"], certificate, issuer, ANSWERS)
        return ANSWERS / (stand.cpu() - before)


async def _asked(
    session: aiohttp.ClientSession, registry: str, certificate: Certificate, issuer: x509.Certificate, count: int
) -> None:
    numbers = iter(range(count))

    async def asking() -> None:
        for number in numbers:
            question = Question(certificate, issuer, number.to_bytes(NONCE, "big"))
            async with session.post(f"{registry}/nca/ocsp", data=question.der) as response:
                answer = await response.read()
            if question.answered(answer, SystemClock().now()).status != Status("ocsp"):
                raise Unavailable("the responder does not call a good certificate good")

    await asyncio.gather(*(asking() for _ in range(TOGETHER)))


def _granted(iin: str, name: str, clock: Clock) -> Case:
    now = clock.now()
    case = Case(Ids(clock)(), REGULATION, "portal", opened_at=now, changed_at=now, iin=iin, name=name, form=dict(FORM))
    case.decision, case.result = "granted", "certificate"
    number_case(case)
    return case
