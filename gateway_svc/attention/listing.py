"""The waiting messages of the whole stand in one list and in groups, from what the services told last.

Nobody is waited for: what a party told is shown, and only a page beyond that is asked of it, for `SOON` seconds at
most.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aimaq.bus.control import SHOWN, CauseGroup, Command, Kind, WaitingMessage
from aimaq.bus.control import Waiting as Known
from aimaq.language.errors import InvalidInput, Unavailable
from aimaq.language.messages import PARTIES
from aimaq.language.visible import numbers_masked
from aimaq.pipeline.attention.causes import cause_id
from aimaq.pipeline.attention.waiting_list import Position, Sought, position
from aimaq.service import Service
from gateway_svc.attention import views
from gateway_svc.attention.cases import cases_of
from gateway_svc.attention.causes import actions_on, slug_of, title_of
from gateway_svc.attention.reports import Reports
from gateway_svc.attention.texts import BAD_CURSOR
from gateway_svc.cases.standing import Limits
from gateway_svc.cases.views import FoundCase

SOON = 2.0
"""Seconds, of real time, that a party has to list more than it told by itself."""

_NOTHING = Known(datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages are shown: those of a kind, at a party, of a cause (by its short name), on a case; which page."""

    kind: Kind | None = None
    party: str | None = None
    cause: str | None = None
    case_id: str | None = None
    after: str | None = None
    limit: int = 100


