"""Who may come through a front desk's door, and for what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from aimaq.access.administration import Principal
from aimaq.access.evidence import organisation_of
from aimaq.access.permissions import Permission
from aimaq.access.sessions import Holder, Sessions
from aimaq.access.signature_check import SignatureCheck
from aimaq.access.users import Users
from aimaq.casework.case import Case, CaseDraft
from aimaq.casework.form import bin_in
from aimaq.casework.procedure.engine import Procedure
from aimaq.casework.unit_of_work import UnitOfWork
from aimaq.eds.findings import Finding, together
from aimaq.eds.x509.profile import Usage
from aimaq.language import texts
from aimaq.language.bounds import composed, is_plain
from aimaq.language.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from aimaq.language.ids import is_id
from aimaq.language.iin import check_iin
from aimaq.regulation import Flow
from aimaq.service import Service
from aimaq.web import views
from aimaq.web.callers import Administrator, Reader, SignedIn
from aimaq.web.front_desk import texts as words
from aimaq.web.front_desk.login import Entry
from aimaq.web.front_desk.schemas import ByCertificate, NewCase


class Tickets(Protocol):
    """What the door asks of an electronic queue."""

    async def taken_at(self, ticket: str) -> datetime:
        """When a ticket was taken; InvalidInput if it cannot be used."""
        ...

    def use(self, uow: UnitOfWork, ticket: str) -> None:
        """Call somebody up with it for the case of `uow`."""
        ...


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """What the desk needs: its service and procedure, its users and sessions, the check of signatures, the way in.

    `open_to_all` tells whether people register themselves; where they do, each sees only their own cases.
    """

    service: Service
    procedure: Procedure
    users: Users
    sessions: Sessions
    signature_check: SignatureCheck
    entry: Entry
    open_to_all: bool
    queue: Tickets | None = None

    def iin(self, value: str, field: str) -> str:
        """The IIN if it is one; InvalidInput names the field and the rule if not."""
        check_iin(value, strict=self.service.settings.strict_iin, field=field)
        return value

    @property
    def user(self) -> SignedIn:
        """The callers of an endpoint for those who are signed in here."""
        return SignedIn(self.sessions)

    @property
    def reader(self) -> Reader:
        """The callers of an endpoint for those who are signed in here, and for administrators."""
        return Reader(self.sessions, self.service.administration)

    def administrator(self, permission: Permission) -> Administrator:
        """The callers of an endpoint for administrators with this permission alone."""
        return Administrator(self.service.administration, permission)

    def form(self, supplied: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        """The IIN and name of the person a form is for, and its other fields; InvalidInput names what is wrong."""
        iin = self.iin(_text(supplied, "iin"), "iin")
        others: dict[str, Any] = {}
        for key, value in supplied.items():
            if key not in ("iin", "name"):
                others[_plain(key, "form")] = _plain(value, f"form.{key}")
        return iin, _text(supplied, "name"), others

    def fill(self, uow: UnitOfWork, holder: Holder, iin: str, name: str, fields: dict[str, Any]) -> bytes:
        """Fill in the form of the case of `uow` for whoever is signed in; answers with the document to sign."""
        if self.open_to_all and iin != holder.iin:
            raise InvalidInput(words.OWN_IIN, field="iin", rule="own IIN")
        return self.procedure.fill(self.procedure.context(uow, roles=self.roles(holder)), iin, name, fields)

    def roles(self, holder: Holder) -> frozenset[str] | None:
        """What is asked of the regulation's performers here: nothing where everyone is a citizen."""
        return None if self.open_to_all else holder.roles

    async def case(self, case_id: str, reader: Holder | Principal) -> Case:
        """The case, if it is here and the reader may see it: its owner, a member of staff, or the administrator."""
        case = await views.case(self.service, case_id)
        if self.open_to_all and isinstance(reader, Holder) and (case.person != reader.iin or case.stranger):
            raise NotFound(words.NO_CASE, field="case_id")
        return case

    def own(self, uow: UnitOfWork, holder: str) -> CaseDraft:
        """The case of `uow`, if `holder` is the one who opened it here."""
        case = uow.known_case()
        if case.person != holder or case.stranger:
            if self.open_to_all:
                raise NotFound(words.NO_CASE, field="case_id")
            raise NotAllowed(words.ANOTHERS_CASE)
        return case

    @property
    def organisation(self) -> str:
        """The BIN of the organisation that officials here sign for, as this system's certificate names it."""
        return organisation_of(self.service.dependencies.signer.certificate)

    def bin_in(self, case: Case) -> str | None:
        """The BIN that the certificate under a request must name: that in the form, where people sign for themselves.

        Acts compare IIN and BIN of the certificate with those in the request.
        """
        if not self.open_to_all:
            return None
        return bin_in(self.service.catalogue.regulation(case.regulation), case.form)

    async def examine(
        self, turn_document: bytes, cms: bytes, iin: str, *, bin_: str | None = None
    ) -> tuple[Finding, ...]:
        """What is wrong with a person's signature over a document; empty if nothing is.

        `bin_` is the organisation that they sign for, unless the settings name another for the desk.

        Unavailable if all that is wrong is that nobody can tell whether the certificate was revoked: that is no fault
        of the person's, and ends no case.
        """
        asked = self.entry.asked(Usage.SIGN, iin)
        if asked.bin is None:
            asked = replace(asked, bin=bin_)
        verdict = await self.signature_check.examine(turn_document, cms, asked)
        if verdict.undecided:
            raise Unavailable(together(verdict.findings), field="cms", findings=verdict.findings)
        return verdict.findings

    async def ticket(self, ticket: str | None) -> datetime | None:
        """When the ticket that a case is opened with was taken; InvalidInput where it cannot be used."""
        if ticket is None:
            return None
        if self.queue is None:
            raise InvalidInput(words.NO_QUEUE, field="ticket", rule="no ticket")
        return await self.queue.taken_at(ticket)

    def channel(self, new: NewCase) -> tuple[str, Flow]:
        """The channel that a new case goes through, and its flow: the one that begins at this desk."""
        regulation = self.service.catalogue.regulation(new.regulation)
        party = self.service.settings.party
        mine = {name: flow for name, flow in regulation.flows.items() if flow.front_desk == party}
        name = new.channel or next(iter(mine), None)
        if name not in mine:
            known = ", ".join(mine) or "—"
            raise InvalidInput(words.channels(new.regulation, known), field="channel", rule="known channel")
        flow = mine[name]
        if isinstance(new.login, ByCertificate) and "certificate" not in flow.accepts:
            raise InvalidInput(words.by_password(flow.paragraph), field="login", rule="password")
        looked = None if new.package is not None else flow.doing("check-package")
        if looked is not None:
            raise InvalidInput(words.CHECK_FIRST, field="package", rule=looked.paragraph)
        return name, flow


def case_id_of(value: str) -> str:
    """A case id from a path; InvalidInput if it is none."""
    if not is_id(value):
        raise InvalidInput(words.CASE_ID, field="case_id", rule="uuid7")
    return value


def _text(form: dict[str, Any], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise InvalidInput(texts.text_of(name, 200), field=name, rule="required text")
    return str(_plain(value, name))


def _plain(value: Any, field: str) -> Any:
    """A text as it is kept; InvalidInput if nobody can write it down, with control characters or halves of letters."""
    if not isinstance(value, str):
        return value
    if not is_plain(value):
        raise InvalidInput(words.NO_TEXT.format(field=field), field=field, rule="plain text")
    return composed(value)
