"""Two ways to a RabbitMQ as its administrator: `rabbitmqctl` on its machine, and its management API.

Each can load definitions in one call, say what there is, and delete a virtual host or a user.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import aiohttp
from yarl import URL

from aimaq.language.errors import NotAllowed, Unavailable, Unconfigured

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stand.provision.topology import Definitions

ANSWER_WITHIN = 60.0
"""How long one command or call may take, in seconds."""

_NO_SUCH_VHOST, _NO_SUCH_USER = 65, 67


class Admin(Protocol):
    """What the stand asks of a broker's administrator. Unavailable: out of reach; NotAllowed: not let in."""

    async def load(self, definitions: Definitions) -> None:
        """Add these definitions to what there is; what is there already is left or overwritten."""
        ...

    async def export(self) -> dict[str, Any]:
        """All definitions of the broker."""
        ...

    async def queues(self, vhost: str) -> dict[str, tuple[int, int]]:
        """The queues of a virtual host with their messages and consumers."""
        ...

    async def delete_vhost(self, name: str) -> None:
        """Delete a virtual host and all in it, if it is there."""
        ...

    async def delete_user(self, name: str) -> None:
        """Delete a user, if it is there."""
        ...


class Ctl:
    """The broker of this machine through `rabbitmqctl`, which root or the broker's own user may run.

    `node` names a node other than the default; `environment` is added to the process's own.
    """

    def __init__(
        self, program: str = "rabbitmqctl", *, node: str | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        self._command = [program, *(["--node", node] if node else [])]
        self._environment = {**os.environ, **(environment or {})}

    async def load(self, definitions: Definitions) -> None:
        """See `Admin.load`."""
        await self.run("import_definitions", given=json.dumps(definitions).encode())

    async def export(self) -> dict[str, Any]:
        """See `Admin.export`."""
        answer: dict[str, Any] = json.loads(await self.run("export_definitions", "-"))
        return answer

    async def queues(self, vhost: str) -> dict[str, tuple[int, int]]:
        """See `Admin.queues`."""
        fields = ("name", "messages", "consumers")
        listed = json.loads(await self.run("list_queues", "--vhost", vhost, "--formatter", "json", *fields))
        return {q["name"]: (q["messages"], q["consumers"]) for q in listed}

    async def delete_vhost(self, name: str) -> None:
        """See `Admin.delete_vhost`."""
        await self.run("delete_vhost", name, forgiven=_NO_SUCH_VHOST)

    async def delete_user(self, name: str) -> None:
        """See `Admin.delete_user`."""
        await self.run("delete_user", name, forgiven=_NO_SUCH_USER)

    async def run(self, *arguments: str, given: bytes | None = None, forgiven: int = 0) -> bytes:
        """What a command prints; Unavailable with its complaint in one line if it fails otherwise than `forgiven`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                "--quiet",
                *arguments,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL if given is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise Unavailable(f"{self._command[0]} cannot be run on this machine: {error.strerror}") from error
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                printed, complained = await process.communicate(given)
        except TimeoutError:
            raise Unavailable(f"{self._command[0]} did not end within {ANSWER_WITHIN:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode not in (0, forgiven):
            raise Unavailable(f"{self._command[0]} {arguments[0]}: {_first_line(complained + printed)}")
        return printed


class Management:
    """A broker anywhere through its management API, at a URL with an administrator's name and password in it."""

    def __init__(self, url: str) -> None:
        try:
            given = URL(url)
            if given.scheme not in ("http", "https") or not given.host or given.user is None:
                raise ValueError(url)
        except ValueError:
            raise Unconfigured(
                "the management API is at http[s]://ADMIN:PASSWORD@HOST[:PORT]", field="management"
            ) from None
        self._user = given.user
        self._login = {"Authorization": aiohttp.encode_basic_auth(given.user, given.password or "", "utf-8")}
        self._url = given.with_user(None)

    async def load(self, definitions: Definitions) -> None:
        """See `Admin.load`."""
        await self._call("POST", "definitions", definitions)

    async def export(self) -> dict[str, Any]:
        """See `Admin.export`."""
        answer: dict[str, Any] = await self._call("GET", "definitions")
        return answer

    async def queues(self, vhost: str) -> dict[str, tuple[int, int]]:
        """See `Admin.queues`."""
        listed = await self._call("GET", f"queues/{quote(vhost, safe='')}")
        return {q["name"]: (q.get("messages", 0), q.get("consumers", 0)) for q in listed or ()}

    async def delete_vhost(self, name: str) -> None:
        """See `Admin.delete_vhost`."""
        await self._call("DELETE", f"vhosts/{quote(name, safe='')}")

    async def delete_user(self, name: str) -> None:
        """See `Admin.delete_user`."""
        await self._call("DELETE", f"users/{quote(name, safe='')}")

    async def _call(self, method: str, path: str, sent: object = None) -> Any:
        """The JSON answer; None where there is nothing (404, or no content)."""
        async with self._asked(method, path, sent) as answer:
            if answer.status in (401, 403):
                raise NotAllowed(f"the management API at {self._url} did not let {self._user} in")
            if answer.status == 404:
                return None
            text = await answer.text()
            if answer.status >= 400:
                raise Unavailable(f"the management API at {self._url}: {answer.status} {_first_line(text.encode())}")
            return json.loads(text) if text else None

    @asynccontextmanager
    async def _asked(self, method: str, path: str, sent: object) -> AsyncIterator[aiohttp.ClientResponse]:
        target = URL(f"{str(self._url).rstrip('/')}/api/{path}", encoded=True)
        limit = aiohttp.ClientTimeout(total=ANSWER_WITHIN)
        try:
            async with (
                aiohttp.ClientSession(headers=self._login, timeout=limit) as session,
                session.request(method, target, json=sent) as answer,
            ):
                yield answer
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"no management API answers at {self._url}") from error


def _first_line(printed: bytes) -> str:
    lines = [line.strip() for line in printed.decode(errors="replace").splitlines() if line.strip()]
    told = [line for line in lines if line != "Error:"]
    return told[0] if told else "it failed and said nothing"
