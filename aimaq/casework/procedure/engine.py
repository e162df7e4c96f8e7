"""The desk: the operations of the regulations, each once, for whichever system the regulation gives them to.

A case is taken through the parts of its flow. People's parts wait for their command; the system's own parts follow
by themselves. No regulation and no channel is named here: what is sent to whom, and what comes next, is data.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from aimaq.regulation import workflow
from aimaq.casework.case import Case
from aimaq.casework.documents import request_document
from aimaq.language.errors import AlreadyThere, InvalidInput, OutOfOrder
from aimaq.casework.procedure.extension import in_time
from aimaq.casework.form import check_form
from aimaq.casework.procedure.bodies import COMPOSE
from aimaq.language.messages import FINAL, CaseClosed, RegistryAnswered, RequestSubmitted, ResultIssued, StepRecord
from aimaq.casework.procedure.operations import OPERATIONS, STATUS_AFTER, number_case
from aimaq.regulation import Catalogue, Flow, Part, Step
from aimaq.regulation.model.vocabulary import VISITORS
from aimaq.casework.procedure.context import Paper, Turn
from aimaq.casework.unit_of_work import Received, Work


@dataclass(frozen=True, slots=True)
class Desk:
    """The operations as one system does them. `papers` is its table of signed papers, `issued` that of signed PDFs."""

    party: str
    catalogue: Catalogue
    papers: sa.Table
    issued: sa.Table

    def flow(self, case: Case) -> Flow:
        """The flow that a case follows; UnknownRegulation if this stand has no such regulation or channel."""
        return self.catalogue.flow(case.regulation, case.channel)

    def turn(self, work: Work, **more: Any) -> Turn:
        """A turn over the case of `work`."""
        case = work.known_case()
        return Turn(work, case, self.catalogue.regulation(case.regulation), self.flow(case), **more)

    def open(
        self, work: Work, case_id: str, regulation: str, channel: str, person: str, *,
        known: bool, first: bool, faults: Sequence[str] = (), roles: frozenset[str] | None = None,
        ticket: datetime | None = None,
    ) -> Case:  # fmt: skip
        """Open a case as a person signs in for it. `known` tells whether the password was right.

        `first` tells whether the steps that only some people take (registration) were taken, `faults` what was wrong
        with the papers brought, `ticket` when the applicant took a place in the queue. What goes with the opening
        follows; the case is at its end if something refuses it. NotAllowed if what is due then is for another member
        of staff to do, since whoever opens a case fills its form in.
        """
        flow = self.catalogue.flow(regulation, channel)
        case = work.open_case(case_id, regulation, channel)
        case.person = person
        case.at = workflow.begin(flow, skip_optional=not first)
        turn = self.turn(work, evidence={"check-identity": "ok" if known else "wrong"}, roles=roles)
        while case.end is None:
            step, part = workflow.standing(flow, case.at)
            if part.party != self.party:
                break
            if part.does == "register-user" and part.optional and not first:
                case.at = workflow.advance(flow, case.at, "ok")
            elif part.does == "take-ticket":
                self._complete(turn, "ok", ticket)
            elif part.by in VISITORS or part.does in ("register-user", "authenticate"):
                self._complete(turn, "ok")
            elif part.does == "check-package":
                turn.permit(step, part)
                case.detail = "; ".join(faults)
                self._complete(turn, "incomplete" if faults else "ok")
            elif part.by_person:
                turn.permit(step, part)
                break
            elif not self._by_itself(turn, step, part):
                break
        return case

    def perform(self, turn: Turn, operation: str, outcome: str = "ok") -> None:
        """Do one person's part, then whatever the system does by itself.

        OutOfOrder if another part is due or the term to be made longer has run out, NotAllowed if it is for another
        member of staff to do, InvalidInput for a request that is to be registered before anyone has filled it in.
        """
        case = turn.case
        step, part = workflow.expect(turn.flow, case.at, operation)
        if part.party != self.party:
            raise OutOfOrder(f"{step.ref} ({step.paragraph}) is for {part.by} to do, not here")
        turn.permit(step, part)
        if operation == "extend":
            in_time(turn, step)
        case.at = workflow.place(step, part)
        if operation == "register":
            if not case.iin:
                raise InvalidInput("there is no request yet to be registered", field="form", rule="required")
            number_case(case)
        self._complete(turn, outcome)
        self.go_on(turn)
        later = _SENT_LATER.get(operation)
        if later and later not in turn.sent and case.end is None and _sends(turn.flow, later):
            case.paper, case.pdf = turn.paper, turn.pdf

    def fill(self, turn: Turn, iin: str, name: str, form: dict[str, Any]) -> bytes:
        """Fill the request form and return the document to be signed. It may be filled again until it is signed."""
        case = turn.case
        part = workflow.standing(turn.flow, case.at)[1]
        mine = part.party == self.party
        again = part.does == "sign" and mine
        opens = part.does == "register" and mine and not case.iin
        operation = "register" if opens else "fill-form"
        if again and case.registers and (iin, form) != (case.iin, case.form):
            raise InvalidInput("the registers were asked about another form", field="form", rule="asked already")
        if not again:
            workflow.expect(turn.flow, case.at, operation)
        check_form(turn.regulation, turn.flow.channel, form)
        case.iin, case.name, case.form = iin, name, form
        if not again:
            self.perform(turn, operation)
        return request_document(case)

    def receive(self, work: Work, received: Received) -> Case:
        """Take over what another system reports of a case: the steps it did, and so where the case stands."""
        letter = received.letter
        flow = self.catalogue.flow(letter.regulation, letter.channel)
        case = work.case or work.open_case(letter.case_id, letter.regulation, letter.channel)
        # a case of which only a message that was refused is known has not begun
        case.at = workflow.follow(flow, case.at or workflow.begin(flow), letter.steps)
        case.since = work.now
        return case

    def submitted(self, work: Work, received: Received, content: RequestSubmitted) -> Case:
        """A request came from another system: take it in, with its paper, and do what the body's system does itself.

        AlreadyThere for a second request on one case; InvalidInput for a form that no desk of the stand would take.
        """
        if work.case is not None and work.case.iin:
            raise AlreadyThere("this case has its request already", field="case_id", rule="one request a case")
        letter = received.letter
        check_form(self.catalogue.regulation(letter.regulation), letter.channel, content.form)
        case = self.receive(work, received)
        case.iin, case.name, case.form = content.iin, content.name, content.form
        keep(self, work, "request", (content.document, content.signature))
        self.go_on(self.turn(work, caused_by=received.letter.message_id))
        return case

    def show(self, work: Work, received: Received, status: str, number: str = "") -> Case:
        """Show a case's new status, as a message tells it."""
        case = self.receive(work, received)
        if number:
            case.number = number
        shown(work, case, status, received.letter.message_id)
        return case

    def resulted(self, work: Work, received: Received, content: ResultIssued) -> Case:
        """The body's answer came: keep it, show that the case is done, and do what comes by itself then."""
        case = self.show(work, received, content.status, content.number)
        case.decision, case.result = content.decision, content.result
        keep(self, work, "result", (content.document, content.signature))
        keep_pdf(self, work, content.pdf)
        turn = self.turn(work, caused_by=received.letter.message_id)
        case.at = workflow.settled(turn.flow, case.at, case.result)
        self.go_on(turn)
        return case

    def closed(self, work: Work, received: Received, content: CaseClosed) -> Case:
        """The case ended elsewhere, without a result: say why, and show the status that such an end leaves."""
        case = self.receive(work, received)
        case.ground, case.detail = content.ground, content.detail
        if status := workflow.end_status(self.flow(case), case.at):
            shown(work, case, status, received.letter.message_id)
        return case

    def answered(self, work: Work, received: Received, content: RegistryAnswered) -> Case:
        """The registers answered: keep what they said, and go on where the case waited for it."""
        case = work.known_case()
        case.registers |= {name: msgspec.to_builtins(answer) for name, answer in content.answers.items()}
        self.go_on(self.turn(work, caused_by=received.letter.message_id))
        return case

    def go_on(self, turn: Turn) -> None:
        """Do what this system does by itself, until a person or another system is due, or an answer is waited for."""
        while turn.case.end is None:
            step, part = workflow.standing(turn.flow, turn.case.at)
            if part.party != self.party or part.by_person or not self._by_itself(turn, step, part):
                return

    def _by_itself(self, turn: Turn, step: Step, part: Part) -> bool:
        outcome = OPERATIONS[part.does](turn, step, part)
        if outcome is None:
            return False
        self._complete(turn, outcome)
        return True

    def _complete(self, turn: Turn, outcome: str, before: datetime | None = None) -> None:
        """Record the part that the case stands at as done, now or `before`, move on, and send what the part sends."""
        case, now, flow = turn.case, turn.work.now, turn.flow
        step, part = workflow.standing(flow, case.at)
        case.at = workflow.settled(flow, workflow.advance(flow, case.at, outcome), case.result)
        case.steps.append(StepRecord(step.ref, part.does, part.by, outcome, before or case.since or now, before or now))
        case.since = now
        status = STATUS_AFTER.get(part.does)
        if status is not None:
            shown(turn.work, case, status(case))
        elif ending := workflow.end_status(flow, case.at):
            shown(turn.work, case, ending)
        turn.part = part
        for message, recipient in part.sends.items():
            self._send(turn, message, recipient)
        if case.end is not None and not part.sends:
            self._send(turn, CaseClosed.__name__, "gateway" if flow.front == self.party else flow.front)

    def _send(self, turn: Turn, message: str, recipient: str) -> None:
        if message == "RegistryAsked" and not turn.questions:
            return
        to = turn.regulation.body if recipient == "lea" else recipient
        turn.work.send(COMPOSE[message](turn), to, caused_by=turn.caused_by)
        turn.sent.add(message)


