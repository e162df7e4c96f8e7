"""The page of what waits for an operator: groups by cause, the messages of one of them, and what is done about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from aimaq.access.administration import Principal
from aimaq.bus.control import MOST_REASON, Action, Kind
from aimaq.language.bounds import NAME, TEXT, Characters
from aimaq.language.errors import InvalidInput
from aimaq.language.messages import PARTIES, TYPES
from aimaq.pipeline.attention.texts import ALREADY, IMPOSSIBLE
from aimaq.web.callers import note
from gateway_svc.attention import views
from gateway_svc.attention.choice import CauseChoice, MessageChoice, chosen
from gateway_svc.attention.jobs import Running
from gateway_svc.attention.listing import Filter
from gateway_svc.attention.texts import NOTHING_CHOSEN
from gateway_svc.console import labels
from gateway_svc.console.console import Console
from gateway_svc.console.pages import attention_words
from gateway_svc.endpoints.attention import CauseId, Party

PAGE = 50
"""Messages of a group on one page, and groups."""
PATH = "/console/attention"
_KINDS: tuple[str, ...] = get_args(Kind)
_ORDER: tuple[Kind, ...] = ("dead", "held", "retry", "unsent", "rejected", "refused")
_SIGNS = {
    "dead": "dead",
    "held": "held",
    "retry": "retry",
    "unsent": "ahead",
    "rejected": "refused",
    "refused": "cross",
}
_TONES = {"dead": "late", "held": "near", "retry": "run", "unsent": "near", "rejected": "late", "refused": "late"}


class Sent(BaseModel):
    """What a form of the page sends: messages, or a group, why, and where the form stood."""

    message: Annotated[list[Annotated[str, Field(max_length=2 * NAME)]], Field(max_length=500)] = []
    group: Annotated[str, Characters(NAME)] = ""
    reason: Annotated[str, Characters(MOST_REASON, lines=True)] = ""
    next: Annotated[str, Characters(TEXT)] = PATH


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    kind: Kind | None = None
    party: str | None = None
    cause: str | None = None
    case_id: str | None = None

    @property
    def narrowed(self) -> bool:
        """Whether it asks for less than all."""
        return any(one is not None for one in (self.kind, self.party, self.cause, self.case_id))

    def address(self, **changes: str | None) -> str:
        """The address that asks for the same but for these changes."""
        asked = {"kind": self.kind, "party": self.party, "cause": self.cause, "case_id": self.case_id} | changes
        words = urlencode({name: value for name, value in asked.items() if value is not None})
        return f"{PATH}?{words}" if words else PATH


def router(console: Console) -> APIRouter:
    """The page, what its forms send, and how far an action is."""
    pages, attended = console.router(), console.attended
    listing, jobs = attended.listing, attended.jobs

    async def count() -> int:
        return listing.counts().all

    console.counts["attention"] = count

    @pages.get("/attention", dependencies=[console.caller("dead-letters.read")])
    async def attention(
        request: Request,
        kind: Kind | None = None,
        party: Party | None = None,
        cause: Annotated[CauseId | None, Query()] = None,
        case_id: Annotated[str | None, Query(pattern="^[0-9a-f-]{36}$")] = None,
        after: Annotated[str | None, Query(max_length=NAME)] = None,
        job: Annotated[str | None, Query(max_length=NAME)] = None,
    ) -> Response:
        """What waits: what `GET /attention` answers with the same filters, for people."""
        asked = Asked(kind, party, cause, case_id)
        found = await listing.attention(Filter(kind, party, cause, case_id, after, PAGE))
        own = [jobs.job(job)] if job and jobs.knows(job) else []
        running = [one for one in jobs.all() if one.state == "running" and one not in own]
        return await console.page(
            request,
            "attention.html",
            active="attention",
            found=found,
            asked=asked,
            after=after,
            open=cause is not None or case_id is not None,
            causes=found.causes[:PAGE],
            jobs=[_shown(one) for one in [*own, *running]],
            may=_may(console, request),
            W=_WORDS,
        )

    @pages.get("/attention/jobs/{job}", dependencies=[console.caller("dead-letters.read")])
    async def progress(request: Request, job: str) -> Response:
        """How far an action is: the part of the page that shows it."""
        shown = _shown(jobs.job(job))
        return await console.page(request, "_attention_job.html", one=shown, may=_may(console, request), W=_WORDS)

    @pages.post("/attention/jobs/{job}/stop", dependencies=[console.caller("dead-letters.requeue")])
    async def stop(job: str) -> Response:
        """Have an action do nothing more than what is under way."""
        return _to(jobs.stop(job).job, PATH)

    def begin(action: Action, sent: Sent, principal: Principal, request: Request) -> Response:
        messages = [] if sent.group else [_message(one) for one in sent.message]
        groups = [_group(sent.group)] if sent.group else []
        job = jobs.start(action, chosen(listing, messages, groups), principal.name, sent.reason)
        note(request, object=job.job, reason=sent.reason)
        return _to(job.job, sent.next)

    requeuing: Any = console.caller("dead-letters.requeue")
    returning: Any = console.caller("dead-letters.return")
    dropping: Any = console.caller("dead-letters.drop")

    @pages.post("/attention/requeue")
    async def requeue(request: Request, sent: Annotated[Sent, Form()], principal: Principal = requeuing) -> Response:
        """Put messages back."""
        return begin("requeue", sent, principal, request)

    @pages.post("/attention/return")
    async def send_back(request: Request, sent: Annotated[Sent, Form()], principal: Principal = returning) -> Response:
        """Return messages to their senders."""
        return begin("return", sent, principal, request)

    @pages.post("/attention/drop")
    async def drop(request: Request, sent: Annotated[Sent, Form()], principal: Principal = dropping) -> Response:
        """Drop messages."""
        return begin("drop", sent, principal, request)

    return pages


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job as the page shows it: with what needs somebody of what came of it."""

    job: views.Job
    troubled: list[views.Done]
    failures: dict[str, object]


