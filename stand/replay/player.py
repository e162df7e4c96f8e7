"""The player: plays a flow file over the public REST APIs of a stand as the people of the flow, and has it judged.

Before each deed it waits until what the regulation prescribes before it can be seen from outside; then the deed is
done at once. It knows operations and parties, and no regulation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec.structs import replace

from aimaq.http.client import http_client
from aimaq.language.errors import NotFound, Technical, Unavailable
from aimaq.language.messages import FINAL
from aimaq.regulation import Catalogue, Flow, Limit, Regulation
from aimaq.regulation.calendar import Calendar
from aimaq.regulation.wording import sentence
from conformance import Prescribed, awaited, judge, prescribe
from conformance.trace import Paper, Trace
from stand.client.address import StandAddress
from stand.client.clock import let_pass, stand_time
from stand.client.defaults import PATIENCE
from stand.client.http import ServiceClient
from stand.client.trace import SHOWING, fetch_trace
from stand.flowfile import Deed, FlowFile, Wait
from stand.provision.key_kinds import Kind
from stand.replay.cast import Cast
from stand.replay.operations import Hands, operation
from stand.replay.result import handed_over
from stand.replay.run import Problem, Run, Timing

FIRST_LOOK, LONGEST_LOOK = 0.004, 0.1
"""Seconds between two looks at the trace."""


async def play(
    flow: FlowFile,
    stand: StandAddress,
    seed: int | str = 1,
    *,
    catalogue: Catalogue | None = None,
    calendar: Calendar | None = None,
    patience: float = PATIENCE,
    keys: Kind = Kind.CURVE,
) -> Run:
    """Play one flow once and judge what became of its case. The same seed plays with the same people, and new `keys`.

    Unavailable if a service is out of reach, or the flow waits and the clock of this stand cannot be moved.
    """
    regulation = (catalogue or Catalogue.bundled()).regulation(flow.regulation)
    law = regulation.flow(flow.channel)
    async with http_client(timeout=patience + 60) as session:
        play = _Play(flow, regulation, law, stand, str(seed), calendar or Calendar(), patience, session, keys)
        return await play.through()


@dataclass(slots=True)
class _Play:
    """One flow being played."""

    flow: FlowFile
    regulation: Regulation
    law: Flow
    stand: StandAddress
    seed: str
    calendar: Calendar
    patience: float
    session: httpx.AsyncClient
    keys: Kind
    case_id: str = ""
    carried: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    timings: list[Timing] = field(default_factory=list)
    trace: Trace | None = None
    finished: int = 0
    """How many of the parts on the path are known to have had their effect."""

    async def through(self) -> Run:
        """Play, wait until all has had its effect, and judge."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        prescribed = prescribe(self.law, self.flow.expected)
        cast = Cast(self.session, self.stand.urls, self.stand.tokens, self.keys)
        await cast.assemble(self.flow, self.seed)
        notes = []
        happenings = list(self.flow.do)
        for number, happening in enumerate(happenings):
            coming = [one for one in happenings[number:] if isinstance(one, Deed)]
            place = prescribed.place(coming[0].ref, coming[0].operation) if coming else None
            if not await self._settled(prescribed, place.index if place else len(prescribed.places)):
                at = happening.name if isinstance(happening, Deed) else ""
                notes.append(self._tired(at))
            if isinstance(happening, Wait):
                await self._move_clock(happening)
                cast.sessions_over()
            elif not await self._do(happening, cast, prescribed):
                break
        else:
            if not await self._settled(prescribed, len(prescribed.places)):
                notes.append(self._tired(""))
        result = await self._result(cast) if self.case_id else None
        trace = await self._look() or Trace(self.case_id, self.flow.regulation, self.flow.channel)
        trace = replace(trace, result=result)
        verdict = judge(trace, self.law, self.flow.expected, self.calendar, self.regulation)
        return Run(
            flow=self.flow.name,
            file=self.flow.path,
            title=self.flow.title,
            regulation=self.flow.regulation,
            channel=self.flow.channel,
            paragraph=self.law.paragraph,
            seed=self.seed,
            case_id=self.case_id,
            conforms=verdict.conforms and all(problem.foreseen for problem in self.problems),
            verdict=verdict,
            trace=trace,
            problems=tuple(self.problems),
            notes=tuple(notes),
            timings=tuple(self.timings),
            seconds=loop.time() - began,
        )

    async def _do(self, deed: Deed, cast: Cast, prescribed: Prescribed) -> bool:
        """One deed; False if the flow cannot go on after it."""
        actor = cast.actors[deed.by]
        part = self.law.step(deed.ref).part(deed.operation)
        hands = Hands(
            regulation=self.flow.regulation,
            channel=self.flow.channel,
            person=actor.person,
            signer=actor.signer,
            subject=cast.actors[deed.using.get("for", deed.by)].person,
            login=lambda: cast.login(actor, actor.typed),
            using=deed.using,
            case_id=self.case_id,
            carried=self.carried,
            service_client=ServiceClient(self.session, self.stand.urls[part.party]),
            sign_in=lambda: cast.sign_in(actor),
            people={name: one.person for name, one in cast.actors.items()},
            queued=any(part.does == "take-ticket" for part in self.law.step(self.law.start).parts),
        )
        loop = asyncio.get_running_loop()
        began = loop.time()
        reply = await operation(deed.operation)(hands)
        self.timings.append(Timing(deed.name, loop.time() - began))
        if reply is None:
            return True
        self.case_id = self.case_id or str(reply.body.get("case_id", ""))
        actor.token = str(reply.body.get("token") or actor.token)
        refusal = _refusal_after(prescribed, deed)
        if reply.refused:
            foreseen = refusal is not None and reply.body.get("step") == refusal
            self.problems.append(Problem(deed.name, reply.status, reply.detail, foreseen))
            return foreseen
        if refusal is not None:
            detail = f"{refusal} was expected to refuse, and the service went on"
            self.problems.append(Problem(deed.name, reply.status, detail, foreseen=False))
        return True

    async def _settled(self, prescribed: Prescribed, before: int) -> bool:
        """Wait until what is prescribed before this part has been journalled and shown; False if it is not in time."""
        asked = [envelope for envelope in prescribed.messages if self.finished <= envelope.after < before]
        if not asked or not self.case_id:
            return True
        loop = asyncio.get_running_loop()
        began, pause = loop.time(), FIRST_LOOK
        while True:
            if await self._arrived(prescribed, before):
                self.timings.append(Timing("wait", loop.time() - began))
                self.finished = before
                return True
            if loop.time() - began > self.patience:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK)

    async def _arrived(self, prescribed: Prescribed, before: int) -> bool:
        trace = await self._look(showing=())
        if trace is None or awaited(prescribed, trace, before):
            return False
        described = {m.to for m in trace.messages if m.accepted and m.status and m.to in SHOWING}
        trace = await self._look(showing=sorted(described))
        return trace is not None and not _unshown(trace) and await self._answered(prescribed, before)

    async def _answered(self, prescribed: Prescribed, before: int) -> bool:
        """Whether systems have taken in what came before this part: the body a request, others what registers say."""
        for envelope in prescribed.messages:
            if not self.finished <= envelope.after < before:
                continue
            if envelope.type == "RequestSubmitted":
                service_client = ServiceClient(self.session, self.stand.urls[envelope.to])
                if (
                    await service_client.call("GET", f"/cases/{self.case_id}", token=self.stand.tokens[envelope.to])
                ).refused:
                    return False
            if envelope.type == "RegistryAsked":
                service_client = ServiceClient(self.session, self.stand.urls[envelope.sender])
                reply = await service_client.call(
                    "GET", f"/cases/{self.case_id}", token=self.stand.tokens[envelope.sender]
                )
                known = reply.body.get("registers")
                if isinstance(known, dict) and not known.keys() & set(prescribed.places[envelope.after].part.asks):
                    return False
        return True

    async def _look(self, showing: Sequence[str] = SHOWING) -> Trace | None:
        if not self.case_id:
            return None
        urls, tokens = self.stand.urls, self.stand.tokens
        try:
            return await fetch_trace(self.session, urls, self.case_id, tokens=tokens, showing=showing)
        except NotFound:
            return None

    async def _move_clock(self, wait: Wait) -> None:
        now = await stand_time(self.session, self.stand)
        if wait.unit == "working-day":
            then = self.calendar.later(now, int(wait.count))
        else:
            then = self.calendar.due(Limit(unit=wait.unit, max=wait.count), now).at
        try:
            await let_pass(self.session, self.stand, then - now)
        except Unavailable as error:
            raise Unavailable(Technical(f"{self.flow.path}:{wait.line}: {error.detail}")) from None

    async def _result(self, cast: Cast) -> Paper | None:
        """The result as the person who began the case gets it; waited for if the case should come to a final status."""
        party = self.law.front_desk
        opener = next((a for a in cast.actors.values() if a.role.party == party and a.token), None)
        final = self.flow.expected.status in FINAL and all(problem.foreseen for problem in self.problems)
        prefer = f"wait={max(1, round(self.patience))}" if final else ""
        token = opener.token if opener else self.stand.tokens[party]
        service_client = ServiceClient(self.session, self.stand.urls[party])
        return await handed_over(service_client, self.case_id, token, prefer)

    def _tired(self, at: str) -> Any:
        seconds = f"{self.patience:g}"
        return sentence(
            "{at}: күткен хабарлар {s} секунд ішінде келмеді",
            "{at}: ожидаемые сообщения не пришли за {s} с",
            "{at}: what was awaited did not come in {s} seconds",
            at=at or self.flow.name,
            s=seconds,
        )


def _refusal_after(prescribed: Prescribed, deed: Deed) -> str | None:
    """The step by which the system should refuse this deed to the person's face, if the path has one there.

    What a register or a check of documents leads to is told by messages.
    """
    place = prescribed.place(deed.ref, deed.operation)
    if place is None:
        return None
    for following in prescribed.places[place.index + 1 :]:
        if following.part.by_person or following.part.does == "ask-registry":
            return None
        if following.part.does == "refuse":
            return following.step.ref if following.step.ground in ("identity", "signature") else None
    return None


def _unshown(trace: Trace) -> list[str]:
    """The messages that tell a status to a system that shows it, and has not yet."""
    return [
        message.message_id
        for message in trace.messages
        if message.accepted
        and message.status
        and message.to in SHOWING
        and not _shows(trace, message.message_id, message.to)
    ]


def _shows(trace: Trace, message_id: str, party: str) -> bool:
    return any(shown.message_id == message_id for shown in trace.histories.get(party, ()))
