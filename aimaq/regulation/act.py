"""What a regulation is beside its flows, in frozen types: the act it comes from, the form, the results, the clauses."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from aimaq import errors
from aimaq.regulation.model import Flow, Texts


class Registration(msgspec.Struct, frozen=True):
    """Under which number and on which day the Department of Justice registered an act."""

    number: str
    date: datetime.date


class Act(msgspec.Struct, frozen=True):
    """The legal act that a regulation comes from."""

    authority: Texts
    number: str
    date: datetime.date
    registered: Registration | None = None
    repealed_on: datetime.date | None = None
    repealed_by: str | None = None


class Field(msgspec.Struct, frozen=True):
    """One field of the request's form, beside the applicant's IIN and name. `pattern` is a regular expression."""

    name: str
    label: Texts
    required: bool = False
    pattern: str | None = None


class Result(msgspec.Struct, frozen=True):
    """A document that a case can end with."""

    title: Texts


class Clause(msgspec.Struct, frozen=True):
    """One statement of the act beside its flows, with the paragraph it stands in. `at` names parties, if it does."""

    paragraph: str
    text: Texts
    at: tuple[str, ...] = ()


class Contact(msgspec.Struct, frozen=True):
    """Where a person can ask about the service."""

    paragraph: str
    phone: str
    text: Texts


class StructuralUnit(msgspec.Struct, frozen=True):
    """A unit that the act lists as taking part (ҚФБ), and the party it works at."""

    paragraph: str
    name: str
    party: str
    title: Texts


class Question(msgspec.Struct, frozen=True):
    """One question of the survey on quality and accessibility, with the answers to choose from."""

    text: Texts
    answers: tuple[Texts, ...]


class Reading(msgspec.Struct, frozen=True):
    """How a doubtful place of the act is read: what is printed where, and what the stand takes it to mean."""

    place: str
    printed: str
    taken: str


class Regulation(msgspec.Struct, frozen=True):
    """One regulation: the act, what it is about, and its flows by channel.

    `body` is the recipient of its requests, `unit_parties` the party behind each unit name the tables print.
    """

    id: str
    act: Act
    title: Texts
    automation: Literal["full", "partial"]
    kind: Literal["transactional", "interactive", "informational"]
    body: str
    form: tuple[Field, ...]
    results: dict[str, Result]
    statuses: dict[str, Texts]
    flows: dict[str, Flow]
    unit_parties: dict[str, str] = {}
    status_checked: Clause | None = None
    requirements: tuple[Clause, ...] = ()
    technical: tuple[Clause, ...] = ()
    contact: Contact | None = None
    units: tuple[StructuralUnit, ...] = ()
    survey: tuple[Question, ...] = ()
    readings: dict[str, Reading] = {}

    def flow(self, channel: str) -> Flow:
        """The flow through this channel; UnknownRegulation if the regulation has none."""
        try:
            return self.flows[channel]
        except KeyError:
            known = ", ".join(self.flows)
            raise errors.UnknownRegulation(f"{self.id} has no channel {channel!r}, only {known}") from None
