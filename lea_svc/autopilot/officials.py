"""The autopilot: officials who do at once what is due, grant whatever can be granted and sign; without staff.

It does what officials do through the same operations; only the hands are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimaq.regulation import workflow
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import Desk
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.language.errors import OutOfOrder
from aimaq.access.systems.keystore import load_document_signer
from aimaq.service import Service, Surroundings
from aimaq.casework.unit_of_work import Work
from lea_svc.office import backing, decisions as office
from lea_svc.office.drafts import Drafts
from lea_svc.autopilot.signatory import Signatory

AT_ONCE = frozenset({"accept", "register", "check-documents", "assign", "enter-registry", "agree", "prepare-letter",
                     "record-result"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Autopilot:
    """The official's IIN and signature; `signatory` signs results as papers too, if they are to be."""

    iin: str
    signer: DocumentSigner
    signatory: Signatory | None = None

    @classmethod
    def of(cls, around: Surroundings) -> Autopilot:
        """The autopilot whose key lies in the stand's home; Unconfigured if there is none."""
        settings = around.settings
        iin, signer = load_document_signer(settings.home, "autopilot", around.clock.now())
        stamped = settings.autopilot_papers and settings.registry_url
        return cls(iin, signer, Signatory(iin, signer.certificate.person.full_name, signer) if stamped else None)

    def beside(self, service: Service, desk: Desk, drafts: Drafts) -> None:
        """Have papers signed while the service is open, if they are to be."""
        if (signatory := self.signatory) is not None:
            service.alongside.append(lambda: signatory.run(service, desk, drafts, lambda work: self.work(desk, work)))

    def work(self, desk: Desk, work: Work) -> None:
        """Do every part that waits for an official in the case of `work`, as far as it goes."""
        case = work.known_case()
        while not workflow.ended(case.at):
            part = workflow.standing(desk.flow(case), case.at)[1]
            if part.party != desk.party or not self._do(part.does, desk, work, case):
                return

    def _do(self, operation: str, desk: Desk, work: Work, case: Case) -> bool:
        turn = desk.turn(work)
        if operation in AT_ONCE:
            desk.perform(turn, operation)
        elif operation in ("prepare", "extend"):
            part = workflow.expect(turn.flow, case.at, "prepare")[1]
            lacking = [gap for gap in backing.gaps(case, part) if gap.answered]
            decision = "denied" if lacking else "granted"
            grounds = "; ".join(gap.grounds for gap in lacking)
            try:
                office.prepare(turn, desk, decision, grounds, turn.regulation.results_of(decision, case.channel)[0])
            except OutOfOrder:  # a register has still to answer
                return False
        elif operation == "decide" and self.signatory is not None:
            self.signatory.expect(case.case_id)
            return False
        elif operation in office.KINDS:
            document = office.to_sign(desk, case, self.iin)
            office.sign(desk, work, (document, self.signer.sign(document, work.now)))
        else:
            return False
        return True
