"""What the formatter hides, whoever says it, and what it leaves."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aimaq.language.errors import Unconfigured
from stand.provision.keys import new_key
from stand.runtime.logs.discreet import OWN, discreet, logs

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
    said = discreet(text).strip()
    assert said.split("…")[0] == HIDDEN[text].split("…")[0]
    assert "…" in said
    for secret in ("900101300017", "100140000003", "hunter2", "0a1b2c", "қатты", "abc", PEM[40:80]):
        assert secret not in said


@pytest.mark.parametrize("text", LEFT)
def test_what_may_be_read_is_left(text: str) -> None:
    assert discreet(text) == text


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as services have it at its most verbose, and what is in it."""
    monkeypatch.setattr(logging.root, "handlers", [])
    level, stream = logging.root.level, io.StringIO()
    logs("notset", stream)
    yield stream
    logging.root.setLevel(level)
    for name in OWN:
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
    said = configured.getvalue()
    assert "900101300017" not in said
    assert "Ахметова" not in said, "libraries are not asked for what they do"
    assert "KeyError: '…'" in said
    assert "DEBUG aimaq.test: a small thing" in said
    assert "WARNING anybody: a warning" in said


def test_a_level_that_there_is_not_is_told() -> None:
    with pytest.raises(Unconfigured, match="no log level 'loud'"):
        logs("loud")