def _shown(job: Running) -> ShownJob:
    return ShownJob(job.view(0, 0), job.troubled(PAGE), {party: error.texts for party, error in job.failures.items()})


def _may(console: Console, request: Request) -> frozenset[str]:
    """The actions that the reader may do."""
    session = console.sessions.read(request.cookies)
    permissions = session.principal.permissions if session is not None else frozenset[str]()
    return frozenset(action for action in ("requeue", "return", "drop") if f"dead-letters.{action}" in permissions)


def _to(job: str, where: str) -> Response:
    """Back to the page where the form stood, with the job on it."""
    path, _, query = where.partition("?")
    if path != PATH:
        query = ""
    rest = "&".join(part for part in query.split("&") if part and not part.startswith(("job=", "after=")))
    return RedirectResponse(f"{PATH}?{rest + '&' if rest else ''}job={job}", status_code=303)


def _message(text: str) -> MessageChoice:
    """A message as the page's form names it; InvalidInput if it is none."""
    party, _, rest = text.partition("~")
    message_id, _, times = rest.partition("~")
    if party not in PARTIES or not 0 < len(message_id) <= NAME or not (times.isdecimal() and len(times) < 10):
        raise InvalidInput(NOTHING_CHOSEN, field="message", rule="party~id~times")
    return MessageChoice(party, message_id, int(times))


def _group(text: str) -> CauseChoice:
    """A group as the page's form names it; InvalidInput if it is none."""
    party, _, rest = text.partition("~")
    kind, _, cause = rest.partition("~")
    if party not in PARTIES or kind not in _KINDS:
        raise InvalidInput(NOTHING_CHOSEN, field="group", rule="party~kind~cause")
    return CauseChoice(party, cast(Kind, kind), cause)


_WORDS = {
    **labels.words(vars(attention_words)),
    "ALREADY": ALREADY,
    "IMPOSSIBLE": IMPOSSIBLE,
    "TYPES": TYPES,
    "ORDER": _ORDER,
    "SIGNS": _SIGNS,
    "TONES": _TONES,
    "PATH": PATH,
    "OWN": "the token of gateway",
}
