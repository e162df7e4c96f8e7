"""The schemas of the registers' records, as REST takes and gives them: what a record may hold, and what it must.

Names and texts without a language are Kazakh, those with `_ru` Russian. A field that is not known is left out.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    create_model,
    field_validator,
    model_validator,
)

from aimaq.language.bounds import Characters, composed
from aimaq.language.errors import InvalidInput, Technical
from aimaq.language.iin import check_bin, check_iin
from aimaq.web.request.validation import refused
from registry_svc import texts

_FACTS = 64
"""How many facts a system of the model act may know of a person."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(_DAY.pattern + r"T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise refused("date", texts.A_DAY)


def _moment(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise refused("datetime", texts.A_MOMENT)


Composed = AfterValidator(composed)
"""Text in the form NFC."""

Name = Annotated[str, Field(max_length=64, pattern=r"^\p{L}[\p{L}\p{M}' ’-]*$"), Composed]
Patronymic = Annotated[str, Field(max_length=64, pattern=r"^(\p{L}[\p{L}\p{M}' ’-]*)?$"), Composed]
Text = Annotated[str, Field(max_length=500, pattern=r"^[^\p{C}]+$"), Composed]
Number = Annotated[str, Characters(64)]
PowerNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z/-]{3,40}$")]
Oblast = Annotated[str, Field(pattern=r"^[0-9]{2}$")]
Day = Annotated[
    date, BeforeValidator(_day), Field(strict=False, ge=date(1850, 1, 1), le=date(2200, 1, 1), examples=["2026-03-02"])
]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(strict=False, ge=datetime(1900, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC)),
]


class Body(BaseModel):
    """A request body: unknown fields and other types than those named are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Record(Body):
    """A record of a register. `iins` and `bins` are its fields that hold identification numbers."""

    iins: ClassVar[tuple[str, ...]] = ()
    bins: ClassVar[tuple[str, ...]] = ()

    def check_numbers(self, at: str, *, strict: bool) -> None:
        """InvalidInput names `at` and the field whose number has other than twelve digits, or a wrong control digit."""
        for fields, check in ((self.iins, check_iin), (self.bins, check_bin)):
            for name in fields:
                if (value := getattr(self, name)) is not None:
                    check(value, strict=strict, field=at + name)


class Address(Body):
    """Where somebody is registered: the КАТО code of the place, and the address in words."""

    kato: Annotated[str, Field(pattern=r"^[0-9]{9}$")]
    text: Text
    text_ru: Text | None = None


class Document(Body):
    """What a person proves his identity with."""

    kind: Literal["id-card", "passport", "residence-permit", "foreign-passport"]
    number: Annotated[str, Field(pattern=r"^[0-9A-Z]{5,20}$")]
    issued_by: Text
    from_: Annotated[Day, Field(alias="from")]
    until: Day | None = None

    @field_validator("until")
    @classmethod
    def _ordered(cls, value: date | None, info: ValidationInfo) -> date | None:
        return _not_before(value, info)


class Person(Record):
    """A person (ЖТ МДҚ)."""

    iins = ("iin",)

    iin: Number
    surname: Name
    given: Name
    patronymic: Patronymic = ""
    surname_ru: Name | None = None
    given_ru: Name | None = None
    patronymic_ru: Name | None = None
    birth_date: Day | None = None
    sex: Literal["male", "female"] | None = None
    address: Address | None = None
    document: Document | None = None
    status: Literal["alive", "dead"] = "alive"


class Organisation(Record):
    """A legal entity (ЗТ МДҚ); `head` is the IIN of whoever leads it."""

    iins, bins = ("head",), ("bin",)

    bin: Number
    name: Text
    name_ru: Text | None = None
    head: Number | None = None
    address: Address | None = None


class Power(Record):
    """A power of attorney (БНАЖ), good on the days `from` to `until`; both IINs are persons'."""

    iins = ("principal", "representative")

    number: PowerNumber
    principal: Number
    representative: Number
    notarised: bool
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    revoked: bool = False

    @field_validator("until")
    @classmethod
    def _ordered(cls, value: date | None, info: ValidationInfo) -> date | None:
        return _not_before(value, info)


class Entry(Record):
    """That a person was entered in a register: in which oblast (КАТО, two digits), when (now if left out), by whom."""

    iins = ("iin",)

    iin: Number
    oblast: Oblast | None = None
    entered_at: Moment | None = None
    name: Text | None = None
    case_id: Text | None = None


class Card(Entry):
    """A card of the labour market system."""

    status: Literal["job-seeker", "unemployed"]


class Repatriate(Entry):
    """A repatriate, in the oblast where he is registered."""

    oblast: Oblast


def page_of(name: str, record: type[Record]) -> type[BaseModel]:
    """The view of a page of records, called `name` in the OpenAPI document; `next` is the key to go on after."""
    some: Any = GenericAlias(list, record)
    page: type[BaseModel] = create_model(f"{name}Page", items=(some, ...), next=(str | None, None))
    return page


class Facts(Record):
    """What an information system of the model act knows of a person: any fields beside the IIN, all text."""

    model_config = ConfigDict(extra="allow")
    iins = ("iin",)

    __pydantic_extra__: dict[str, Text]
    iin: Number

    @model_validator(mode="after")
    def _named(self) -> Facts:
        names = self.__pydantic_extra__
        if len(names) > _FACTS or not all(name.isprintable() and 0 < len(name) <= 64 for name in names):
            raise refused("facts", texts.FACTS.format(most=_FACTS))
        return self


def _not_before(value: date | None, info: ValidationInfo) -> date | None:
    """The end of a time, if it is not before its beginning."""
    since = info.data.get("from_")
    if value is not None and since is not None and value < since:
        raise refused("not_before_from", texts.ENDS_BEFORE)
    return value


def read(schema: type[Record], record: dict[str, Any], at: str) -> Record:
    """A record of this schema; InvalidInput names `at`, a dot and the field, and the rule that it breaks."""
    try:
        return schema.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join((at, *(str(part) for part in first["loc"])))
        raise InvalidInput(Technical(f"{where}: {first['msg']}"), field=where, rule=first["type"]) from None


SCHEMAS: dict[str, type[Record]] = {
    "gbd_fl": Person,
    "gbd_ul": Organisation,
    "enis": Power,
    "labour_market": Card,
    "oralman": Repatriate,
    "is_1": Facts,
    "is_2": Facts,
    "is_3": Facts,
}
"""The schema of the records of each register where records are written, by the register's short name."""
