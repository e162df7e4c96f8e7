"""What people do with a case that is already there: an endpoint an operation, each with what it takes.

Whoever does it is whom the regulation names, and only when it is due; what is given besides is kept with the case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Depends, Response
from pydantic import Field

from aimaq.access.sessions import Holder
from aimaq.casework.procedure.context import ProcedureContext
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.x509 import certificates
from aimaq.language import texts
from aimaq.language.bounds import Characters, Line, Text, WrittenText
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.regulation.calendar import ALMATY
from aimaq.regulation.model.operations import OPERATIONS
from aimaq.web import views
from aimaq.web.app import say
from aimaq.web.front_desk import texts as words
from aimaq.web.front_desk.authorisation import FrontDesk, case_id_of
from aimaq.web.front_desk.schemas import Body, Fault


class Nothing(Body):
    """Nothing is given but the deed itself."""


class Examination(Body):
    """What is wrong with the documents; nothing if they are as they should be."""

    faults: Annotated[list[Fault], Field(max_length=50)] = []


class Assignment(Body):
    """Who is to deal with the documents."""

    to: Line = ""


class Extension(Body):
    """Why the term is made longer."""

    reason: WrittenText


class Letter(Body):
    """The text of a covering letter."""

    text: Text = ""


class Payment(Body):
    """To which account a compensation was paid; `on` is the day that the schedule gives, as 2016-07-01, else today."""

    account: Annotated[str, Characters(40, least=1)]
    on: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""


class Supplement(Body):
    """What an applicant supplies: information that was asked for, proof of a payment, or nothing at all."""

    supplied: Literal["information", "payment", "nothing"]
    text: Text = ""


class Chosen(Body):
    """The certificate that the applicant will sign with, as PEM."""

    certificate: Annotated[str, Characters(10000, lines=True)]


@dataclass(frozen=True, slots=True)
class Action:
    """One operation as an endpoint: the last word of its path, what it takes, and how that is put into the case."""

    noun: str
    takes: type[Body]
    apply: Callable[[ProcedureContext, Any], str]
    what: str


def _plain(context: ProcedureContext, submitted: Body) -> str:
    more = {name: str(value) for name, value in submitted.model_dump().items() if value}
    context.case.inputs = {**context.case.inputs, **more}
    return "ok"


def _examined(context: ProcedureContext, submitted: Examination) -> str:
    context.case.detail = "; ".join(submitted.faults)
    return "wrong" if submitted.faults else "ok"


def _lettered(context: ProcedureContext, submitted: Letter) -> str:
    context.case.inputs = {**context.case.inputs, "letter": submitted.text}
    return "ok"


def _paid(context: ProcedureContext, submitted: Payment) -> str:
    """A compensation is paid by the schedule: not before its day, as the Republic counts days."""
    today = context.uow.now.astimezone(ALMATY).date()
    try:
        day = date.fromisoformat(submitted.on) if submitted.on else today
    except ValueError:
        raise InvalidInput(words.no_day(submitted.on), field="on", rule="day") from None
    if day > today:
        raise OutOfOrder(words.by_schedule(day, today), field="on", rule="schedule")
    return _plain(context, submitted)


def _chosen(context: ProcedureContext, submitted: Chosen) -> str:
    try:
        der = x509.load_pem_x509_certificate(submitted.certificate.encode()).public_bytes(Encoding.DER)
        context.case.certificate = certificates.read(der).number
    except ValueError:
        raise InvalidInput(words.NO_CERTIFICATE, field="certificate", rule="X.509") from None
    return "ok"


ACTIONS: dict[str, Action] = {
    "accept": Action("acceptance", Nothing, _plain, "Take a request up."),
    "register": Action("registration", Nothing, _plain, "Enter a request, or a covering letter, in the journal."),
    "check-documents": Action("examination", Examination, _examined, "Say if the documents are as they should be."),
    "assign": Action("assignment", Assignment, _plain, "Look at the documents and say who is to deal with them."),
    "enter-registry": Action("entry", Nothing, _plain, "Enter the applicant's data in the register."),
    "extend": Action("extension", Extension, _plain, "Make the term longer, as far as the act allows it."),
    "agree": Action("agreement", Nothing, _plain, "Agree with what was prepared."),
    "prepare-letter": Action("letter", Letter, _lettered, "Prepare the covering letter."),
    "record-result": Action("record", Nothing, _plain, "Enter the result in the journal."),
    "pay": Action("payment", Payment, _paid, "Record that a compensation was paid by the schedule."),
    "choose-certificate": Action("certificate", Chosen, _chosen, "Name the certificate to sign with."),
    "supply": Action("supplement", Supplement, _plain, "Supply what was asked for, or prove a payment."),
}
"""The operations of people that are an endpoint of their own, by name. `OPERATIONS` declares at which parties."""


AT_THE_FRONT_DESK: dict[str, str] = {
    "register-user": "POST /users",
    "take-ticket": "POST /cases",
    "lodge": "POST /cases",
    "check-package": "POST /cases",
    "authenticate": "POST /cases",
    "fill-form": "PUT /cases/{case_id}/form",
    "sign": "POST /cases/{case_id}/signature",
    "issue": "POST /cases/{case_id}/delivery",
}
"""The endpoints of the front desk (`router`) by which people perform the other operations of a front desk."""


def performs(party: str) -> dict[str, str]:
    """The operations that people perform at a party's front desk, each with its endpoint."""
    own = {name: f"POST {_path(action)}" for name, action in ACTIONS.items()}
    return {name: endpoint for name, endpoint in (AT_THE_FRONT_DESK | own).items() if _at(name, party)}


def actions(front_desk: FrontDesk) -> APIRouter:
    """The endpoints of the actions that are declared for the party of this desk."""
    api = APIRouter(tags=["steps"])
    for operation, action in ACTIONS.items():
        if _at(operation, front_desk.procedure.party):
            _endpoint(api, front_desk, operation, action)
    return api


def _at(operation: str, party: str) -> bool:
    """Whether people perform an operation at a party; what nobody declares is everywhere, for the check to find."""
    declared = OPERATIONS.get(operation)
    return declared is None or party in declared.people_at


def _path(action: Action) -> str:
    return f"/cases/{{case_id}}/{action.noun}"


def _endpoint(api: APIRouter, front_desk: FrontDesk, operation: str, action: Action) -> None:
    schema = action.takes

    async def act(case_id: str, submitted: Any = None, holder: Holder = Depends(front_desk.user)) -> Response:
        body = submitted if submitted is not None else _empty(schema)

        def command(uow: UnitOfWork) -> None:
            if front_desk.open_to_all:
                front_desk.own(uow, holder.iin)
            context = front_desk.procedure.context(uow, roles=front_desk.roles(holder))
            front_desk.procedure.perform(context, operation, action.apply(context, body))

        case, _ = await front_desk.service.writer.change(command, case_id_of(case_id))
        return say(views.outline(case))

    act.__doc__, act.__name__ = action.what, operation.replace("-", "_")
    act.__annotations__["submitted"] = schema | None
    api.post(_path(action), response_model=views.Outline)(act)


def _empty(schema: type[Body]) -> Body:
    lacking = next((name for name, field in schema.model_fields.items() if field.is_required()), None)
    if lacking is not None:
        raise InvalidInput(texts.required(lacking), field=lacking, rule="required")
    return schema()
