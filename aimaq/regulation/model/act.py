"""What a regulation is beside its flows, in frozen types: the act it comes from, the form, the results, the clauses."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from aimaq.language import errors
from aimaq.language.texts import Texts
from aimaq.regulation.model.flow import Flow, Limit
from aimaq.regulation.model.vocabulary import DOCUMENT, REFUSAL


class Registration(msgspec.Struct, frozen=True):
    """Under which number and on which day the Department of Justice registered an act."""

    number: str
    date: datetime.date


class Amended(msgspec.Struct, frozen=True):
    """The act that an amending one gives a new wording to."""

    number: str
    date: datetime.date


class Act(msgspec.Struct, frozen=True):
    """The legal act that a regulation comes from; `annex` is the number of the annex that holds it, if it is in one."""

    authority: Texts
    number: str
    date: datetime.date
    annex: int | None = None
    amends: Amended | None = None
    registered: Registration | None = None
    repealed_on: datetime.date | None = None
    repealed_by: str | None = None


class Field(msgspec.Struct, frozen=True, rename={"along": "with"}):
    """One field of the request's form, beside the applicant's IIN and name. `pattern` is a regular expression.

    Of the `type` `iin` or `bin` it is a person's or an organisation's number, with its control digit.

    `along` (`with` in the file) names the fields that are filled in together with this one, or not at all. With
    `channels` the field is for these only. One that is `on_paper` stands on the papers of results that grant.
    """

    name: str
    label: Texts
    required: bool = False
    type: Literal["text", "iin", "bin"] = "text"
    pattern: str | None = None
    example: str = ""
    along: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    on_paper: bool = False

    def through(self, channel: str) -> bool:
        """Whether the field can be filled in by whoever asks through this channel."""
        return not self.channels or channel in self.channels


class Result(msgspec.Struct, frozen=True):
    """A document that a case can end with, and the decision that it stands for.

    `paper` is the kind of paper that it is drawn up as; without one it is a refusal, or a document of no other kind.
    One that is not `declared` is handed out in the flows without being among the results that the act lists. With
    `channels` it is given through these only.
    """

    title: Texts
    decision: Literal["granted", "denied"]
    paragraph: str | None = None
    declared: bool = True
    channels: tuple[str, ...] = ()
    paper: str = ""

    @property
    def kind_of_paper(self) -> str:
        """What it is drawn up as: one of `aimaq.regulation.model.vocabulary.PAPERS`."""
        return self.paper or (REFUSAL if self.decision == "denied" else DOCUMENT)


class Clause(msgspec.Struct, frozen=True):
    """One statement of the act beside its flows, with the paragraph it stands in. `at` names parties, if it does."""

    paragraph: str
    text: Texts
    at: tuple[str, ...] = ()


class Intake(msgspec.Struct, frozen=True):
    """One place where applications are taken and results given, as the act lists them."""

    paragraph: str
    channel: str
    text: Texts


class Term(msgspec.Struct, frozen=True, rename={"since": "from"}):
    """One statement on time that is not a step's: the whole service, waiting, serving, delivery, an extension."""

    paragraph: str
    what: Literal["service", "waiting", "serving", "delivery", "extension"]
    limit: Limit
    channels: tuple[str, ...] = ()
    since: Literal["registration", "lodging"] | None = None
    not_counting: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


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


NO_CHANNEL = Texts(
    kk="{id} регламентінде '{channel}' деген арна жоқ, тек: {known}",
    ru="у регламента {id} нет канала '{channel}', только: {known}",
    en="{id} has no channel '{channel}', only {known}",
)


class Regulation(msgspec.Struct, frozen=True):
    """One regulation: the act, what it is about, and its flows by channel.

    `body` is the recipient of its requests, `issuer` its name as papers bear it (else the authority's), `oblast` where
    that body is (the first two digits of its КАТО code), if it matters; `unit_parties` is the party behind each unit
    name that the tables print.
    """

    id: str
    act: Act
    title: Texts
    automation: Literal["full", "partial"] | None
    kind: Literal["transactional", "interactive", "informational"] | None
    body: str
    form: tuple[Field, ...]
    results: dict[str, Result]
    flows: dict[str, Flow]
    statuses: dict[str, Texts] = {}
    oblast: str = ""
    issuer: Texts | None = None
    service_form: tuple[str, ...] = ()
    result_form: tuple[str, ...] = ()
    provided_by: Clause | None = None
    intake: tuple[Intake, ...] = ()
    terms: tuple[Term, ...] = ()
    clauses: tuple[Clause, ...] = ()
    unit_parties: dict[str, str] = {}
    status_checked: Clause | None = None
    requirements: tuple[Clause, ...] = ()
    technical: tuple[Clause, ...] = ()
    contact: Contact | None = None
    units: tuple[StructuralUnit, ...] = ()
    survey: tuple[Question, ...] = ()
    readings: dict[str, Reading] = {}

    def results_of(self, decision: str, channel: str) -> list[str]:
        """The names of the results that a decision can mean in a channel."""
        ends = self.flow(channel).ends.values()
        there = dict.fromkeys(name for end in ends for name in end.results)
        return [
            name
            for name in there
            if self.results[name].decision == decision and channel in (self.results[name].channels or (channel,))
        ]

    def flow(self, channel: str) -> Flow:
        """The flow through this channel; UnknownRegulation if the regulation has none."""
        try:
            return self.flows[channel]
        except KeyError:
            known = ", ".join(self.flows)
            raise errors.UnknownRegulation(NO_CHANNEL.format(id=self.id, channel=channel, known=known)) from None
