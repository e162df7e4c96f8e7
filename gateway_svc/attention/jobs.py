"""Actions on many messages at once: each is a job at the gateway, which commands the parties and counts the answers.

A job is of this run of the gateway. What it has done stands at the parties, and whoever begins it again does nothing
twice.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from aimaq.bus.control import Action, Command, Done, Kind, Picked, Result
from aimaq.language.errors import AimaqError, AlreadyThere, InvalidInput, NotFound, TooManyRequests
from aimaq.service import Service
from gateway_svc.attention import views
from gateway_svc.attention.reports import Reports
from gateway_svc.attention.texts import BUSY, NEEDS_REASON, NO_JOB, NOTHING_CHOSEN, OUTSIDE, TOO_MANY_JOBS

PORTION = 500
"""How many messages one command is about."""
MOST_RUNNING = 20
MOST_REMEMBERED = 50
"""Jobs that run at a time, and that are remembered."""
MOST_RESULTS = 100_000
"""Results that are remembered of all jobs together: of more, the oldest jobs are forgotten."""


@dataclass(frozen=True, slots=True)
class Group:
    """The messages of one kind that wait at a party for one cause; `count` is how many there were."""

    party: str
    kind: Kind
    cause: str
    count: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an operator has chosen: messages, by the party where they wait, and whole groups."""

    picked: dict[str, tuple[Picked, ...]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()

    @property
    def total(self) -> int:
        """How many messages that is."""
        return sum(map(len, self.picked.values())) + sum(group.count for group in self.groups)

    @property
    def parties(self) -> set[str]:
        """Where they wait."""
        return set(self.picked) | {group.party for group in self.groups}


@dataclass(slots=True)
class Running:
    """One job, as far as it is."""

    job: str
    action: Action
    principal: str
    reason: str
    chosen: Chosen
    begun_at: datetime
    state: views.JobState = "running"
    ended_at: datetime | None = None
    total: int = 0
    results: dict[tuple[str, str], Done] = field(default_factory=dict)
    """By party and message id, in the order in which they came."""
    failures: dict[str, AimaqError] = field(default_factory=dict)
    """Why a party did no more of it."""
    stopping: bool = False

    def view(self, after: int, limit: int) -> views.Job:
        """How far it is, and the results after so many."""
        page = list(islice(self.results.items(), after, after + limit))
        more = after + len(page) < len(self.results)
        return views.Job(
            job=self.job,
            action=self.action,
            state=self.state,
            principal=self.principal,
            reason=self.reason,
            begun_at=self.begun_at,
            ended_at=self.ended_at,
            total=max(self.total, len(self.results)),
            done=len(self.results),
            outcomes=dict(Counter(done.outcome for done in self.results.values())),
            failures={party: error.detail for party, error in self.failures.items()},
            results=[_done(party, done) for (party, _), done in page],
            next=after + len(page) if more or self.state == "running" else None,
        )

    def troubled(self, most: int) -> list[views.Done]:
        """The first of the results that somebody should look at."""
        wrong = ((party, done) for (party, _), done in self.results.items() if done.outcome not in _WELL)
        return [_done(party, done) for party, done in islice(wrong, most)]


class Jobs:
    """The jobs of this run of the gateway."""

    def __init__(self, service: Service, reports: Reports) -> None:
        self._service, self._reports = service, reports
        self._jobs: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        service.closers.append(self.close)

    def start(self, action: Action, chosen: Chosen, principal: str, reason: str) -> Running:
        """Begin a job.

        InvalidInput if nothing is chosen, or a reason lacks; AlreadyThere if somebody is acting on one of the groups;
        TooManyRequests while too many are under way.
        """
        if not chosen.total:
            raise InvalidInput(NOTHING_CHOSEN, field="messages", rule="at least one")
        if action != "requeue" and not reason.strip():
            raise InvalidInput(NEEDS_REASON, field="reason", rule="not empty")
        for party in sorted(chosen.parties):
            if self._reports.outside(party):
                raise InvalidInput(OUTSIDE.format(party=party), field="party", rule="one of ours")
        running = [job for job in self._jobs.values() if job.state == "running"]
        for job in running:
            if {(one.party, one.kind, one.cause) for one in job.chosen.groups} & {
                (one.party, one.kind, one.cause) for one in chosen.groups
            }:
                at = f"{job.begun_at:%F %T} UTC"
                raise AlreadyThere(BUSY.format(by=job.principal, at=at), field="groups", job=job.job)
        if len(running) >= MOST_RUNNING:
            raise TooManyRequests(TOO_MANY_JOBS)
        clock, ids = self._service.clock, self._service.party.ids
        job = Running(ids(), action, principal, reason, chosen, clock.now(), total=chosen.total)
        self._jobs[job.job] = job
        self._forget()
        task = asyncio.get_running_loop().create_task(self._run(job), name=f"the action {job.job}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def job(self, job_id: str) -> Running:
        """A job by its id; NotFound if there is none."""
        if (job := self._jobs.get(job_id)) is None:
            raise NotFound(NO_JOB.format(job=job_id), field="job")
        return job

    def knows(self, job_id: str) -> bool:
        """Whether there is a job of this id."""
        return job_id in self._jobs

    def all(self) -> list[Running]:
        """The jobs that are remembered, the newest first."""
        return list(reversed(self._jobs.values()))

    def stop(self, job_id: str) -> Running:
        """Have a job do nothing more than what is under way; NotFound if there is none."""
        job = self.job(job_id)
        job.stopping = True
        return job

    async def close(self) -> None:
        """Give up what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _forget(self) -> None:
        """Forget the oldest jobs that are over, where there are too many, or too many results."""
        results = sum(len(job.results) for job in self._jobs.values())
        for job_id, job in list(self._jobs.items()):
            if len(self._jobs) <= MOST_REMEMBERED and results <= MOST_RESULTS:
                break
            if job.state != "running":
                results -= len(job.results)
                del self._jobs[job_id]

    async def _run(self, job: Running) -> None:
        try:
            await asyncio.gather(*(self._at(job, party) for party in sorted(job.chosen.parties)))
            job.state = "stopped" if job.stopping and len(job.results) < job.total else "done"
            job.state = "failed" if job.failures else job.state
        except BaseException:
            job.state = "failed"
            raise
        finally:
            job.ended_at = self._service.clock.now()

    async def _at(self, job: Running, party: str) -> None:
        """What a job does at one party: a command after the other."""
        try:
            picked = job.chosen.picked.get(party, ())
            for some in _portions(picked):
                if not job.stopping:
                    await self._command(job, party, picked=some)
            for group in (one for one in job.chosen.groups if one.party == party):
                left = 1
                while left and not job.stopping:
                    before = len(job.results)
                    result = await self._command(job, party, kind=group.kind, cause=group.cause, limit=PORTION)
                    left = result.left if len(job.results) > before else 0
        except AimaqError as error:
            job.failures[party] = error

    async def _command(
        self,
        job: Running,
        party: str,
        picked: tuple[Picked, ...] = (),
        kind: Kind | None = None,
        cause: str | None = None,
        limit: int = 0,
    ) -> Result:
        command = Command(
            command_id=self._service.party.ids(),
            party=party,
            at=self._service.clock.now(),
            job=job.job,
            principal=job.principal,
            action=job.action,
            reason=job.reason,
            picked=picked,
            kind=kind,
            cause=cause,
            limit=limit,
        )
        result = await self._reports.ask(command)
        job.results |= {(party, done.message_id): done for done in result.done}
        return result


_WELL = frozenset({"handled", "sent", "returned", "dropped", "retry"})
"""The outcomes of which nobody need take notice."""


def _done(party: str, done: Done) -> views.Done:
    return views.Done(party, done.message_id, done.outcome, done.detail, done.by, done.at)


def _portions(picked: Sequence[Picked]) -> Iterator[tuple[Picked, ...]]:
    return (tuple(picked[start : start + PORTION]) for start in range(0, len(picked), PORTION))