class Listing:
    """What waits on the stand, as the gateway knows it."""

    def __init__(self, service: Service, reports: Reports) -> None:
        self._service, self._reports = service, reports
        self._limits = Limits(service.catalogue)

    async def attention(self, wanted: Filter) -> views.Attention:
        """What waits, by party, by cause, and in a list; InvalidInput if the page begins at no place of a list."""
        after = _position(wanted.after) if wanted.after else None
        parties = [party for party in PARTIES if wanted.party in (None, party)]
        # all of it as it is now: while a page is asked for, a service may tell something newer
        counts, states = self.counts(), [self.state(party) for party in PARTIES]
        snapshot = {party: self._known(party) for party in parties}
        groups = [(party, group) for party in parties for group in _groups(snapshot[party], wanted)]
        pages = await asyncio.gather(*(self._page(party, snapshot[party], wanted, after) for party in parties))
        rows = sorted(
            ((party, message) for party, page in zip(parties, pages, strict=True) for message in page.messages),
            key=lambda row: (position(row[1]), row[0]),
        )
        end = min((page.end for page in pages if page.end is not None), default=None)
        within = [row for row in rows if end is None or position(row[1]) <= end]
        shown = within[: wanted.limit]
        more = len(within) > wanted.limit or end is not None
        known = [one.messages for one in snapshot.values()]
        cases = await cases_of(self._service, self._limits, _case_ids([message for _, message in shown], known))
        return views.Attention(
            at=self._service.clock.now(),
            counts=counts,
            parties=states,
            causes=_sorted([_cause(party, group, snapshot[party].messages, cases) for party, group in groups]),
            messages=[_waiting(party, message, cases) for party, message in shown],
            next=_cursor(position(shown[-1][1])) if more and shown else None,
            incomplete=[party for party, page in zip(parties, pages, strict=True) if page.incomplete],
        )

    def counts(self) -> views.Counts:
        """How many messages wait on the stand, by kind."""
        total: Counter[str] = Counter()
        for party in PARTIES:
            total.update(dict(self._known(party).counts.items()))
        return _counts(total.items())

    def state(self, party: str) -> views.PartyState:
        """How a party is, as far as it told."""
        report = self._reports.newest(party)
        silent = self._reports.silence(party) is not None
        outside = self._reports.outside(party)
        state: views.State = "outside" if outside else "silent" if silent else "telling"
        summary = report.summary if report is not None else None
        return views.PartyState(
            party=party,
            state=state,
            heard=round(asyncio.get_running_loop().time() - report.came, 1) if report is not None else None,
            at=summary.at if summary else None,
            read_at=summary.waiting.at if summary and summary.waiting else None,
            version=summary.version if summary else None,
            ready=state == "telling" and summary is not None and not summary.ailments,
            reasons=list(summary.ailments) if summary else [],
            warnings=list(summary.warnings) if summary else [],
            counts=_counts(self._known(party).counts.items()),
        )

    def group(self, party: str, kind: Kind, cause: str) -> CauseGroup | None:
        """A group by the short name of its cause; None if nothing waits there for it any more."""
        groups = self._known(party).groups
        return next((one for one in groups if one.kind == kind and cause_id(one.cause) == cause), None)

    def _known(self, party: str) -> Known:
        """What waits at a party, as it told last; nothing for one that told nothing, or is not looked at."""
        report = self._reports.newest(party)
        return report.summary.waiting or _NOTHING if report is not None else _NOTHING

    async def _page(self, party: str, known: Known, wanted: Filter, after: Position | None) -> _Page:
        """The messages of one party for a page; asked of it only if it has not told the first of them by itself."""
        causes = {group.cause for group in _groups(known, wanted)}
        cause = next(iter(causes)) if wanted.cause is not None and causes else None
        if wanted.cause is not None and cause is None:
            return _Page([])
        sought = Sought(wanted.kind, cause, wanted.case_id, after, wanted.limit + 1)
        found = sorted(filter(sought.finds, known.messages), key=position)
        end = _whole_until(known, wanted.kind)
        certain = [message for message in found if end is None or position(message) <= end]
        if end is None or len(certain) > wanted.limit or (certain and after is None):
            return _Page(certain, end)
        try:
            result = await self._reports.ask(self._command(party, sought), SOON)
        except Unavailable:
            return _Page(found, incomplete=True)
        asked = result.messages
        return _Page(asked, position(asked[-1]) if len(asked) > wanted.limit else None)

    def _command(self, party: str, sought: Sought) -> Command:
        ids = self._service.party.ids
        return Command(
            command_id=ids(),
            party=party,
            at=self._service.clock.now(),
            job=ids(),
            principal="",
            kind=sought.kind,
            cause=sought.cause,
            case_id=sought.case_id,
            after=sought.after,
            limit=sought.limit,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """Some messages of one party; `end` is up to where they are all there are, None if that is without end."""

    messages: Sequence[WaitingMessage]
    end: Position | None = None
    incomplete: bool = False


def _groups(known: Known, wanted: Filter) -> list[CauseGroup]:
    return [
        group
        for group in known.groups
        if wanted.kind in (None, group.kind) and wanted.cause in (None, cause_id(group.cause))
    ]


def _whole_until(known: Known, kind: Kind | None) -> Position | None:
    """Up to where a party has told all that waits there: to the last of each kind of which it told the oldest alone."""
    last: dict[Kind, Position] = {}
    for message in known.messages:
        last[message.kind] = max(position(message), last.get(message.kind, position(message)))
    cut = [at for one, at in last.items() if kind in (None, one) and known.counts.get(one, 0) > SHOWN]
    return min(cut, default=None)


def _case_ids(shown: Sequence[WaitingMessage], known: Collection[Sequence[WaitingMessage]]) -> set[str]:
    return {message.case_id for some in (shown, *known) for message in some if message.case_id}


def _counts(counts: Iterable[tuple[str, int]]) -> views.Counts:
    of = dict(counts)
    return views.Counts(
        dead=of.get("dead", 0),
        parked=of.get("held", 0),
        retry=of.get("retry", 0),
        unsent=of.get("unsent", 0),
        refused=of.get("refused", 0),
        rejected=of.get("rejected", 0),
    )


def _waiting(party: str, message: WaitingMessage, cases: dict[str, FoundCase]) -> views.Waiting:
    return views.Waiting(
        party=party,
        message_id=message.message_id,
        kind=message.kind,
        since=message.since,
        type=message.type,
        sender=message.sender,
        recipient=message.recipient,
        case_id=message.case_id,
        reason=numbers_masked(message.reason),
        cause=message.cause,
        cause_id=cause_id(message.cause),
        attempts=message.attempts,
        due_at=message.due_at,
        times=message.times,
        case=cases.get(message.case_id) if message.case_id else None,
    )


def _cause(
    party: str, group: CauseGroup, messages: Sequence[WaitingMessage], cases: dict[str, FoundCase]
) -> views.Cause:
    ids = {one.case_id for one in messages if (one.kind, one.cause) == (group.kind, group.cause) and one.case_id}
    limits = [case.limit for id_ in ids if (case := cases.get(id_)) is not None and case.limit is not None]
    return views.Cause(
        party=party,
        kind=group.kind,
        cause=group.cause,
        cause_id=cause_id(group.cause),
        title=title_of(group).as_dict(),
        slug=slug_of(group.cause),
        count=group.count,
        cases=group.cases,
        first=group.first,
        last=group.last,
        types=list(group.types),
        senders=list(group.senders),
        known=len(limits),
        late=sum(limit.state == "late" for limit in limits),
        actions=actions_on(group.kind),
    )


def _sorted(causes: list[views.Cause]) -> list[views.Cause]:
    """What makes cases late first, then what needs an operator, then the largest."""
    return sorted(causes, key=lambda one: (-one.late, one.kind not in ("dead", "refused"), -one.count, one.first))


def _cursor(at: Position) -> str:
    since, message_id = at
    micros = (since - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}~{message_id}".encode()).decode().rstrip("=")


def _position(cursor: str) -> Position:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        micros, tilde, message_id = data.partition("~")
        if not tilde or not micros.isdecimal() or len(micros) > _DIGITS:
            raise ValueError(data)
        return _EPOCH + timedelta(microseconds=int(micros)), message_id
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidInput(BAD_CURSOR, field="after", rule="cursor") from None


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 17
"""Digits of microseconds until after the year 5000."""
