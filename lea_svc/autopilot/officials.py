"""The autopilot: officials who do at once what is due, grant whatever can be granted and sign; without staff.

It does what officials do through the same operations; only the hands are missing.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimaq.access.systems.keystore import load_document_signer
from aimaq.casework.case import CaseDraft
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.cms.reader import DocumentSigner
from aimaq.language.errors import OutOfOrder
from aimaq.regulation import workflow
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.service import Dependencies, Service
from lea_svc.autopilot.signatory import Signatory
from lea_svc.office import backing, decisions
from lea_svc.office.drafts import Drafts


@dataclass(frozen=True, slots=True)
class Autopilot:
    """The official's IIN and signature; `signatory` signs results as papers too, if they are to be."""

    iin: str
    signer: DocumentSigner
    signatory: Signatory | None = None

    @classmethod
    def of(cls, dependencies: Dependencies) -> Autopilot:
        """The autopilot whose key lies in the stand's home; Unconfigured if there is none."""
        settings = dependencies.settings
        iin, signer = load_document_signer(settings.home, "autopilot", dependencies.clock.now())
        stamped = settings.autopilot_papers and settings.registry_url
        return cls(iin, signer, Signatory(iin, signer.certificate.person.full_name, signer) if stamped else None)

    def beside(self, service: Service, procedure: Procedure, drafts: Drafts) -> None:
        """Have papers signed while the service is open, if they are to be."""
        if (signatory := self.signatory) is not None:
            service.alongside["the autopilot's signatory"] = lambda: signatory.run(
                service, procedure, drafts, lambda uow: self.proceed(procedure, uow)
            )
            service.worries.append(signatory.worry)

    def proceed(self, procedure: Procedure, uow: UnitOfWork) -> None:
        """Do every part that waits for an official in the case of `uow`, as far as it goes."""
        case = uow.known_case()
        while not workflow.ended(case.at):
            part = workflow.current(procedure.flow(case), case.at)[1]
            if part.party != procedure.party or not self._do(part.does, procedure, uow, case):
                return

    def _do(self, operation: str, procedure: Procedure, uow: UnitOfWork, case: CaseDraft) -> bool:
        context = procedure.context(uow)
        if OPERATIONS[operation].at_once:
            procedure.perform(context, operation)
        elif operation in ("prepare", "extend"):
            part = workflow.expect(context.flow, case.at, "prepare")[1]
            lacking = [gap for gap in backing.gaps(case, part) if gap.answered]
            decision = "denied" if lacking else "granted"
            grounds = "; ".join(gap.grounds for gap in lacking)
            try:
                decisions.prepare(
                    context, procedure, decision, grounds, context.regulation.results_of(decision, case.channel)[0]
                )
            except OutOfOrder:  # a register has still to answer
                return False
        elif operation == "decide" and self.signatory is not None:
            self.signatory.expect(case.case_id)
            return False
        elif operation in decisions.KINDS:
            document = decisions.to_sign(procedure, case, self.iin)
            decisions.sign(procedure, uow, (document, self.signer.sign(document, uow.now)))
        else:
            return False
        return True
