"""The command `aimaq bench`: measures the stand, the yardstick and the limit in one run, and prints their ratios."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import aiohttp
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from aimaq.language.errors import AimaqError
from stand.bench import eds, limit, load, papers, stands
from stand.bench.stands import Measured

MESSAGES = 7
"""Envelopes of a portal case: four between portal and body, three of the gateway's own."""

TOGETHER = (1, 32, 256)
STEADY = 100.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement of one stand. Rates in cases a second, times in milliseconds, memory in megabytes."""

    stand: str
    load: str
    cases_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms_per_message: float
    memory_mb: float


def bench(
    broker: Annotated[str | None, typer.Option("--broker", help="RabbitMQ, as its administrator.")] = None,
    database: Annotated[str | None, typer.Option("--database", help="PostgreSQL server.")] = None,
    cases: Annotated[int, typer.Option(help="Cases of a measurement.", min=8)] = 2000,
    seconds: Annotated[float, typer.Option(help="How long the steady load lasts.", min=1)] = 15,
    memory: Annotated[
        bool, typer.Option("--memory", help="Only the memory of the embedded stand, over many cases.")
    ] = False,
    signatures: Annotated[
        bool, typer.Option("--eds", help="Only signatures: checking them, papers signed with them, OCSP.")
    ] = False,
    output: Annotated[Literal["pretty", "json"], typer.Option("-o", "--output")] = "pretty",
    report: Annotated[Path | None, typer.Option(help="A file for the figures as JSON.")] = None,
) -> None:
    """Measure complete portal cases: embedded, and with --broker and --database also in five processes.

    The yardstick is the same stand with one commit, one confirm and prefetch 1 a message. The limit is this machine's.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if signatures:
                found = runner.run(_signatures())
            else:
                found = runner.run(_memory(max(cases, 2000)) if memory else _all(broker, database, cases, seconds))
    except AimaqError as error:
        typer.echo(f"aimaq: {error.detail}", err=True)
        raise typer.Exit(3) from None
    if report is not None:
        report.write_text(json.dumps(found, indent=2), encoding="utf-8")
    if output == "json":
        typer.echo(json.dumps(found, indent=2))
    else:
        _print(found)


