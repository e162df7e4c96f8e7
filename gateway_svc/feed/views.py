"""A message as operational monitoring shows it: under the names of X-Road's protocol where those apply.

What a message is about is not in it, nor what strangers wrote in one: no body, no form, no reason in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from aimaq.language.messages import Kind
from aimaq.web.schemas import View


@dataclass(frozen=True, slots=True)
class StepLimit(View):
    """How long a step may take: from `min` to `max` of its `unit`."""

    unit: str
    min: float | None
    max: float | None


@dataclass(frozen=True, slots=True)
class Record(View):
    """A message that the gateway accepted or refused. What cannot be told of it is null.

    As in X-Road's operational monitoring, protocol 1.7: `monitoringDataTs` in seconds; `requestInTs` or, of a response,
    `responseInTs` in milliseconds: when the gateway took it in; `messageId`, and `messageIssue`, which is the case; who
    asks (`client…`) and who answers (`service…`), a body being a subsystem; `serviceCode`, the type; `requestSize` or
    `responseSize` in bytes; `succeeded`, and if not, `faultCode`.

    Aimaq's own: `number` in the journal; `queue_ms`, real time from when it was made until then; `attempts`, how often
    it was handled; the last `step` that it reports, with the paragraph and the `limit` of that.
    """

    number: int
    monitoring_at: Annotated[int, Field(serialization_alias="monitoringDataTs")]
    request_at: Annotated[int | None, Field(serialization_alias="requestInTs")]
    response_at: Annotated[int | None, Field(serialization_alias="responseInTs")]
    message_id: Annotated[str, Field(serialization_alias="messageId")]
    case_id: Annotated[str | None, Field(serialization_alias="messageIssue")]
    client: Annotated[str | None, Field(serialization_alias="clientMemberCode")]
    client_subsystem: Annotated[str | None, Field(serialization_alias="clientSubsystemCode")]
    service: Annotated[str | None, Field(serialization_alias="serviceMemberCode")]
    service_subsystem: Annotated[str | None, Field(serialization_alias="serviceSubsystemCode")]
    type: Annotated[str | None, Field(serialization_alias="serviceCode")]
    request_size: Annotated[int | None, Field(serialization_alias="requestSize")]
    response_size: Annotated[int | None, Field(serialization_alias="responseSize")]
    succeeded: bool
    fault: Annotated[str | None, Field(serialization_alias="faultCode")]
    kind: Kind | None
    sender: str | None
    recipient: str | None
    sequence: int | None
    occurred_at: datetime | None
    journalled_at: datetime
    queue_ms: float | None
    attempts: int | None
    regulation: str | None
    channel: str | None
    step: str | None
    paragraph: str | None
    limit: StepLimit | None
