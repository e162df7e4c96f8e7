"""Variables of the environment that look like settings and are none: named at the start, with the nearest name."""

from __future__ import annotations

import logging
import re

import pytest

from stand.commands.variables import known, unread, warn
from tests.house import CODE, ROOT, modules

READ = re.compile(r"AIMAQ_[A-Z0-9]+(?:_[A-Z0-9]+)*")


def test_a_name_that_nothing_reads_is_told_with_the_nearest_one() -> None:
    environment = {
        "AIMAQ_BACTH": "secret",
        "AIMAQ_PARTY": "lea",
        "AIMAQ_BROKER_URL_FILE": "/x",
        "AIMAQ_TEST_BROKER": "amqp://",
        "AIMAQ_": "secret",
        "HOME": "/root",
    }
    first, second = unread(environment)
    assert first.startswith("AIMAQ_ is no setting")
    assert second == "AIMAQ_BACTH is no setting and is not read; did you mean AIMAQ_BATCH?"


def test_what_a_variable_holds_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn({"AIMAQ_PASSWORD": "geheim"})
    assert "AIMAQ_PASSWORD" in caplog.text
    assert "geheim" not in caplog.text


def test_every_variable_that_the_code_and_the_deployment_name_is_known() -> None:
    texts = [module.source for module in modules(*CODE)]
    texts += [path.read_text("utf-8") for path in (ROOT / "deploy").rglob("*") if path.is_file()]
    texts.append((ROOT / "docker-compose.yml").read_text("utf-8"))
    named = {name for text in texts for name in READ.findall(text)} - {"AIMAQ_X", "AIMAQ_X_FILE", "AIMAQ_TEST"}
    assert named - known() == set()
    assert len(named) > 10
