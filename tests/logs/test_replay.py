"""A whole replay at the most verbose log level: no key, password, token, IIN or BIN is in any line of any service."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from aimaq.eds.x509.profile import PrivateKey
from aimaq.http.client import http_client
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from stand.bench.stands import ports_in_a_row
from stand.client.address import StandAddress
from stand.client.http import Reply, ServiceClient
from stand.commands.cli import load
from stand.commands.tester.playing import play_all
from stand.flowfile import FLOWS
from stand.flowfile import load as load_flow
from stand.provision import broker, databases
from stand.provision.key_kinds import Kind
from stand.runtime.embedded import embedded
from stand.runtime.logs import OWN, logs
from stand.runtime.up import until_ready
from tests.databases import SERVER
from tests.faults import bewitch
from tests.fixtures_broker import ON_BROKER, administrator
from tests.waiting import eventually

pytestmark = pytest.mark.slow

KINDS = (
    "refused-signature",
    "not-signed",
    "wrong-password",
    "documents-refused",
    "by-proxy",
    "organisation",
    "elsewhere",
    "no-data",
    "in-time",
)
"""What the flows have in their names that are played here beside one that is granted; the first of each."""
ONE = "unemployed-certificate-2012"
NUMBER = re.compile(r"(?<![0-9a-f-])\d{12}(?![0-9a-f-])")
"""An IIN or BIN; not a part of a UUID or a digest, which may be all digits and is no secret."""
aimaq = load(["replay"])


def flows() -> list[Path]:
    """A flow of each kind."""
    paths = sorted(FLOWS.glob("*/*.yaml"))
    return sorted(FLOWS.glob(f"{ONE}/*.yaml")) + [next(path for path in paths if kind in path.stem) for kind in KINDS]


@dataclass
class Overheard:
    """What clients sent and got that must not be in a log, by kind."""

    found: dict[str, set[str]] = field(default_factory=lambda: {"number": set(), "password": set(), "token": set()})
    keys: list[PrivateKey] = field(default_factory=list)

    def hear(self, value: Any, name: str = "") -> None:
        """Take down what is secret in the body of a request or an answer."""
        if isinstance(value, dict):
            for key, inner in value.items():
                self.hear(inner, key)
        elif isinstance(value, list):
            for inner in value:
                self.hear(inner, name)
        elif isinstance(value, str):
            if name in ("password", "token"):
                self.found[name].add(value)
            self.found["number"].update(NUMBER.findall(value))

    def files(self, home: Path) -> None:
        """Take down the keys, tokens and passwords in a stand's home."""
        for path in (*home.rglob("*.pem"), *home.rglob("*.token"), *home.rglob("keys/broker/*")):
            if not path.is_file() or not (text := path.read_text(errors="replace")).strip():
                continue
            if "PRIVATE KEY" in text:
                self.found.setdefault("key", set()).update(lines(text))
            elif "CERTIFICATE" not in text:
                self.found["token"].add(text.strip())

    def read_in(self, log: str) -> list[str]:
        """Of which kind is what can be read in a log, never itself."""
        for key in self.keys:
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
            self.found.setdefault("key", set()).update(lines(pem))
        return [kind for kind, those in self.found.items() for one in those if len(one) > 3 and one in log]


def lines(pem: str) -> list[str]:
    """The lines of base64 in a PEM, but for the first, which is the same for all keys of a kind."""
    return [line for line in pem.splitlines()[2:] if "-----" not in line and len(line) > 16]


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """What the clients of this process say and are told."""
    ears, call, make = Overheard(), ServiceClient.call, Kind.make

    async def heard(self: ServiceClient, method: str, path: str, body: Any = None, **how: Any) -> Reply:
        ears.hear([path, body])
        ears.hear({"token": how.get("token", "")})
        reply = await call(self, method, path, body, **how)
        ears.hear(reply.body)
        return reply

    def made(self: Kind) -> PrivateKey:
        ears.keys.append(make(self))
        return ears.keys[-1]

    monkeypatch.setattr(ServiceClient, "call", heard)
    monkeypatch.setattr(Kind, "make", made)
    return ears


