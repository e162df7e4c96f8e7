"""Two ways to a RabbitMQ as its administrator: `rabbitmqctl` on its machine, and its management API.

Each can load definitions in one call, say what there is, and delete a virtual host or a user.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import httpx

from aimaq.http.client import http_client
from aimaq.language.errors import NotAllowed, Technical, Unavailable, Unconfigured

if TYPE_CHECKING:
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

    async def connected(self) -> frozenset[str]:
        """The users that have a connection now."""
        ...

    async def delete_queue(self, vhost: str, name: str) -> None:
        """Delete a queue with what is in it."""
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
        await self.run("import_definitions", stdin=json.dumps(definitions).encode())

    async def export(self) -> dict[str, Any]:
        """See `Admin.export`."""
        answer: dict[str, Any] = json.loads(await self.run("export_definitions", "-"))
        return answer

    async def queues(self, vhost: str) -> dict[str, tuple[int, int]]:
        """See `Admin.queues`."""
        fields = ("name", "messages", "consumers")
        listed = json.loads(await self.run("list_queues", "--vhost", vhost, "--formatter", "json", *fields))
        return {q["name"]: (q["messages"], q["consumers"]) for q in listed}

    async def connected(self) -> frozenset[str]:
        """See `Admin.connected`."""
        listed = json.loads(await self.run("list_connections", "--formatter", "json", "user"))
        return frozenset(connection["user"] for connection in listed)

    async def delete_queue(self, vhost: str, name: str) -> None:
        """See `Admin.delete_queue`."""
        await self.run("delete_queue", "--vhost", vhost, name)

    async def delete_vhost(self, name: str) -> None:
        """See `Admin.delete_vhost`."""
        await self.run("delete_vhost", name, forgiven=_NO_SUCH_VHOST)

    async def delete_user(self, name: str) -> None:
        """See `Admin.delete_user`."""
        await self.run("delete_user", name, forgiven=_NO_SUCH_USER)

    async def run(self, *arguments: str, stdin: bytes | None = None, forgiven: int = 0) -> bytes:
        """What a command prints; Unavailable with its complaint in one line if it fails otherwise than `forgiven`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                "--quiet",
                *arguments,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise Unavailable(
                Technical(f"{self._command[0]} cannot be run on this machine: {error.strerror}")
            ) from error
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                printed, complained = await process.communicate(stdin)
        except TimeoutError:
            raise Unavailable(Technical(f"{self._command[0]} did not end within {ANSWER_WITHIN:g} s")) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode not in (0, forgiven):
            raise Unavailable(Technical(f"{self._command[0]} {arguments[0]}: {_first_line(complained + printed)}"))
        return printed


class Management:
    """A broker anywhere through its management API, at a URL with an administrator's name and password in it."""

    def __init__(self, url: str) -> None:
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL:
            address = httpx.URL()
        if address.scheme not in ("http", "https") or not address.host or not address.username:
            raise Unconfigured("the management API is at http[s]://ADMIN:PASSWORD@HOST[:PORT]", field="management")
        self._user = address.username
        self._login = httpx.BasicAuth(address.username, address.password)
        self._url = str(address.copy_with(userinfo=b"")).rstrip("/")

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

    async def connected(self) -> frozenset[str]:
        """See `Admin.connected`."""
        return frozenset(connection.get("user", "") for connection in await self._call("GET", "connections") or ())

    async def delete_queue(self, vhost: str, name: str) -> None:
        """See `Admin.delete_queue`."""
        await self._call("DELETE", f"queues/{quote(vhost, safe='')}/{quote(name, safe='')}")

    async def delete_vhost(self, name: str) -> None:
        """See `Admin.delete_vhost`."""
        await self._call("DELETE", f"vhosts/{quote(name, safe='')}")

    async def delete_user(self, name: str) -> None:
        """See `Admin.delete_user`."""
        await self._call("DELETE", f"users/{quote(name, safe='')}")

    async def _call(self, method: str, path: str, sent: object = None) -> Any:
        """The JSON answer; None where there is nothing (404, or no content)."""
        try:
            async with http_client(timeout=ANSWER_WITHIN) as http:
                answer = await http.request(method, f"{self._url}/api/{path}", json=sent, auth=self._login)
        except httpx.HTTPError as error:
            raise Unavailable(Technical(f"no management API answers at {self._url}")) from error
        if answer.status_code in (401, 403):
            raise NotAllowed(Technical(f"the management API at {self._url} did not let {self._user} in"))
        if answer.status_code == 404:
            return None
        if answer.status_code >= 400:
            raise Unavailable(
                Technical(f"the management API at {self._url}: {answer.status_code} {_first_line(answer.content)}")
            )
        return json.loads(answer.content) if answer.content else None


def _first_line(printed: bytes) -> str:
    lines = [line.strip() for line in printed.decode(errors="replace").splitlines() if line.strip()]
    described = [line for line in lines if line != "Error:"]
    return described[0] if described else "it failed and said nothing"
