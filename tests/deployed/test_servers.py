"""The addresses of broker and database server, whose passwords no process is started with."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from aimaq.language.errors import Unavailable
from stand.bench.stands import Servers, in_five
from stand.commands.servers import BrokerOption, DatabaseOption, ManagementOption, UrlOption

app = typer.Typer()


@app.command()
def show(
    broker: BrokerOption = None,
    database: DatabaseOption = None,
    management: ManagementOption = None,
    url: UrlOption = "amqp://default.test",
) -> None:
    """Say what each option is."""
    typer.echo(f"{broker} {database} {management} {url}")


def shown(*words: str, **variables: str) -> Result:
    return CliRunner().invoke(app, words, env=variables)


def test_an_address_comes_from_the_option_the_file_or_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("amqp://file.test/\n", "utf-8")
    assert shown().output.split() == ["None", "None", "None", "amqp://default.test"]
    own = {
        "AIMAQ_BROKER": "amqp://own.test",
        "AIMAQ_DATABASE": "postgresql://own.test",
        "AIMAQ_MANAGEMENT": "http://own.test",
    }
    assert shown(**own).output.split() == [
        "amqp://own.test",
        "postgresql://own.test",
        "http://own.test",
        "amqp://own.test",
    ]
    filed = own | {"AIMAQ_BROKER_FILE": str(file)}
    assert shown(**filed).output.split() == [
        "amqp://file.test/",
        "postgresql://own.test",
        "http://own.test",
        "amqp://file.test/",
    ]
    supplied = shown("--broker", "amqp://told.test", "--url", "amqp://said.test", **filed)
    assert supplied.output.split() == [
        "amqp://told.test",
        "postgresql://own.test",
        "http://own.test",
        "amqp://said.test",
    ]


def test_a_file_that_cannot_be_read_is_a_mistake_of_the_command(tmp_path: Path) -> None:
    refused = shown(AIMAQ_DATABASE_FILE=str(tmp_path / "nothing"))
    assert refused.exit_code == 2
    assert "AIMAQ_DATABASE_FILE" in refused.output


@pytest.mark.slow
async def test_the_bench_starts_no_stand_with_a_password_in_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = asyncio.create_subprocess_exec, list[tuple[Any, ...]]()

    async def noted(*command: Any, **more: Any) -> asyncio.subprocess.Process:
        started.append(command)
        return await start(*command, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    servers = Servers("amqp://u:secret@127.0.0.1:1", "postgresql://u:secret@127.0.0.1:1", "http://u:secret@127.0.0.1:1")
    with pytest.raises(Unavailable) as refused:
        async with in_five(servers, {}):
            pass
    assert "the database server postgresql+asyncpg://u:***@127.0.0.1:1" in str(refused.value.__context__)
    assert len(started) == 1
    assert "secret" not in " ".join(started[0])