_SENT_LATER = {"sign": "RequestSubmitted", "decide": "ResultIssued"}
"""The message that carries what was signed with an operation."""


def _sends(flow: Flow, message: str) -> bool:
    return any(message in part.sends for step in flow.steps.values() for part in step.parts)


def shown(work: Work, case: Case, status: str, message_id: str = "") -> None:
    """Show a status to whoever looks at the case here. A final status is never taken back (InvalidInput)."""
    if case.status in FINAL and status != case.status:
        raise InvalidInput(f"the case is {case.status} and cannot become {status}", field="status", rule="final")
    if status == case.status and not message_id:
        return
    case.status = status
    case.shown.append({"status": status, "shown_at": work.now.isoformat(), "message_id": message_id})


def keep(desk: Desk, work: Work, kind: str, paper: Paper) -> None:
    """Keep a signed paper of the case: its `request`, its `result`, or a paper of the body's own."""
    work.insert(desk.papers, case_id=work.known_case().case_id, kind=kind, document=paper[0], signature=paper[1])


def keep_pdf(desk: Desk, work: Work, pdf: bytes) -> None:
    """Keep the result of the case as a signed PDF, if it is there as one."""
    if not pdf:
        return
    case = work.known_case()
    case.pdf_digest = hashlib.sha256(pdf).hexdigest()
    whose = {"iin": case.iin, "bin": str(case.form.get("bin") or "")}
    work.insert(desk.issued, case_id=case.case_id, number=case.number, **whose, pdf=pdf)