@asynccontextmanager
async def up(home: Path, log: Path, *words: str, form: str = "text") -> AsyncIterator[dict[str, str]]:
    """`aimaq up` with all that it and its services say in a file."""
    ports = ports_in_a_row()
    urls = {party: f"http://127.0.0.1:{port}" for party, port in ports.items()}
    environment = os.environ | {"AIMAQ_LOG_LEVEL": "notset", "AIMAQ_PASSWORD_MEMORY": "8", "AIMAQ_PASSWORD_ROUNDS": "1"}
    environment |= {"AIMAQ_LOG_FORMAT": form}
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "stand",
            "up",
            "--home",
            str(home),
            "--first-port",
            str(ports[PARTIES[0]]),
            *words,
            stdout=file,
            stderr=file,
            env=environment,
        )
        try:
            await until_ready(urls, 90)
            yield urls
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 60)


async def replayed(urls: dict[str, str], home: Path, paths: list[Path]) -> str:
    """All that `aimaq replay` of these flows says."""
    words = ["replay", *map(str, paths), "--stand", urls["gateway"], "--home", str(home)]
    result = await asyncio.to_thread(CliRunner().invoke, aimaq, words)
    assert result.exit_code == 0, result.output
    return result.output


def silent(overheard: Overheard, home: Path, log: str, output: str) -> None:
    """That nothing overheard is in the log, nor in what the command said, and that there was something to look for."""
    overheard.files(home)
    found = overheard.found
    assert len(found["number"]) > 10
    assert len(found["password"]) > 10
    assert len(found["token"]) > 5
    assert overheard.keys
    assert " INFO " in log or '"level":"info"' in log, "the services said what they say at their most verbose"
    assert overheard.read_in(log) == []
    assert overheard.read_in(output) == []


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
async def test_no_secret_is_in_the_log_of_a_stand_in_one_process(
    overheard: Overheard, tmp_path: Path, form: str
) -> None:
    home, log = tmp_path / "home", tmp_path / "log"
    async with up(home, log, form=form) as urls:
        output = await replayed(urls, home, flows())
        async with http_client() as session:
            number = next(iter(overheard.found["number"]))
            for path in (f"/documents/1?iin={number}", f"/users?iin={number}", f"/registers/gbd_fl/{number}"):
                for url in urls.values():
                    await session.get(url + path)
    silent(overheard, home, log.read_text(), output)
    if form == "json":
        objects = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
        assert {one["service"] for one in objects if "service" in one} == {*PARTIES}


@pytest.mark.services
@pytest.mark.long
async def test_no_secret_is_in_the_log_of_five_processes(overheard: Overheard, tmp_path: Path) -> None:
    home, log, name = tmp_path / "home", tmp_path / "log", f"aimaqlog{os.getpid()}"
    words = ("--vhost", name, "--prefix", name, *ON_BROKER, "--database", SERVER)
    try:
        async with up(home, log, *words) as urls:
            output = await replayed(urls, home, flows()[:4] + flows()[-4:])
    finally:
        await broker.remove(name, name, administrator())
        await databases.drop(SERVER, name)
    silent(overheard, home, log.read_text(), output)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """The log of the services in this process, at its most verbose."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level, stream = logging.root.level, StringIO()
    logs("notset", stream=stream)
    yield stream
    logging.root.setLevel(level)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.NOTSET)


async def test_no_secret_is_in_the_log_when_a_message_is_laid_aside(
    overheard: Overheard, log: StringIO, tmp_path: Path
) -> None:
    catalogue = Catalogue.bundled()
    flow = load_flow(next(path for path in flows() if "portal" in path.stem), catalogue)
    async with embedded(tmp_path, retry_times=1, retry_first=0.01, password_memory=8, password_rounds=1) as stand:
        address = StandAddress("the test's", stand.urls, stand.tokens, stand.clock)
        lea = stand.services["lea"]
        bodies: list[str] = []

        def fault(received: Any) -> bool:
            bodies.append(received.incoming.body.decode())
            overheard.hear({"signature": received.incoming.body.decode()})
            return True

        class Talkative(RuntimeError):
            """An error that says all it knows."""

            def __str__(self) -> str:
                return f"cannot handle {bodies[-1]}"

        bewitch(lea, Talkative(), fault)
        replay = await play_all([flow], address, "aside", catalogue, patience=3)
        assert not replay.conforms
        dead = await eventually(lea.dead_letters.listed, what="the dead letter")
        why = dead[0].reason or ""
        assert "Talkative" in why or "cannot handle" in why
    overheard.files(tmp_path)
    assert "cannot handle" in log.getvalue(), "the error was logged, with its text"
    assert overheard.found["number"]
    assert overheard.read_in(log.getvalue()) == []
