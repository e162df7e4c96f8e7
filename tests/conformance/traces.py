"""Traces made by hand: the one that a flow prescribes, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from aimaq.language.messages import StepRecord
from aimaq.regulation import Catalogue, Flow
from conformance import Expected, prescribe
from conformance.trace import Message, Paper, Shown, Trace

REGULATION = "unemployed-certificate-2012"
OPENED = datetime(2026, 3, 18, 5, 0, tzinfo=UTC)
"""A Wednesday, ten o'clock in Almaty; Nauryz begins on the Saturday after it."""

STATUS = {"assign": "in_progress", "prepare": "in_progress", "decide": None}
OUTCOMES = {
    "certificate": {"process-7": "granted"},
    "refusal": {"process-7": "denied"},
    "refused-authorisation": {"condition-1": "wrong"},
    "refused-signature": {"condition-2": "wrong"},
}


def flow(channel: str) -> Flow:
    """The flow of the regulation that these tests live in."""
    return Catalogue.bundled().flow(REGULATION, channel)


def expected(channel: str, outcome: str = "certificate", taken: tuple[str, ...] = ()) -> Expected:
    """What a case that comes out so should come to."""
    law, outcomes = flow(channel), OUTCOMES[outcome]
    end = law.end(outcomes)
    return Expected(
        outcomes=outcomes,
        end=end,
        status=law.ends[end].status,
        result=law.ends[end].result,
        taken=frozenset(taken),
    )


def ideal(
    channel: str,
    outcome: str = "certificate",
    taken: tuple[str, ...] = (),
    pace: Callable[[str], timedelta] = lambda name: timedelta(seconds=1),
) -> Trace:
    """The trace of a case in which everything went as prescribed. `pace` is how long a part took, by its name."""
    return ideal_of(REGULATION, flow(channel), expected(channel, outcome, taken), pace)


def ideal_of(
    regulation: str, law: Flow, wanted: Expected, pace: Callable[[str], timedelta] = lambda name: timedelta(seconds=1)
) -> Trace:
    """The same for any flow of any regulation, and whatever it should come to."""
    prescribed = prescribe(law, wanted)
    now, decision, since = OPENED, "denied" if "denied" in wanted.outcomes.values() else "granted", OPENED
    pending: dict[str, list[StepRecord]] = {}
    messages: list[Message] = []
    histories: dict[str, list[Shown]] = {"portal": [], "con": [], "lea": []}
    reported: str | None = None
    for place in prescribed.places:
        if not place.needed:
            continue
        ref, operation = place.key
        now += pace(f"{ref}/{operation}")
        branch = next(iter(place.outcomes)) if len(place.outcomes) == 1 else decision
        made = branch if place.last else "ok"
        record = StepRecord(ref, operation, place.part.by, made, since, now)
        pending.setdefault(place.part.party, []).append(record)
        since = now
        if operation in STATUS:
            reported = STATUS[operation] or {"granted": "completed", "denied": "refused"}[decision]
        elif operation == "register":
            reported = reported or "received"
        for due in [x for x in prescribed.messages if x.after == place.index]:
            now += timedelta(milliseconds=2)
            status = due.status or (
                reported if due.type in ("StatusChanged", "ResultIssued", "RequestRegistered") else None
            )
            steps = tuple(pending.pop(due.sender, ())) if due.sender != "gateway" else ()
            messages.append(
                Message(
                    message_id=f"m{len(messages) + 1}",
                    type=due.type,
                    sender=due.sender,
                    recipient="lea:somewhere" if due.to == "lea" else due.to,
                    occurred_at=now - timedelta(milliseconds=1),
                    journalled_at=now,
                    sequence=len(messages) + 1,
                    status=status,
                    steps=steps,
                )
            )
            if status and due.to in histories:
                histories[due.to].append(Shown(status, now + timedelta(milliseconds=1), f"m{len(messages)}"))
    paper = Paper(decision, wanted.result, "N1", document=True, signature=True) if wanted.result else None
    return Trace(
        case_id="c1",
        regulation=regulation,
        channel=law.channel,
        status=wanted.status,
        end=wanted.end,
        opened_at=OPENED,
        messages=tuple(messages),
        histories={party: tuple(shown) for party, shown in histories.items()},
        result=paper,
    )


def change_records(trace: Trace, change: Callable[[StepRecord], StepRecord | None]) -> Trace:
    """The trace with each record changed; those for which `change` gives None are left out."""
    messages = []
    for message in trace.messages:
        changed = (change(record) for record in message.steps)
        messages.append(replace(message, steps=tuple(record for record in changed if record is not None)))
    return replace(trace, messages=tuple(messages))


def change_messages(trace: Trace, change: Callable[[Message], Message | None]) -> Trace:
    """The trace with each message changed; those for which `change` gives None are left out."""
    changed = (change(message) for message in trace.messages)
    return replace(trace, messages=tuple(message for message in changed if message is not None))