async def _all(broker: str | None, database: str | None, cases: int, seconds: float) -> dict[str, object]:
    figures: list[Figure] = []
    ratios: dict[str, float] = {}
    limits: dict[str, float] = {}
    slow = max(32, cases // 4)
    naive, _ = await _measure("embedded, naive", stands.in_one_process(stands.NAIVE), slow, (256,), 0)
    ours, shape = await _measure("embedded", stands.in_one_process({}), cases, TOGETHER, seconds)
    limits["embedded, cases/s"] = limit.in_memory(shape)
    figures += naive + ours
    ratios["embedded / naive"] = _best(ours) / _best(naive)
    ratios["embedded / limit"] = _best(ours) / limits["embedded, cases/s"]
    if broker and database:

        def five(tuning: Mapping[str, str]) -> AbstractAsyncContextManager[Measured]:
            return stands.in_five(broker, database, tuning)

        naive, _ = await _measure("deployed, naive", five(stands.NAIVE), slow, (256,), 0)
        single, _ = await _measure("deployed, one envelope a message", five(stands.SINGLE), cases, TOGETHER, seconds)
        bundles, shape = await _measure("deployed, bundles", five({}), cases, TOGETHER, seconds)
        limits["deployed, cases/s"] = await limit.over_broker(shape, broker, database)
        figures += naive + single + bundles
        ratios["deployed, one envelope / naive"] = _best(single) / _best(naive)
        ratios["deployed, bundles / naive"] = _best(bundles) / _best(naive)
        ratios["deployed, bundles / limit"] = _best(bundles) / limits["deployed, cases/s"]
    return {"figures": [asdict(figure) for figure in figures], "limits": limits, "ratios": ratios}


async def _signatures() -> dict[str, object]:
    """What signatures cost: checking one, a result as a signed paper, and telling whether a certificate counts."""
    found = eds.measure()
    cost, answers = papers.paper_cost(), await papers.answers_a_second()
    limits = found.limits | {
        "result PDF, signed and stamped, ms of a core": cost["best"],
        "the first such PDF of a process, ms of a core": cost["first"],
        "OCSP answers a second of a process": answers,
    }
    ratios = found.ratios | {
        f"result PDF / {papers.GOAL_MS:.0f} ms, at most 1": cost["best"] / papers.GOAL_MS,
        f"OCSP answers / {papers.GOAL_ANSWERS:.0f} a second, at least 1": answers / papers.GOAL_ANSWERS,
    }
    return {"figures": [], "limits": limits, "ratios": ratios}


async def _memory(cases: int) -> dict[str, object]:
    """The embedded stand's memory idle, and after each thousandth case: the largest change since the first thousand."""
    async with stands.in_one_process({}) as stand:
        idle = stand.memory()
        crowd = await load.citizens(stand.urls, stand.admin_token, 32)
        figures, seen = [], []
        for _ in range(cases // 1000):
            before, one = stand.cpu(), await load.in_flight(stand.urls["portal"], crowd, 1000, 64)
            figures.append(_figure("embedded", "64 in flight", one, stand, before))
            seen.append(stand.memory())
        changes = [(value - seen[0]) / seen[0] for value in seen]
        ratios = {"largest growth since the 1000th case": max(changes), "largest fall": min(changes)}
        return {
            "figures": [asdict(figure) for figure in figures],
            "limits": {"memory idle, MB": idle},
            "ratios": ratios,
        }


def _best(figures: list[Figure]) -> float:
    return next(figure.cases_per_second for figure in figures if figure.load == "256 in flight")


async def _measure(
    name: str, stand: AbstractAsyncContextManager[Measured], cases: int, together: tuple[int, ...], seconds: float
) -> tuple[list[Figure], limit.Shape]:
    async with stand as measured:
        crowd = await load.citizens(measured.urls, measured.admin_token, 32)
        portal = measured.urls["portal"]
        await load.in_flight(portal, crowd, min(cases, 256), 64)
        figures = []
        for count in together:
            before = measured.cpu()
            seen = await load.in_flight(portal, crowd, cases if count >= 32 else max(8, cases // 10), count)
            figures.append(_figure(name, f"{count} in flight", seen, measured, before))
        if seconds:
            before = measured.cpu()
            seen = await load.steady(portal, crowd, STEADY, seconds)
            figures.append(_figure(name, f"{STEADY:.0f} a second", seen, measured, before))
        return figures, await _shape(measured)


def _figure(name: str, what: str, seen: load.Seen, stand: Measured, before: float) -> Figure:
    spent = (stand.cpu() - before) / len(seen.latencies) / MESSAGES
    return Figure(
        name, what, round(seen.rate, 1), round(seen.quantile(0.5) * 1e3, 1), round(seen.quantile(0.99) * 1e3, 1),
        round(spent * 1e3, 3), round(stand.memory(), 1),
    )  # fmt: skip


async def _shape(stand: Measured) -> limit.Shape:
    """The bytes of one real case, hop by hop, from the gateway's journal."""
    head = {"Authorization": f"Bearer {stand.admin_token}"}
    async with aiohttp.ClientSession(headers=head) as session:
        gateway = stand.urls["gateway"]
        async with session.get(f"{gateway}/cases", params={"status": "completed", "limit": "1"}) as response:
            case_id = (await response.json())[0]["case_id"]
        async with session.get(f"{gateway}/cases/{case_id}/trace") as response:
            messages = (await response.json())["messages"]
        bodies = []
        for message in messages:
            async with session.get(f"{gateway}/messages/{message['message_id']}") as response:
                bodies += [await response.read()] * (1 if message["sender"] == "gateway" else 2)
    return limit.Shape(tuple(bodies), signed=len(messages))


def _print(found: dict[str, object]) -> None:
    console = Console()
    if found["figures"]:
        console.print(_table(found))
    for title, name in (("limit of this machine", "limits"), ("ratio", "ratios")):
        values = found[name]
        assert isinstance(values, dict)
        for key, value in values.items():
            console.print(f"{title}: {key}: [bold]{value:.2f}[/bold]")


def _table(found: dict[str, object]) -> Table:
    table = Table(title="Complete portal cases", title_justify="left", show_edge=False)
    for heading in ("stand", "load", "cases/s", "p50 ms", "p99 ms", "CPU ms/message", "memory MB"):
        table.add_column(heading, justify="left" if heading in ("stand", "load") else "right")
    figures = found["figures"]
    assert isinstance(figures, list)
    for figure in figures:
        table.add_row(*(str(value) for value in figure.values()))
    return table
