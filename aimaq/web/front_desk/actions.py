"""What people do with a case that is already there: an endpoint an operation, each with what it takes.

Whoever does it is whom the regulation names, and only when it is due; what is given besides is kept with the case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Request, Response
from pydantic import Field

from aimaq import refusals
from aimaq.web import views
from aimaq.regulation.calendar import ALMATY
from aimaq.casework.case import Case
from aimaq.eds.x509 import certificates
from aimaq.language.errors import InvalidInput, OutOfOrder
from aimaq.web.front_desk import words
from aimaq.web.front_desk.authorisation import Front, case_id_of
from aimaq.web.front_desk.schemas import Body, Fault, Outline
from aimaq.casework.procedure.context import Turn
from aimaq.web.app import say
from aimaq.casework.unit_of_work import Work

Said = Annotated[str, Field(max_length=4000)]


class Nothing(Body):
    """Nothing is given but the deed itself."""


class Examination(Body):
    """What is wrong with the documents; nothing if they are as they should be."""

    faults: Annotated[list[Fault], Field(max_length=50)] = []


class Assignment(Body):
    """Who is to deal with the documents."""

    to: Said = ""


class Extension(Body):
    """Why the term is made longer."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class Letter(Body):
    """The text of a covering letter."""

    text: Said = ""


class Payment(Body):
    """To which account a compensation was paid; `on` is the day that the schedule gives, as 2016-07-01, else today."""

    account: Annotated[str, Field(min_length=1, max_length=40)]
    on: Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d)?$")] = ""


class Supplement(Body):
    """What an applicant supplies: information that was asked for, proof of a payment, or nothing at all."""

    supplied: Literal["information", "payment", "nothing"]
    text: Said = ""


class Chosen(Body):
    """The certificate that the applicant will sign with, as PEM."""

    certificate: Annotated[str, Field(max_length=10000)]


@dataclass(frozen=True, slots=True)
class Action:
    """One operation as an endpoint: the last word of its path, what it takes, and how that is put into the case."""

    noun: str
    takes: type[Body]
    apply: Callable[[Turn, Any], str]
    what: str


def _plain(turn: Turn, given: Body) -> str:
    turn.case.given_in |= {name: str(value) for name, value in given.model_dump().items() if value}
    return "ok"


def _examined(turn: Turn, given: Examination) -> str:
    turn.case.detail = "; ".join(given.faults)
    return "wrong" if given.faults else "ok"


def _lettered(turn: Turn, given: Letter) -> str:
    turn.case.given_in["letter"] = given.text
    return "ok"


def _paid(turn: Turn, given: Payment) -> str:
    """A compensation is paid by the schedule: not before its day, as the Republic counts days."""
    today = turn.work.now.astimezone(ALMATY).date()
    try:
        day = date.fromisoformat(given.on) if given.on else today
    except ValueError:
        raise InvalidInput(words.no_day(given.on), field="on", rule="day") from None
    if day > today:
        raise OutOfOrder(words.by_schedule(day, today), field="on", rule="schedule")
    return _plain(turn, given)


def _chosen(turn: Turn, given: Chosen) -> str:
    try:
        der = x509.load_pem_x509_certificate(given.certificate.encode()).public_bytes(Encoding.DER)
        turn.case.certificate = certificates.read(der).number
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
"""The operations of people that are an endpoint of their own, by name."""


def actions(front: Front, operations: Iterable[str]) -> APIRouter:
    """The endpoints of these operations at one desk."""
    api = APIRouter(tags=["steps"])
    for operation in operations:
        _endpoint(api, front, operation, ACTIONS[operation])
    return api


def _endpoint(api: APIRouter, front: Front, operation: str, action: Action) -> None:
    shape = action.takes

    async def act(case_id: str, request: Request, given: Any = None) -> Response:
        holder = front.signed_in(request)
        body = given if given is not None else _empty(shape)

        def command(work: Work) -> Case:
            case = front.own(work, holder.iin) if front.open_to_all else work.known_case()
            turn = front.desk.turn(work, roles=front.roles(holder))
            front.desk.perform(turn, operation, action.apply(turn, body))
            return case

        return say(views.outline(await front.service.writer.run(command, case_id_of(case_id))))

    act.__doc__, act.__name__ = action.what, operation.replace("-", "_")
    act.__annotations__["given"] = shape | None
    api.post(f"/cases/{{case_id}}/{action.noun}", response_model=Outline)(act)


def _empty(shape: type[Body]) -> Body:
    lacking = next((name for name, field in shape.model_fields.items() if field.is_required()), None)
    if lacking is not None:
        raise InvalidInput(refusals.required(lacking), field=lacking, rule="required")
    return shape()
