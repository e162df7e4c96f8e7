"""What a service tells a scraper: each family of figures declared once, with its name, its kind and its labels.

Names and units are those of Prometheus: seconds, totals. A label has the words that its declaration names, and `other`
in the place of any other: nobody outside can make a scraper keep more series.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

OTHER: Final = "other"
"""What a label has in the place of a word that is not one of its own."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of figures. `help` is English: a scraper shows it as it is."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()


Words = tuple[str, ...]
"""The words of a family's labels, in their order."""


class Measure(NamedTuple):
    """One figure of a family, as it was found; `labels` are the words of the family's labels, in their order."""

    family: Family
    value: float
    labels: Words = ()


BUILD = Family("aimaq_build_info", "gauge", "1, with the version that runs and its Python.", ("version", "python"))
READY = Family("aimaq_ready", "gauge", "1 if the service can do its work, as GET /health/ready says, else 0.")
WARNINGS = Family("aimaq_warnings", "gauge", "What does not keep the service from its work, and will one day.")
DATABASE = Family("aimaq_database_up", "gauge", "1 if the database answered and takes what is written, else 0.")
BROKER = Family("aimaq_broker_up", "gauge", "1 if the bus takes and delivers messages, else 0.")
CURRENT = Family(
    "aimaq_probe_up", "gauge", "1 if the figures of a probe are of now, 0 if they are the last known.", ("probe",)
)
AGE = Family("aimaq_probe_age_seconds", "gauge", "How old the figures of a probe are.", ("probe",))
CLOCK = Family("aimaq_clock_offset_seconds", "gauge", "By how much the stand's clock is ahead of the machine's.")
CERTIFICATE = Family(
    "aimaq_certificate_remaining_seconds",
    "gauge",
    "How long, by the stand's clock, the certificate is still good that the service signs with.",
)

WAITING = Family("aimaq_waiting_messages", "gauge", "What waits at the service, by what it waits for.", ("kind",))
OLDEST = Family(
    "aimaq_waiting_oldest_seconds",
    "gauge",
    "How long, in real time, the first of each kind has waited; 0 where nothing waits.",
    ("kind",),
)

MESSAGES = Family(
    "aimaq_messages_total",
    "counter",
    "Messages that came in, by what became of them: accepted, rejected, held, retried or dead.",
    ("sender", "recipient", "type", "outcome"),
)
LATENCY = Family(
    "aimaq_message_seconds",
    "histogram",
    "Real time from when a message was made until this service had committed what it did about it.",
    ("sender", "recipient"),
)
STEPS = Family(
    "aimaq_step_seconds",
    "histogram",
    "Time of the stand's clock that a regulated step took, as the parties report it to the gateway.",
    ("performer", "operation"),
)
REJECTED = Family("aimaq_rejected_messages_total", "counter", "Messages that were refused, by the reason.", ("reason",))
RETRIED = Family("aimaq_retries_total", "counter", "Failed tries, each to be repeated, by the reason.", ("reason",))
DEAD = Family("aimaq_dead_letters_total", "counter", "Messages that were laid aside, by the reason.", ("reason",))
UNSIGNED = Family(
    "aimaq_signature_failures_total",
    "counter",
    "Messages whose system's signature or sender was not to be believed, by the party that the broker names.",
    ("publisher",),
)
PUT_BACK = Family("aimaq_requeues_total", "counter", "Dead letters that were put back.")
DROPPED = Family("aimaq_drops_total", "counter", "Dead letters that were given up.")

SENT = Family("aimaq_sent_messages_total", "counter", "Messages that were committed to be sent.", ("recipient", "type"))
CONFIRMED = Family("aimaq_confirmed_messages_total", "counter", "Messages that the bus has confirmed.")
UNTAKEN = Family("aimaq_unconfirmed_sends_total", "counter", "Sends that the bus did not take, each to be repeated.")

COMMANDS = Family("aimaq_commands_total", "counter", "Commands: done, refused, failed.", ("outcome",))
QUEUED = Family("aimaq_queue_seconds", "histogram", "From when a command or message came in until it was committed.")
BATCHES = Family("aimaq_batch_seconds", "histogram", "How long a transaction of the writer took, failed ones too.")
SIZE = Family("aimaq_batch_size", "histogram", "Commands and messages that shared a transaction.")
TROUBLES = Family("aimaq_database_troubles_total", "counter", "Times that the writer began not to be able to write.")

REQUESTS = Family(
    "aimaq_http_requests_total",
    "counter",
    "Requests that were answered, by method, path as it is declared, and status.",
    ("method", "route", "status"),
)
DURATION = Family("aimaq_http_request_seconds", "histogram", "From a request to its answer's beginning.", ("route",))
