"""The desk: the operations of the regulations, each once, for whichever system the regulation gives them to.

A case is taken through the parts of its flow. People's parts wait for their command; the system's own parts follow
by themselves. No regulation and no channel is named here: what is sent to whom, and what comes next, is data.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from aimaq import workflow
from aimaq.case import Case
from aimaq.documents import request_document
from aimaq.errors import InvalidInput, OutOfOrder
from aimaq.messages import (
    FINAL,
    Body,
    CaseClosed,
    RequestRegistered,
    RequestSubmitted,
    ResultDelivered,
    ResultIssued,
    StatusChanged,
    StepRecord,
)
from aimaq.regulation import Catalogue, Flow, Part, Regulation, Step
from aimaq.work import Received, Work

Paper = tuple[bytes, bytes]
"""What a person signed, and the detached CMS over it."""


@dataclass(slots=True)
class Turn:
    """One run of the desk over a case: what it may use, and what people and checks have contributed."""

    desk: Desk
    work: Work
    case: Case
    flow: Flow
    evidence: Mapping[str, str] = field(default_factory=dict)
    """Outcomes of checks made outside the transaction, by operation."""
    paper: Paper | None = None
    caused_by: str | None = None
    ground: str = ""
    how: str = "in-person"


@dataclass(frozen=True, slots=True)
class Desk:
    """The operations as one system does them. `papers` is its table of signed papers."""

    party: str
    catalogue: Catalogue
    papers: sa.Table

    def flow(self, case: Case) -> Flow:
        """The flow that a case follows; UnknownRegulation if this stand has no such regulation or channel."""
        return self.catalogue.flow(case.regulation, case.channel)

    def turn(self, work: Work, **more: Any) -> Turn:
        """A turn over the case of `work`."""
        case = work.known_case()
        return Turn(self, work, case, self.flow(case), **more)

    def open(
        self, work: Work, case_id: str, regulation: str, channel: str, person: str, *, known: bool, first: bool
    ) -> Case:
        """Open a case as a person signs in for it. `known` tells whether the password was right.

        `first` tells whether the steps that only some people take (registration) were taken. The parts up to the
        check of the person's data follow; the case is at its end if that check refuses them.
        """
        flow = self.catalogue.flow(regulation, channel)
        case = work.open_case(case_id, regulation, channel)
        case.person = person
        case.at = workflow.begin(flow, skip_optional=not first)
        turn = self.turn(work, evidence={"check-identity": "ok" if known else "wrong"})
        while workflow.standing(flow, case.at)[1].does in ("register-user", "check-package"):
            self._complete(turn, "ok")
        self.perform(turn, "authenticate")
        return case

    def perform(self, turn: Turn, operation: str, outcome: str = "ok") -> None:
        """Do one person's part, then whatever the system does by itself; OutOfOrder if another part is due."""
        step, part = workflow.expect(turn.flow, turn.case.at, operation)
        if part.party != self.party:
            raise OutOfOrder(f"{step.ref} ({step.paragraph}) is for {part.by} to do, not here")
        self._complete(turn, outcome)
        self._go_on(turn)

    def fill(self, turn: Turn, iin: str, name: str, form: dict[str, Any]) -> bytes:
        """Fill the request form and return the document to be signed. It may be filled again until it is signed."""
        case = turn.case
        part = workflow.standing(turn.flow, case.at)[1]
        if part.does == "sign" and part.party == self.party:
            filled = True
        else:
            workflow.expect(turn.flow, case.at, "fill-form")
            filled = False
        check_form(self.catalogue.regulation(case.regulation), form)
        case.iin, case.name, case.form = iin, name, form
        if not filled:
            self.perform(turn, "fill-form")
        return request_document(case)

    def receive(self, work: Work, received: Received) -> Case:
        """Take over what another system reports of a case: the steps it did, and so where the case stands."""
        letter = received.letter
        flow = self.catalogue.flow(letter.regulation, letter.channel)
        if work.case is None:
            case = work.open_case(letter.case_id, letter.regulation, letter.channel)
            case.at = workflow.begin(flow)
        case = work.known_case()
        case.at = workflow.follow(flow, case.at, letter.steps)
        case.since = work.now
        return case

    def submitted(self, work: Work, received: Received, content: RequestSubmitted) -> Case:
        """A request came from another system: take it in, with its paper, and do what the body's system does itself."""
        case = self.receive(work, received)
        case.iin, case.name, case.form = content.iin, content.name, content.form
        keep(self, work, "request", (content.document, content.signature))
        self._go_on(self.turn(work, caused_by=received.letter.message_id))
        return case

    def show(self, work: Work, received: Received, status: str, number: str = "") -> Case:
        """Show a case's new status, as a message tells it."""
        case = self.receive(work, received)
        if number:
            case.number = number
        shown(work, case, status, received.letter.message_id)
        return case

    def resulted(self, work: Work, received: Received, content: ResultIssued) -> Case:
        """The body's answer came: keep it and show that the case is done."""
        case = self.show(work, received, content.status, content.number)
        case.decision = content.decision
        keep(self, work, "result", (content.document, content.signature))
        return case

    def _complete(self, turn: Turn, outcome: str) -> None:
        """Record the part that the case stands at as done, move on, and send what the part sends."""
        case, now = turn.case, turn.work.now
        step, part = workflow.standing(turn.flow, case.at)
        case.at = workflow.advance(turn.flow, case.at, outcome)
        case.steps.append(StepRecord(step.ref, part.does, part.by, outcome, case.since or now, now))
        case.since = now
        status = STATUS_AFTER.get(part.does)
        if status is not None:
            shown(turn.work, case, status(case))
        for message, recipient in part.sends.items():
            turn.work.send(COMPOSE[message](turn), self._address(turn, recipient), caused_by=turn.caused_by)

    def _go_on(self, turn: Turn) -> None:
        case = turn.case
        while not workflow.ended(case.at):
            step, part = workflow.standing(turn.flow, case.at)
            if part.party != self.party or part.by_person:
                return
            self._complete(turn, OPERATIONS[part.does](turn, step, part))

    def _address(self, turn: Turn, recipient: str) -> str:
        if recipient == "lea":
            return self.catalogue.regulation(turn.case.regulation).body
        return recipient


