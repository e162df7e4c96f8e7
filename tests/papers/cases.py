"""Cases that were decided, and the papers of their results, without a stand."""

from __future__ import annotations

from typing import Any

from aimaq.casework.case import Case, CaseDraft
from aimaq.casework.documents import request_document
from aimaq.casework.pdf.content import Attached, Signing, attachments, content
from aimaq.casework.pdf.render import printed
from aimaq.casework.procedure.operations import number_case
from aimaq.regulation import Catalogue, Regulation
from tests.eds.pki import IIN, NOW

CATALOGUE = Catalogue.bundled()
RESULTS = [(regulation.id, name) for regulation in CATALOGUE for name in regulation.results]
CHECK = "http://portal.example.kz"
OFFICIAL = Signing(IIN, "НҰРСҰЛТАНОВ Ерлан Қайратұлы", "lea.head", NOW)
NAME = "ӘБДІҒАЛИЕВА Айгүл Серікқызы"
GROUNDS = "Өтініш берушінің құжаттары толық емес.\nЕңбек шартының көшірмесі жоқ."


def decided(regulation: Regulation, result: str, *, name: str = NAME, grounds: str = GROUNDS, **form: str) -> Case:
    """A case of this regulation that has this result."""
    found = regulation.results[result]
    channel = next(name for name in regulation.flows if name in (found.channels or (name,)))
    filled = {field.name: field.example or "Абай көшесі, 12" for field in regulation.form if field.through(channel)}
    filled.pop("bin", None)
    case = CaseDraft(
        "019cabcd-1234-7abc-8def-0123456789ab",
        regulation.id,
        channel,
        NOW,
        NOW,
        person=IIN,
        iin=IIN,
        name=name,
        decision=found.decision,
        result=result,
        form=filled | form,
        grounds=grounds if found.decision == "denied" else "",
    )
    number_case(case)
    return case.frozen()


def files_of(regulation: Regulation, case: Case) -> list[Attached]:
    """The files in the paper of a case; whose signature it is does not matter here."""
    return attachments(regulation, case, OFFICIAL, request_document(case), bytes(range(256)) * 4)


def lines_by(result: tuple[str, str], **more: Any) -> dict[str, Any]:
    """What the paper of a result says."""
    regulation = CATALOGUE.regulation(result[0])
    case = decided(regulation, result[1], **more)
    return content(regulation, case, OFFICIAL, CHECK, files_of(regulation, case))


def paper_of(result: tuple[str, str], **more: Any) -> bytes:
    """The paper of a result, not signed yet."""
    return printed(lines_by(result, **more), NOW)
