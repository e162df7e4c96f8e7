"""A stand whose refusals are listened to: every problem that a person is told, and the raise that it came from."""

from __future__ import annotations

import base64
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from aimaq.eds.findings import Finding
from aimaq.http.client import http_client
from aimaq.language.errors import AimaqError
from aimaq.web import app, problems
from aimaq.web.server import protocol
from gateway_svc.console.console import Console
from stand.people.person import Person, people
from tests.refusals.english import english, fields_of, texts
from tests.refusals.sites import ROOT, Site
from tests.web.people import People
from tests.web.staff import Counter, Staff, form_of

Hit = tuple[str, int]
"""A file and a line in it that raised."""

_fresh = count()


@dataclass
class World:
    """The stand and everybody before its doors; `language` is what they all read."""

    staff: Staff
    patch: pytest.MonkeyPatch
    language: str
    hits: set[Hit] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    """The rules that refusals named."""
    codes: set[str] = field(default_factory=set)
    """The codes of findings that were told."""
    wrong: list[str] = field(default_factory=list)
    """What was told in English, or without saying in which language."""

    def __post_init__(self) -> None:
        """Listen at every door, and note which error brings which text along."""
        answer, made, as_dict, page = problems.answer, AimaqError.__init__, Finding.as_dict, Console.page
        by_text: dict[int, list[AimaqError]] = {}

        def noted(error: AimaqError, *arguments: Any, **more: Any) -> None:
            made(error, *arguments, **more)
            if error.texts is not error.title:
                by_text.setdefault(id(error.texts), []).append(error)

        def listening(error: AimaqError, reader: str) -> Response:
            if reader == self.language and error.detail != error.texts.en:
                self.wrong.append(f"for systems alone: {error.detail!r}")
            for one in (error, sys.exception(), *by_text.get(id(error.texts), ())):
                self.note(one)
            return answer(error, reader)

        def listed(finding: Finding, reader: str) -> dict[str, object]:
            for one in by_text.get(id(finding.particulars), ()):
                self.note(one)
            return as_dict(finding, reader)

        async def shown(console: Console, request: Request, template: str, **more: Any) -> HTMLResponse:
            error: AimaqError | None = more.get("error")
            reader = console.reader(request).language
            if error is not None:
                for one in (error, sys.exception(), *by_text.get(id(error.texts), ())):
                    self.note(one)
                self.look(error.problem(reader), reader, f"{request.method} {request.url.path}: ")
            return await page(console, request, template, **more)

        self.patch.setattr(Console, "page", shown)
        self.patch.setattr(AimaqError, "__init__", noted)
        self.patch.setattr(Finding, "as_dict", listed)
        for module in (app, problems, protocol):
            self.patch.setattr(module, "answer", listening)
        for client in (self.people.portal, self.people.con, self.people.lea, self.people.gateway, self.registry):
            self.read_by(client)

    def note(self, error: BaseException | None) -> None:
        """Take down where an error was raised that somebody is told, and each error that it came of."""
        while error is not None:
            frames = traceback.extract_tb(error.__traceback__)
            ours = [one for one in frames if Path(one.filename).is_relative_to(ROOT) and ".venv" not in one.filename]
            if ours:
                self.hits.add((Path(ours[-1].filename).relative_to(ROOT).as_posix(), ours[-1].lineno or 0))
            error = error.__context__

    def read_by(self, client: httpx.AsyncClient) -> httpx.AsyncClient:
        """Have a client ask in the language, and look at all that it is refused with."""
        client.headers["Accept-Language"] = self.language
        client.event_hooks = client.event_hooks | {"response": [self.read]}
        return client

    async def read(self, answer: httpx.Response) -> None:
        """Look at a refusal: that it has no English, and says which language it is in; and at findings."""
        await answer.aread()
        where = f"{answer.request.method} {answer.request.url.path}: "
        if answer.headers.get("content-type") == "application/problem+json":
            self.look(answer.json(), answer.headers.get("content-language", ""), where)
        elif b'"findings":' in answer.content:
            self.hear(answer.json(), where)

    def look(self, document: dict[str, Any], language: str, where: str) -> None:
        """Look at a problem document in a language, and take down the rules and codes in it."""
        if language != self.language:
            self.wrong.append(f"{where}is in {language}")
        self.hear(document, where)
        self.rules |= {str(document.get("rule")), *(str(one["rule"]) for one in document.get("errors", ()))}
        self.codes |= {one["code"] for one in document.get("findings", ()) if isinstance(one, dict)}

    def hear(self, document: dict[str, Any], where: str) -> None:
        """Look for English in what a document says to its reader."""
        for text in texts(document):
            if words := english(text, fields_of(document)):
                self.wrong.append(f"{where}{words} in {text!r}")

    def met(self, site: Site) -> bool:
        """Whether somebody was refused by this raise."""
        return any(file == site.file and site.first <= line <= site.last for file, line in self.hits)

    @property
    def people(self) -> People:
        """Those before the doors."""
        return self.staff.people

    @property
    def registry(self) -> httpx.AsyncClient:
        """A client of the registry."""
        return self.staff.registry

    @property
    def counter(self) -> Counter:
        """The service centre's counter."""
        return Counter(self.staff)

    @property
    def admin(self) -> dict[str, str]:
        """The administrator's headers."""
        return self.people.admin

    async def stranger(self, usage: str = "", at: str = "") -> Person:
        """Somebody new, with a certificate if `usage` says of which kind, registered if `at` says where."""
        person = next(people(f"languages {next(_fresh)}"))
        if usage:
            url = self.people.parties.services["portal"].settings.registry_url
            async with http_client() as session:
                token = self.people.parties.services["registry"].administration.token
                await person.request_certificate(session, url, token, usage)
        if at:
            new = {"iin": person.iin, "password": person.password, "name": person.name}
            client: httpx.AsyncClient = getattr(self.people, at)
            answer = await client.post("/users", json=new, headers=self.admin)
            assert answer.status_code == 201, answer.text
        return person

    async def challenged(self, person: Person, over: bytes = b"", at: str = "portal") -> dict[str, str]:
        """How a person signs in with a certificate; `over` is what they sign, if it is not the challenge."""
        client: httpx.AsyncClient = getattr(self.people, at)
        text: str = (await client.post("/challenges")).json()["challenge"]
        return {"challenge": text, "cms": encoded(person.sign(over or text.encode()))}

    async def assigned(self, regulation: str, who: str = "citizen") -> str:
        """A case at the body that the head has given to the executor."""
        case_id = await self.staff.begun("clerk", regulation, getattr(self.people, who))
        await self.staff.did(case_id, ("head", "assignment"))
        return case_id

    def form(self, regulation: str, **more: Any) -> dict[str, Any]:
        """The citizen's form."""
        return form_of(regulation, self.people.citizen, **more)


Provocation = Callable[[World], Awaitable[Any]]
"""Something that a person does and that is refused."""


def encoded(data: bytes) -> str:
    """Bytes as base64 text."""
    return base64.b64encode(data).decode()