def _checked(turn: Turn, step: Step, part: Part) -> str:
    try:
        return turn.evidence[part.does]
    except KeyError:
        raise OutOfOrder(f"{step.ref} ({step.paragraph}) has not been checked") from None


def _refused(turn: Turn, step: Step, part: Part) -> str:
    turn.case.ground = step.ground or ""
    turn.case.refused_at = step.ref
    return "ok"


def _registered(turn: Turn, step: Step, part: Part) -> str:
    turn.case.number = number_of(turn.case)
    return "ok"


def _plainly(turn: Turn, step: Step, part: Part) -> str:
    return "ok"


OPERATIONS: dict[str, Callable[[Turn, Step, Part], str]] = {
    "check-identity": _checked,
    "check-certificate": _checked,
    "refuse": _refused,
    "send": _plainly,
    "register": _registered,
    "deliver": _plainly,
}
"""What a system does by itself, by operation; each returns the outcome."""


STATUS_AFTER: dict[str, Callable[[Case], str]] = {
    "register": lambda case: "received",
    "prepare": lambda case: "in_progress",
    "decide": lambda case: "completed" if case.decision == "granted" else "refused",
}
"""The status that a case has once a part of this operation is done."""


def _request(turn: Turn) -> Body:
    case = turn.case
    document, signature = _paper(turn)
    return RequestSubmitted(iin=case.iin, name=case.name, form=case.form, document=document, signature=signature)


def _result(turn: Turn) -> Body:
    case = turn.case
    document, signature = _paper(turn)
    said: dict[str, Any] = {"decision": case.decision, "status": case.status}
    return ResultIssued(**said, number=case.number, document=document, signature=signature)


def _paper(turn: Turn) -> Paper:
    if turn.paper is None:
        raise OutOfOrder("nothing has been signed to be sent")
    return turn.paper


COMPOSE: dict[str, Callable[[Turn], Body]] = {
    "RequestSubmitted": _request,
    "RequestRegistered": lambda t: RequestRegistered(number=t.case.number, status="received"),
    "StatusChanged": lambda t: StatusChanged(status=t.case.status, number=t.case.number),  # type: ignore[arg-type]
    "ResultIssued": _result,
    "ResultDelivered": lambda t: ResultDelivered(decision=t.case.decision, how=t.how, number=t.case.number),  # type: ignore[arg-type]
    "CaseClosed": lambda t: CaseClosed(end=t.case.end or "", ground=t.case.ground),
}
"""How the body of each message is made from the case."""


def shown(work: Work, case: Case, status: str, message_id: str = "") -> None:
    """Show a status to whoever looks at the case here. A final status is never taken back (InvalidInput)."""
    if case.status in FINAL and status != case.status:
        raise InvalidInput(f"the case is {case.status} and cannot become {status}", field="status", rule="final")
    case.status = status
    case.shown.append({"status": status, "shown_at": work.now.isoformat(), "message_id": message_id})


def check_form(regulation: Regulation, form: Mapping[str, Any]) -> None:
    """Hold a form against the fields that the regulation asks for; InvalidInput names the first field that is wrong."""
    fields = {entry.name: entry for entry in regulation.form}
    for name, value in form.items():
        if name not in fields:
            raise InvalidInput(f"the form has no field {name!r}", field=f"form.{name}", rule="known field")
        if not isinstance(value, str) or len(value) > 1000:
            raise InvalidInput(f"{name} must be text of at most 1000 characters", field=f"form.{name}", rule="text")
    for name, entry in fields.items():
        value = form.get(name, "")
        if entry.required and not value:
            raise InvalidInput(f"{name} is required", field=f"form.{name}", rule="required")
        if value and entry.pattern and not re.fullmatch(entry.pattern, value):
            raise InvalidInput(f"{name} must match {entry.pattern}", field=f"form.{name}", rule=entry.pattern)


def keep(desk: Desk, work: Work, kind: str, paper: Paper) -> None:
    """Keep a signed paper of the case: its `request` or its `result`."""
    work.insert(desk.papers, case_id=work.known_case().case_id, kind=kind, document=paper[0], signature=paper[1])


def number_of(case: Case) -> str:
    """The registration number of a case: the day it was opened and ten characters of its id."""
    mark = base64.b32encode(bytes.fromhex(case.case_id.replace("-", "")))[16:26].decode()
    return f"{case.opened_at:%Y%m%d}-{mark}"
