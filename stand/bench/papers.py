"""What a result as a paper costs: printed, prepared, signed, stamped and closed (PAdES B-T). CPU time of one core.

And how many OCSP answers a process gives in a second of its time, asked over HTTP as verifiers ask.
"""

from __future__ import annotations

import asyncio
import time
from itertools import islice

import httpx
from cryptography import x509

from aimaq.casework.case import Case, CaseDraft
from aimaq.casework.documents import request_document
from aimaq.casework.pdf.content import Signing, attachments, content
from aimaq.casework.pdf.render import printed
from aimaq.casework.procedure.operations import number_case
from aimaq.eds.cms import reader
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.eds.pades import prepared
from aimaq.eds.revocation.ocsp import Question
from aimaq.eds.revocation.ocsp_source import NONCE
from aimaq.eds.revocation.status import Status
from aimaq.eds.timestamp import token
from aimaq.eds.x509.certificates import Certificate
from aimaq.http.client import http_client
from aimaq.language.clock import Clock, SystemClock
from aimaq.language.errors import Technical, Unavailable
from aimaq.language.ids import Ids
from aimaq.regulation import Catalogue
from registry_svc.nca.timestamps import Order, TimeStampAuthority
from stand.bench.eds import authority, certified
from stand.bench.load import FORM, REGULATION
from stand.bench.stands import in_one_process
from stand.people.person import people
from stand.provision.keys import new_key

PAPERS, TOGETHER = 30, 16
GOAL_MS = 150.0
GOAL_ANSWERS = 500.0


def paper_cost() -> dict[str, float]:
    """Milliseconds of a core for a result's paper, the first of the process and the best of many."""
    clock = SystemClock()
    issuing = authority(clock)
    official, applicant = islice(people("bench"), 2)
    signer = DocumentSigner(official.key, certified(issuing, official.key, official))
    tsa = TimeStampAuthority(issuing, new_key(), clock, Ids(clock))
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
        text = content(regulation, case, signing, "http://127.0.0.1:8101", attached)
        draft = prepared(printed(text, at), at)
        made = signer.sign(draft.covered)
        order = Order.read(token.query(reader.take_apart(made).value, number + 1))
        draft.closed(token.stamped(made, token.token_in(tsa.stamp(order))))
        spent.append((time.process_time() - begun) * 1e3)
    return {"first": spent[0], "best": min(spent[1:])}


async def answers_a_second(count: int) -> float:
    """OCSP answers that the registry gives in a second of its process's time, by so many of them."""
    async with in_one_process({}) as stand, http_client() as session:
        authorities = x509.load_pem_x509_certificates((await session.get(f"{stand.urls['registry']}/nca/ca")).content)
        person = next(people("bench"))
        certificate = await person.request_certificate(session, stand.urls["registry"], stand.tokens["registry"])
        (issuer,) = (one for one in authorities if one.subject.public_bytes() == certificate.issuer)
        await _asked(session, stand.urls["registry"], certificate, issuer, count // 10)
        before = stand.cpu()
        await _asked(session, stand.urls["registry"], certificate, issuer, count)
        return count / (stand.cpu() - before)


async def _asked(
    session: httpx.AsyncClient, registry: str, certificate: Certificate, issuer: x509.Certificate, count: int
) -> None:
    numbers = iter(range(count))

    async def asking() -> None:
        for number in numbers:
            question = Question(certificate, issuer, number.to_bytes(NONCE, "big"))
            answer = await session.post(f"{registry}/nca/ocsp", content=question.der)
            if question.answered(answer.content, SystemClock().now()).status != Status("ocsp"):
                raise Unavailable(Technical("the responder does not call a good certificate good"))

    await asyncio.gather(*(asking() for _ in range(TOGETHER)))


def _granted(iin: str, name: str, clock: Clock) -> Case:
    now = clock.now()
    case = CaseDraft(Ids(clock)(), REGULATION, "portal", opened_at=now, changed_at=now, iin=iin, name=name, form=FORM)
    case.decision, case.result = "granted", "certificate"
    number_case(case)
    return case.frozen()
