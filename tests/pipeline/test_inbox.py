"""The inbox: what is believed of a message that came in, how long a number is remembered, what a row keeps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from aimaq.bus import IncomingMessage
from aimaq.casework.unit_of_work import Received
from aimaq.language.clock import StandClock
from aimaq.language.envelope import Envelope, digest, to_bytes
from aimaq.language.errors import (
    AimaqError,
    BadSignature,
    MalformedBody,
    NotFound,
    UnknownSender,
    WithdrawnCertificate,
    WrongRecipient,
)
from aimaq.language.ids import Ids
from aimaq.language.messages import Body, StatusChanged
from aimaq.pipeline import inbox
from aimaq.pipeline.attention.dead_letters import in_inbox
from tests.parties import BASE
from tests.pipeline.workbench import Signatures, Workbench, disbelieved, envelope_of, message, workbench

IDS = Ids(StandClock(lambda: BASE))
ENVELOPE = envelope_of(IDS(), IDS())


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with workbench() as made:
        yield made


def opened(
    envelope: Envelope | bytes = ENVELOPE,
    *,
    signed_by: str = "gateway",
    publisher: str | None = "gateway",
    party: str = "con",
    verifier: Signatures | None = None,
) -> Received:
    """What a party makes of an envelope that came in."""
    body = envelope if isinstance(envelope, bytes) else to_bytes(envelope)
    return inbox.open_message(IncomingMessage(body, signed_by, 7, publisher), party, verifier or Signatures(), BASE)


def error_of(received: Received, kind: type[AimaqError]) -> AimaqError:
    """What is wrong with a message: an error of exactly this kind."""
    assert type(received.error) is kind
    return received.error


# --- what is believed of a message -----------------------------------------------------------------------------


def test_a_message_of_its_sender_to_this_party_is_believed() -> None:
    received = opened()
    assert (received.trusted, received.error) == (True, None)
    assert received.content == StatusChanged(status="received")
    assert (received.parsed, received.key) == (ENVELOPE, ENVELOPE.message_id)
    assert (received.digest, received.received_at) == (digest(to_bytes(ENVELOPE)), BASE)
    assert received.incoming == IncomingMessage(to_bytes(ENVELOPE), "gateway", 7, "gateway")


def test_the_signature_is_verified_over_the_bytes_as_of_when_they_came() -> None:
    verifier = Signatures()
    opened(verifier=verifier)
    assert verifier.asked == [(to_bytes(ENVELOPE), BASE)]


def test_of_a_message_with_a_bad_signature_nothing_is_read() -> None:
    received = opened(signed_by="nobody")
    error_of(received, BadSignature)
    assert (received.trusted, received.parsed, received.content) == (False, None, None)
    assert received.key == received.digest[:36]


def test_of_a_message_that_the_bus_could_not_read_nothing_is_read() -> None:
    verifier = Signatures()
    incoming = IncomingMessage(to_bytes(ENVELOPE), "gateway", 7, "gateway", flaw="it has two signatures")
    received = inbox.open_message(incoming, "con", verifier, BASE)
    assert error_of(received, MalformedBody).detail == "it has two signatures"
    assert (received.trusted, received.parsed, verifier.asked) == (False, None, [])


def test_a_signed_message_that_cannot_be_read_is_not_believed() -> None:
    received = opened(b"<request/>")
    assert received.error is not None
    assert (received.trusted, received.parsed) == (False, None)


def test_a_message_that_fails_in_a_way_nobody_foresaw_is_no_longer_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    def content(envelope: Envelope) -> Body:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(Envelope, "content", content)
    received = opened()
    assert error_of(received, MalformedBody).detail == "the message cannot be read: ZeroDivisionError"
    assert received.trusted is False


def test_a_sender_that_did_not_sign_is_not_believed() -> None:
    received = opened(envelope_of(IDS(), IDS(), sender="portal"))
    error = error_of(received, UnknownSender)
    assert (error.detail, error.field) == ("the message says it is from portal, and came from gateway", "sender")
    assert (received.trusted, received.content) == (False, None)


def test_a_body_that_a_system_speaks_for_is_that_system() -> None:
    envelope = envelope_of(IDS(), IDS(), sender="lea:mamlyut-employment", recipient="con:mamlyut")
    received = opened(envelope, signed_by="lea")
    assert (received.trusted, received.error) == (True, None)


@pytest.mark.parametrize(
    ("signed_by", "publisher", "came_from"),
    [("portal", "con", "con"), ("lea", "lea", "lea"), ("lea", "con", "con")],
)
def test_at_the_gateway_who_signed_who_published_and_the_sender_must_be_one(
    signed_by: str, publisher: str | None, came_from: str
) -> None:
    envelope = envelope_of(IDS(), IDS(), sender="portal")
    received = opened(envelope, signed_by=signed_by, publisher=publisher, party="gateway")
    error = error_of(received, UnknownSender)
    assert error.detail == f"the message says it is from portal, and came from {came_from}"
    assert not received.trusted


def test_at_the_gateway_a_message_to_anybody_passes() -> None:
    envelope = envelope_of(IDS(), IDS(), sender="portal", recipient="lea:mamlyut-employment")
    received = opened(envelope, signed_by="portal", publisher="portal", party="gateway")
    assert (received.trusted, received.error) == (True, None)


def test_a_message_that_nobody_published_is_not_believed() -> None:
    received = opened(envelope_of(IDS(), IDS(), sender="portal"), signed_by="portal", publisher=None, party="gateway")
    error = error_of(received, UnknownSender)
    assert error.detail == "the bus does not say whose message it is: it has no user_id"
    assert (error.field, received.trusted) == ("user_id", False)


def test_elsewhere_messages_come_by_way_of_the_gateway() -> None:
    received = opened(envelope_of(IDS(), IDS(), sender="portal"), signed_by="portal", publisher="gateway")
    assert (received.trusted, received.error) == (True, None)


def test_a_message_to_another_party_is_believed_and_not_taken() -> None:
    received = opened(party="lea")
    error = error_of(received, WrongRecipient)
    assert (error.detail, error.field) == ("the message is for con, not for lea", "recipient")
    assert (received.trusted, received.content) == (True, None)


def test_a_body_of_another_shape_is_an_error_of_a_believed_message() -> None:
    received = opened(envelope_of(IDS(), IDS(), type="RequestWithdrawn"))
    assert received.error is not None
    assert (received.error.field, received.trusted, received.content) == ("type", True, None)


def test_of_a_withdrawn_certificate_it_is_known_whose_message_it_is() -> None:
    verifier = Signatures()
    verifier.withdrawn = frozenset({"gateway"})
    received = opened(verifier=verifier)
    assert error_of(received, WithdrawnCertificate).reason == "withdrawn-certificate: withdrawn"
    assert (received.trusted, received.content) == (True, StatusChanged(status="received"))
    strange = opened(envelope_of(IDS(), IDS(), sender="portal"), verifier=verifier)
    error_of(strange, UnknownSender)
    assert not strange.trusted


# --- how long a number is remembered, and how long a message waits ------------------------------------------------


@pytest.mark.parametrize(("more", "forgotten"), [(timedelta(0), False), (timedelta(microseconds=1), True)])
def test_what_is_older_than_the_rows_of_the_inbox_may_have_been_handled(
    bench: Workbench, more: timedelta, forgotten: bool
) -> None:
    received = message(IDS(), IDS(), occurred_at=BASE - bench.settings.remembered - more)
    assert inbox.forgotten(received, "con", bench.settings, bench.clock) is forgotten
    assert not inbox.forgotten(received, "gateway", bench.settings, bench.clock)


def test_a_clock_that_was_moved_makes_nothing_forgotten(bench: Workbench) -> None:
    received = message(IDS(), IDS())
    bench.clock.advance(10 * bench.settings.remembered)
    received.received_at = bench.clock.now()
    assert not inbox.forgotten(received, "con", bench.settings, bench.clock)


def test_the_pause_doubles_with_each_attempt_up_to_the_longest(bench: Workbench) -> None:
    pauses = [inbox.pause(attempt, bench.settings).total_seconds() for attempt in range(1, 8)]
    assert pauses == [10, 20, 40, 80, 160, 300, 300]


# --- what a row keeps -------------------------------------------------------------------------------------------


def test_the_row_of_a_handled_message_keeps_no_bytes() -> None:
    received = message(IDS(), IDS(), 3)
    assert inbox.row_of(received, 3) == {
        "message_id": received.key,
        "digest": received.digest,
        "state": "done",
        "received_at": BASE,
        "case_id": received.envelope.case_id,
        "sender": "gateway",
        "type": "StatusChanged",
        "number": 3,
        "attempts": 0,
        "due_at": None,
        "reason": None,
        "publisher": "gateway",
        "body": None,
        "signature": None,
    }


def test_the_row_of_a_message_that_waits_keeps_what_is_needed_to_open_it_again(bench: Workbench) -> None:
    received = message(IDS(), IDS(), 3)
    bench.put_message(received, "held", "why")
    stored = bench.inbox()[received.key]
    assert (stored["state"], stored["reason"]) == ("held", "why")
    (row,) = inbox.parked(bench.conn, bench.tables.inbox, [received.envelope.case_id], "sqlite")
    assert inbox.incoming_of(row, 3) == received.incoming


@pytest.mark.parametrize(
    "received",
    [disbelieved(BadSignature()), opened(envelope_of(IDS(), IDS(), sender="portal"))],
    ids=["unread", "read"],
)
def test_the_row_of_a_message_that_is_not_believed_names_nobody(received: Received) -> None:
    row = inbox.row_of(received, 0)
    assert [row[name] for name in ("case_id", "sender", "type")] == [None] * 3
    assert (row["message_id"], row["publisher"]) == (received.digest[:36], "gateway")


def test_the_row_of_a_message_that_the_database_will_not_take_says_why() -> None:
    received = message(IDS(), IDS(), 3)
    whole, bare = inbox.unwritable(received, lambda one: (one.key, 3), "id", ValueError("first line\nsecond line"))
    assert (whole["message_id"], whole["state"], whole["reason"]) == ("id", "dead", "ValueError: first line")
    assert (whole["number"], whole["type"], whole["body"]) == (3, "StatusChanged", received.incoming.body)
    assert (bare["message_id"], bare["state"], bare["body"]) == ("id", "dead", received.incoming.body)
    assert [bare[name] for name in ("number", "type", "case_id", "sender")] == [0, None, None, None]
    assert bare["reason"] == "ValueError: what the message says of itself cannot be kept"


def test_of_a_long_reason_the_row_keeps_a_thousand_characters() -> None:
    whole, _ = inbox.unwritable(message(IDS(), IDS()), lambda one: (one.key, 1), None, ValueError("x" * 2000))
    assert whole["reason"] == "ValueError: " + "x" * (1000 - len("ValueError: "))


@pytest.mark.parametrize(("publisher", "stored"), [("no\0body", "no\\0body"), (None, None)])
def test_the_bytes_alone_are_kept_of_a_message_without_what_no_database_takes(
    publisher: str | None, stored: str | None
) -> None:
    incoming = IncomingMessage(b"not a message", "half \ud800", 1, publisher)
    received = Received(incoming, BASE, digest(incoming.body))
    (bare,) = inbox.unwritable(received, lambda one: (one.key, 3), None, ValueError("no"))
    assert bare == {
        "message_id": received.digest[:36],
        "digest": received.digest,
        "state": "dead",
        "received_at": BASE,
        "case_id": None,
        "sender": None,
        "type": None,
        "number": 0,
        "attempts": 0,
        "due_at": None,
        "reason": "ValueError: what the message says of itself cannot be kept",
        "publisher": stored,
        "body": b"not a message",
        "signature": "half \\ud800",
    }


# --- what is asked of the table ---------------------------------------------------------------------------------


@pytest.fixture
def four(bench: Workbench) -> dict[str, Received]:
    """A message in each state, those of one case in the wrong order of their numbers."""
    case_id = IDS()
    found = {
        state: message(IDS(), case_id, number) for number, state in enumerate(("retry", "held", "dead", "done"), 2)
    }
    for state, received in found.items():
        bench.put_message(received, state)
    return found


def test_what_came_before_is_known_by_its_digest(bench: Workbench, four: dict[str, Received]) -> None:
    ids = [four["done"].key, four["held"].key, IDS()]
    expected = {four[state].key: four[state].digest for state in ("done", "held")}
    assert inbox.known(bench.conn, bench.tables.inbox, ids, "sqlite") == expected


def test_what_still_waits_is_what_is_not_done(bench: Workbench, four: dict[str, Received]) -> None:
    ids = [four[state].key for state in ("done", "held", "dead")]
    assert inbox.still_waiting(bench.conn, bench.tables.inbox, ids, "sqlite") == {four["held"].key, four["dead"].key}


def test_the_held_messages_of_a_case_come_in_the_order_of_their_numbers(
    bench: Workbench, four: dict[str, Received]
) -> None:
    case_id = four["held"].envelope.case_id
    last, first = message(IDS(), case_id, 9), message(IDS(), case_id, 1)
    for received in (last, first, message(IDS(), IDS(), 5)):
        bench.put_message(received, "held")
    found = inbox.parked(bench.conn, bench.tables.inbox, [case_id], "sqlite")
    assert [row.message_id for row in found] == [first.key, four["held"].key, last.key]
    assert inbox.count_parked(bench.conn, bench.tables.inbox) == 4
    counted = inbox.count(bench.conn, bench.tables.inbox)
    assert {state: count for state, (count, _) in counted.items()} == {"held": 4, "retry": 1, "dead": 1}


def test_each_state_is_counted_since_its_oldest_message_came(bench: Workbench, four: dict[str, Received]) -> None:
    for state, hours in (("held", 2), ("held", 3), ("dead", -1), ("done", 5)):
        received = message(IDS(), IDS())
        received.received_at -= timedelta(hours=hours)
        bench.put_message(received, state)
    assert inbox.count(bench.conn, bench.tables.inbox) == {
        "held": (3, BASE - timedelta(hours=3)),
        "retry": (1, BASE),
        "dead": (2, BASE),
    }


def test_where_nothing_waits_every_count_is_nought(bench: Workbench) -> None:
    assert inbox.count(bench.conn, bench.tables.inbox) == dict.fromkeys(("held", "retry", "dead"), (0, None))


def test_a_row_is_written_in_place_of_the_one_that_is_there(bench: Workbench, four: dict[str, Received]) -> None:
    row = inbox.row_of(four["dead"], 4) | {"reason": "replaced"}
    inbox.replace(bench.conn, bench.tables.inbox, row)
    assert bench.inbox()[four["dead"].key]["reason"] == "replaced"
    assert len(bench.inbox()) == 4


def test_dead_letters_are_listed_from_the_oldest_without_their_bytes(bench: Workbench) -> None:
    newer, older = message(IDS(), IDS()), message(IDS(), IDS())
    older.received_at -= timedelta(hours=1)
    bench.put_message(newer, "dead")
    bench.put_message(older, "dead")
    bench.put_message(message(IDS(), IDS()), "held")
    listed = in_inbox(bench.conn, bench.tables.inbox, "dead")
    assert [(one.message_id, one.sender) for one in listed] == [(older.key, "gateway"), (newer.key, "gateway")]
    assert not any(hasattr(one, name) for one in listed for name in ("body", "signature"))
    assert [one.message_id for one in in_inbox(bench.conn, bench.tables.inbox, "dead", most=1)] == [older.key]


@pytest.mark.parametrize("state", ["held", "dead", "retry"])
def test_a_waiting_message_is_found_by_its_id(bench: Workbench, four: dict[str, Received], state: str) -> None:
    assert inbox.dead_letter(bench.conn, bench.tables.inbox, four[state].key).state == state


def test_a_message_that_does_not_wait_is_no_dead_letter(bench: Workbench, four: dict[str, Received]) -> None:
    with pytest.raises(NotFound, match=f"no dead letter {four['done'].key} is here") as caught:
        inbox.dead_letter(bench.conn, bench.tables.inbox, four["done"].key)
    assert caught.value.field == "message_id"


def test_a_used_number_is_an_error_that_names_it() -> None:
    error = inbox.used(7)
    assert (error.detail, error.field, error.rule) == (
        "number 7 was used before in this case",
        "sequence",
        "ascending",
    )
