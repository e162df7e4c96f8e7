"""The procedure: the operations of the regulations, each once, for whichever system the regulation gives them to.

A case is taken through the parts of its flow. People's parts wait for their command; the system's own parts follow
by themselves. No regulation and no channel is named here: what is sent to whom, and what comes next, is data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from aimaq.casework.case import AnyCase, CaseDraft, RegisterAnswer, ShownStatus, in_words
from aimaq.casework.documents import request_document
from aimaq.casework.form import check_form
from aimaq.casework.procedure.bodies import COMPOSE
from aimaq.casework.procedure.context import Paper, ProcedureContext
from aimaq.casework.procedure.evidence import check_request, check_result, may_begin
from aimaq.casework.procedure.extension import in_time
from aimaq.casework.procedure.operations import OPERATIONS, number_case
from aimaq.casework.procedure.papers import keep, keep_pdf
from aimaq.casework.procedure.texts import ASKED_ALREADY, ELSEWHERE, FINAL_ALREADY, HAS_REQUEST, NO_REQUEST
from aimaq.casework.unit_of_work import NO_SUCH_CASE, Received, UnitOfWork
from aimaq.language.errors import AlreadyThere, InvalidInput, NotFound, OutOfOrder
from aimaq.language.messages import (
    FINAL,
    CaseClosed,
    RegistryAnswered,
    RequestSubmitted,
    ResultIssued,
    StepRecord,
)
from aimaq.language.texts import Texts
from aimaq.regulation import Catalogue, Flow, Part, Step, workflow
from aimaq.regulation.model.operations import OPERATIONS as DECLARED
from aimaq.regulation.model.vocabulary import VISITORS


@dataclass(frozen=True, slots=True)
class Procedure:
    """The operations as one system does them. `papers` is its table of signed papers, `issued` that of signed PDFs."""

    party: str
    catalogue: Catalogue
    papers: sa.Table
    issued: sa.Table
    strict_iin: bool = True
    """Whether control digits are checked in forms."""

    def flow(self, case: AnyCase) -> Flow:
        """The flow that a case follows; UnknownRegulation if this stand has no such regulation or channel."""
        return self.catalogue.flow(case.regulation, case.channel)

    def context(
        self,
        uow: UnitOfWork,
        *,
        evidence: Mapping[str, str] | None = None,
        paper: Paper | None = None,
        pdf: bytes = b"",
        caused_by: str | None = None,
        how: str = "in-person",
        roles: frozenset[str] | None = None,
    ) -> ProcedureContext:
        """A turn over the case of `uow`; what else is given, `ProcedureContext` says."""
        case = uow.known_case()
        regulation, flow = self.catalogue.regulation(case.regulation), self.flow(case)
        return ProcedureContext(uow, case, regulation, flow, evidence or {}, paper, pdf, caused_by, how, roles)

    def open(
        self,
        uow: UnitOfWork,
        case_id: str,
        regulation: str,
        channel: str,
        person: str,
        *,
        known: bool,
        first: bool,
        faults: Sequence[Texts] = (),
        roles: frozenset[str] | None = None,
        ticket: datetime | None = None,
    ) -> CaseDraft:
        """Open a case as a person signs in for it. `known` tells whether the password was right.

        `first` tells whether the steps that only some people take (registration) were taken, `faults` what was wrong
        with the papers brought, `ticket` when the applicant took a place in the queue, None if nobody did: then no such
        step is recorded. What goes with the opening
        follows; the case is at its end if something refuses it. NotAllowed if what is due then is for another member
        of staff to do, since whoever opens a case fills its form in.
        """
        flow = self.catalogue.flow(regulation, channel)
        case = uow.open_case(case_id, regulation, channel)
        case.person, case.stranger = person, not known
        case.at = workflow.begin(flow, skip_optional=not first)
        context = self.context(uow, evidence={"check-identity": "ok" if known else "wrong"}, roles=roles)
        while case.end is None:
            step, part = workflow.current(flow, case.at)
            if part.party != self.party:
                break
            if part.does == "register-user" and part.optional and not first:
                case.at = workflow.advance(flow, case.at, "ok")
            elif part.does == "take-ticket":
                if ticket is None:  # nobody took one, so nothing is recorded
                    case.at = workflow.advance(flow, case.at, "ok")
                else:
                    self._complete(context, "ok", ticket)
            elif part.by in VISITORS or part.does in ("register-user", "authenticate"):
                self._complete(context, "ok")
            elif part.does == "check-package":
                context.permit(step, part)
                case.faults, case.detail = tuple(faults), in_words(faults, "kk")
                self._complete(context, "incomplete" if faults else "ok")
            elif part.by_person:
                context.permit(step, part)
                break
            elif not self._by_itself(context, step, part):
                break
        return case

    def perform(self, context: ProcedureContext, operation: str, outcome: str = "ok") -> None:
        """Do one person's part, then whatever the system does by itself.

        OutOfOrder if another part is due or the term to be made longer has run out, NotAllowed if it is for another
        member of staff to do, InvalidInput for a request that is to be registered before anyone has filled it in.
        """
        case = context.case
        step, part = workflow.expect(context.flow, case.at, operation)
        if part.party != self.party:
            raise OutOfOrder(ELSEWHERE.format(step=step.ref, paragraph=step.paragraph, by=part.by))
        context.permit(step, part)
        if operation == "extend":
            in_time(context, step)
        case.at = workflow.place(step, part)
        if operation == "register":
            if not case.iin:
                raise InvalidInput(NO_REQUEST, field="form", rule="required")
            number_case(case)
        self._complete(context, outcome)
        self.go_on(context)
        later = _SENT_LATER.get(operation)
        if later and later not in context.sent and case.end is None and _sends(context.flow, later):
            case.paper, case.pdf = context.paper, context.pdf

    def fill(self, context: ProcedureContext, iin: str, name: str, form: dict[str, Any]) -> bytes:
        """Fill the request form and return the document to be signed. It may be filled again until it is signed."""
        case = context.case
        part = workflow.current(context.flow, case.at)[1]
        mine = part.party == self.party
        again = part.does == "sign" and mine
        opens = part.does == "register" and mine and not case.iin
        operation = "register" if opens else "fill-form"
        if again and case.registers and (iin, form) != (case.iin, case.form):
            raise InvalidInput(ASKED_ALREADY, field="form", rule="asked already")
        if not again:
            workflow.expect(context.flow, case.at, operation)
        check_form(context.regulation, context.flow.channel, form, strict=self.strict_iin)
        case.iin, case.name, case.form = iin, name, form
        if not again:
            self.perform(context, operation)
        return request_document(case)

    def receive(self, uow: UnitOfWork, received: Received) -> CaseDraft:
        """Take over what another system reports of a case: the steps it did, and so where the case stands.

        NotFound for a message on a case that nobody has opened, if it cannot be the first that is heard of one here.
        """
        envelope = received.envelope
        flow = self.catalogue.flow(envelope.regulation, envelope.channel)
        if (uow.case is None or not uow.case.at) and not may_begin(received, flow, self.party):
            raise NotFound(NO_SUCH_CASE, field="case_id")
        case = uow.case or uow.open_case(envelope.case_id, envelope.regulation, envelope.channel)
        # a case of which only a message that was refused is known has not begun
        case.at = workflow.follow(flow, case.at or workflow.begin(flow), envelope.steps)
        case.since = uow.now
        return case

    def submitted(self, uow: UnitOfWork, received: Received, content: RequestSubmitted) -> CaseDraft:
        """A request came from another system: take it in, with its paper, and do what the body's system does itself.

        AlreadyThere for a second request on one case; InvalidInput for a form that no desk of the stand would take;
        Unproved if nobody who may has signed it.
        """
        if uow.case is not None and uow.case.iin:
            raise AlreadyThere(HAS_REQUEST, field="case_id", rule="one request a case")
        envelope = received.envelope
        regulation = self.catalogue.regulation(envelope.regulation)
        check_form(regulation, envelope.channel, content.form, strict=self.strict_iin)
        check_request(received, self.catalogue.flow(envelope.regulation, envelope.channel), content)
        case = self.receive(uow, received)
        case.iin, case.name, case.form = content.iin, content.name, content.form
        keep(self.papers, uow, "request", (content.document, content.signature))
        self.go_on(self.context(uow, caused_by=received.envelope.message_id))
        return case

    def show(self, uow: UnitOfWork, received: Received, status: str, number: str = "") -> CaseDraft:
        """Show a case's new status, as a message tells it."""
        case = self.receive(uow, received)
        if number:
            case.number = number
        shown(uow, case, status, received.envelope.message_id)
        return case

    def resulted(self, uow: UnitOfWork, received: Received, content: ResultIssued) -> CaseDraft:
        """The body's answer came: keep it, show that the case is done, and do what comes by itself then.

        Unproved if no official of the body has signed it, or it is another case's.
        """
        case = self.receive(uow, received)
        regulation, flow = self.catalogue.regulation(case.regulation), self.flow(case)
        check_result(received, regulation, flow.channel, case, content)
        case.number = content.number
        shown(uow, case, content.status, received.envelope.message_id)
        case.decision, case.result = content.decision, content.result
        keep(self.papers, uow, "result", (content.document, content.signature))
        keep_pdf(self.issued, uow, content.pdf)
        context = self.context(uow, caused_by=received.envelope.message_id)
        case.at = workflow.settled(context.flow, case.at, case.result)
        self.go_on(context)
        return case

    def closed(self, uow: UnitOfWork, received: Received, content: CaseClosed) -> CaseDraft:
        """The case ended elsewhere, without a result: say why, and show the status that such an end leaves."""
        case = self.receive(uow, received)
        case.ground, case.detail = content.ground, content.detail
        if status := workflow.end_status(self.flow(case), case.at):
            shown(uow, case, status, received.envelope.message_id)
        return case

    def answered(self, uow: UnitOfWork, received: Received, content: RegistryAnswered) -> CaseDraft:
        """The registers answered: keep what they said, and go on where the case waited for it."""
        case = uow.known_case()
        answers = {name: RegisterAnswer(one.found, one.record) for name, one in content.answers.items()}
        case.registers = {**case.registers, **answers}
        self.go_on(self.context(uow, caused_by=received.envelope.message_id))
        return case

    def go_on(self, context: ProcedureContext) -> None:
        """Do what this system does by itself, until a person or another system is due, or an answer is waited for."""
        while context.case.end is None:
            step, part = workflow.current(context.flow, context.case.at)
            if part.party != self.party or part.by_person or not self._by_itself(context, step, part):
                return

    def _by_itself(self, context: ProcedureContext, step: Step, part: Part) -> bool:
        outcome = OPERATIONS[part.does](context, step, part)
        if outcome is None:
            return False
        self._complete(context, outcome)
        return True

    def _complete(self, context: ProcedureContext, outcome: str, before: datetime | None = None) -> None:
        """Record the part that the case stands at as done, now or `before`, move on, and send what the part sends."""
        case, now, flow = context.case, context.uow.now, context.flow
        step, part = workflow.current(flow, case.at)
        case.at = workflow.settled(flow, workflow.advance(flow, case.at, outcome), case.result)
        begun = before or case.since or now
        case.steps += (StepRecord(step.ref, part.does, part.by, outcome, begun, before or now),)
        case.since = now
        if status := DECLARED[part.does].status.get(outcome):
            shown(context.uow, case, case.status or status if status == _FIRST else status)
        elif ending := workflow.end_status(flow, case.at):
            shown(context.uow, case, ending)
        context.part = part
        for message, recipient in part.sends.items():
            self._send(context, message, recipient)
        if case.end is not None and not part.sends:
            self._send(context, CaseClosed.__name__, "gateway" if flow.front_desk == self.party else flow.front_desk)

    def _send(self, context: ProcedureContext, message: str, recipient: str) -> None:
        if message == "RegistryAsked" and not context.questions:
            return
        to = context.regulation.body if recipient == "lea" else recipient
        context.uow.send(COMPOSE[message](context), to, caused_by=context.caused_by)
        context.sent.add(message)


_SENT_LATER = {"sign": "RequestSubmitted", "decide": "ResultIssued"}
"""The message that carries what was signed with an operation."""


_FIRST = "received"
"""The status that is shown only where none was shown before."""


def _sends(flow: Flow, message: str) -> bool:
    return any(message in part.sends for step in flow.steps.values() for part in step.parts)


def shown(uow: UnitOfWork, case: CaseDraft, status: str, message_id: str = "") -> None:
    """Show a status to whoever looks at the case here. A final status is never taken back (InvalidInput)."""
    if case.status in FINAL and status != case.status:
        raise InvalidInput(FINAL_ALREADY.format(status=case.status, new=status), field="status", rule="final")
    if status == case.status and not message_id:
        return
    case.status = status
    case.shown += (ShownStatus(status, uow.now, message_id),)
