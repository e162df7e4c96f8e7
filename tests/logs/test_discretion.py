"""What the formatter hides, whoever says it, and what it leaves."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.access.administration import Administration, token_file
from aimaq.language.clock import SystemClock
from aimaq.language.errors import Unconfigured
from aimaq.language.signing.jws import Directory
from stand.provision.keys import new_key
from stand.runtime.logs import AUDIT, OWN, discreet, logs

pytestmark = pytest.mark.slow

PEM = new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

HIDDEN = {
    "the IIN is 900101300017.": "the IIN is ….",
    "KeyError: '900101300017'": "KeyError: '…'",
    "GET /documents/17?iin=900101300017&language=kk HTTP/1.1": "GET /documents/17?… HTTP/1.1",
    'GET "/documents/17?bin=100140000003" 200': 'GET "/documents/17?…" 200',
    "cannot reach amqp://lea:hunter2@broker.test:5672/x": "cannot reach amqp://…@broker.test:5672/x",
    "Authorization: Bearer 0a1b2c.d-e": "Authorization: …",
    "sent bearer 0a1b2c==": "sent bearer …",
    '{"password": "қатты құпия", "x": 1}': '{"password": "… құпия", "x": 1}',
    "password='p'": "password='…'",
    "token=abc&x=1": "token=…&x=1",
    f"a key: {PEM}": "a key: …",
    f"a torn key: {PEM[:90]}": "a torn key: …",
}
LEFT = (
    "message 019cacb3-f200-7f0a-ac45-123456789012 cannot be tried again",
    "handling 12345678901234 of 123 at 2026-03-02 04:00:00,123",
    "the registry answered 503 when asked for the revocation list?",
    "certificate fb64b82ab8ec41d8890b72fdde86a3d744e4e3c",
)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_must_not_be_read_is_hidden(text: str) -> None:
    line = discreet(text).strip()
    assert line.split("…")[0] == HIDDEN[text].split("…")[0]
    assert "…" in line
    for secret in ("900101300017", "100140000003", "hunter2", "0a1b2c", "қатты", "abc", PEM[40:80]):
        assert secret not in line


@pytest.mark.parametrize("text", LEFT)
def test_what_may_be_read_is_left(text: str) -> None:
    assert discreet(text) == text


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as services have it at its most verbose, and what is in it."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level, stream = logging.root.level, io.StringIO()
    logs("notset", stream=stream)
    yield stream
    logging.root.setLevel(level)
    for name in (*OWN, AUDIT):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_traceback_is_as_discreet_as_a_message(configured: io.StringIO) -> None:
    log = logging.getLogger("aimaq.test")
    nobody: dict[str, str] = {}
    try:
        nobody["900101300017"]
    except KeyError:
        log.exception("handling the request of %s failed", "900101300017")
    log.debug("a small thing")
    logging.getLogger("sqlalchemy.engine").info("INSERT … %s", ("Ахметова",))
    logging.getLogger("aiosqlite").debug("executing %s", ("Ахметова",))
    logging.getLogger("anybody").warning("a warning")
    output = configured.getvalue()
    assert "900101300017" not in output
    assert "Ахметова" not in output, "libraries are not asked for what they do"
    assert "KeyError: '…'" in output
    assert "DEBUG aimaq.test: a small thing" in output
    assert "WARNING anybody: a warning" in output


@pytest.mark.parametrize("level", ["debug", "warning", "critical"])
def test_whoever_changes_something_is_named_at_every_level(
    configured: io.StringIO, level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    token_file(tmp_path, "gateway").parent.mkdir(parents=True)
    token_file(tmp_path, "gateway").write_text("a-token-of-a-service")
    administration = Administration(tmp_path, "gateway", Directory(()), SystemClock())
    principal = administration.principal("a-token-of-a-service")
    assert principal is not None
    stream = io.StringIO()
    logs(level, stream=stream)
    administration.record(principal, "POST /journal/blocks")
    assert "INFO aimaq.audit: gateway: POST /journal/blocks by the token of gateway\n" in stream.getvalue()


def test_a_level_that_there_is_not_is_told() -> None:
    with pytest.raises(Unconfigured, match="no log level 'loud'"):
        logs("loud")
