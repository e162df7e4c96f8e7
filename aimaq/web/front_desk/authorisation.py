"""Who may come through a front desk's door, and for what."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from fastapi import Request

from aimaq import refusals
from aimaq.web import views, app as web
from aimaq.language import ids
from aimaq.casework.case import Case
from aimaq.casework.procedure.engine import Desk
from aimaq.eds.findings import Finding
from aimaq.eds.x509.profile import Usage
from aimaq.language.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from aimaq.access.signature_check import Examiner
from aimaq.web.front_desk import words
from aimaq.web.front_desk.schemas import ByCertificate, NewCase
from aimaq.web.front_desk.login import Entry
from aimaq.language.iin import check_iin
from aimaq.regulation import Flow
from aimaq.service import Service
from aimaq.access.users import Holder, Users
from aimaq.casework.unit_of_work import Work


class Tickets(Protocol):
    """What the door asks of an electronic queue."""

    async def taken_at(self, ticket: str) -> datetime:
        """When a ticket was taken; InvalidInput if it cannot be used."""
        ...

    def use(self, work: Work, ticket: str) -> None:
        """Call somebody up with it for the case of `work`."""
        ...


@dataclass(frozen=True, slots=True)
class Front:
    """What the door needs: the service behind it, its desk, its users, who checks people's signatures, the way in.

    `open_to_all` tells whether people register themselves; where they do, each sees only their own cases.
    """

    service: Service
    desk: Desk
    users: Users
    examiner: Examiner
    entry: Entry
    open_to_all: bool
    queue: Tickets | None = None

    def iin(self, value: str, field: str) -> str:
        """The IIN if it is one; InvalidInput names the field and the rule if not."""
        check_iin(value, strict=self.service.settings.strict_iin, field=field)
        return value

    def signed_in(self, request: Request) -> Holder:
        """Whoever is signed in: their IIN and their roles."""
        return self.users.holder(web.bearer(request))

    def holder(self, request: Request) -> str:
        """The IIN of whoever is signed in."""
        return self.signed_in(request).iin

    def form(self, given: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        """The IIN and name of the person a form is for, and its other fields; InvalidInput names what is wrong."""
        iin = self.iin(_text(given, "iin"), "iin")
        others = {key: value for key, value in given.items() if key not in ("iin", "name")}
        for key, value in others.items():
            _plain(key, "form")
            _plain(value, f"form.{key}")
        return iin, _text(given, "name"), others

    def fill(self, work: Work, holder: Holder, iin: str, name: str, fields: dict[str, Any]) -> bytes:
        """Fill in the form of the case of `work` for whoever is signed in; answers with the document to sign."""
        if self.open_to_all and iin != holder.iin:
            raise InvalidInput(words.OWN_IIN, field="iin", rule="own IIN")
        return self.desk.fill(self.desk.turn(work, roles=self.roles(holder)), iin, name, fields)

    def roles(self, holder: Holder) -> frozenset[str] | None:
        """What is asked of the regulation's performers here: nothing where everyone is a citizen."""
        return None if self.open_to_all else holder.roles

    async def case(self, case_id: str, request: Request) -> Case:
        """The case, if it is here and the reader may see it: its owner, a member of staff, or the administrator."""
        if web.is_admin(self.service.admin_token, request):
            return await views.case(self.service, case_id)
        holder = self.holder(request)
        case = await views.case(self.service, case_id)
        if self.open_to_all and case.person != holder:
            raise NotFound(words.NO_CASE, field="case_id")
        return case

    def own(self, work: Work, holder: str) -> Case:
        """The case of `work`, if `holder` is the one who opened it here."""
        case = work.known_case()
        if case.person != holder:
            if self.open_to_all:
                raise NotFound(words.NO_CASE, field="case_id")
            raise NotAllowed(words.ANOTHERS_CASE)
        return case

    async def examine(self, turn_document: bytes, cms: bytes, iin: str) -> tuple[Finding, ...]:
        """What is wrong with a person's signature over a document; empty if nothing is.

        Unavailable if all that is wrong is that nobody can tell whether the certificate was revoked: that is no fault
        of the person's, and ends no case.
        """
        verdict = await self.examiner.examine(turn_document, cms, self.entry.asked(Usage.SIGN, iin))
        if verdict.undecided:
            raise Unavailable("; ".join(map(str, verdict.findings)), field="cms", findings=verdict.told())
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
        mine = {name: flow for name, flow in regulation.flows.items() if flow.front == party}
        name = new.channel or next(iter(mine), None)
        if name not in mine:
            known = ", ".join(mine) or "none"
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
    if not _CASE_ID(value):
        raise InvalidInput(words.CASE_ID, field="case_id", rule="uuid7")
    return value


_CASE_ID = re.compile(ids.PATTERN).fullmatch


def _text(form: dict[str, Any], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 200:
        raise InvalidInput(refusals.text_of(name, 200), field=name, rule="required text")
    _plain(value, name)
    return value


def _plain(value: Any, field: str) -> None:
    """Refuse text with what nobody can write down: control characters, halves of letters."""
    if not isinstance(value, str) or value.isprintable():
        return
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value):
        raise InvalidInput("there are characters in it that are no text", field=field, rule="plain text")
