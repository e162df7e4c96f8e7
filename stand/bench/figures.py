"""Complete portal cases on every stand, the yardstick and the limit, measured in one run, and their ratios."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass

from rich.table import Table
from rich.text import Text

from aimaq.http.client import http_client
from stand.bench import eds, limit, load, papers, stands
from stand.bench.stands import Measured
from stand.show.console import console

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


async def everything(servers: stands.Servers | None, cases: int, seconds: float) -> dict[str, object]:
    """Every load on every stand, the yardstick and the limit, and their ratios."""
    figures: list[Figure] = []
    ratios: dict[str, float] = {}
    limits: dict[str, float] = {}
    slow = max(8, cases // 4)
    naive, _ = await _measure("embedded, naive", stands.in_one_process(stands.NAIVE), slow, (256,), 0)
    ours, traffic = await _measure("embedded", stands.in_one_process({}), cases, TOGETHER, seconds)
    limits["embedded, cases/s"] = limit.in_memory(traffic, min(4.0, seconds))
    figures += naive + ours
    ratios["embedded / naive"] = _best(ours) / _best(naive)
    ratios["embedded / limit"] = _best(ours) / limits["embedded, cases/s"]
    if servers is not None:

        def five(tuning: Mapping[str, str]) -> AbstractAsyncContextManager[Measured]:
            return stands.in_five(servers, tuning)

        naive, _ = await _measure("deployed, naive", five(stands.NAIVE), slow, (256,), 0)
        single, _ = await _measure("deployed, one envelope a message", five(stands.SINGLE), cases, TOGETHER, seconds)
        bundles, traffic = await _measure("deployed, bundles", five({}), cases, TOGETHER, seconds)
        limits["deployed, cases/s"] = await limit.over_broker(traffic, servers, min(6.0, seconds))
        figures += naive + single + bundles
        ratios["deployed, one envelope / naive"] = _best(single) / _best(naive)
        ratios["deployed, bundles / naive"] = _best(bundles) / _best(naive)
        ratios["deployed, bundles / limit"] = _best(bundles) / limits["deployed, cases/s"]
    return {"figures": [asdict(figure) for figure in figures], "limits": limits, "ratios": ratios}


async def signatures(answers: int) -> dict[str, object]:
    """What signatures cost: checking one, a result as a signed paper, and telling whether a certificate counts."""
    found = eds.measure()
    cost, rate = papers.paper_cost(), await papers.answers_a_second(max(answers, 200))
    limits = found.limits | {
        "result PDF, signed and stamped, ms of a core": cost["best"],
        "the first such PDF of a process, ms of a core": cost["first"],
        "OCSP answers a second of a process": rate,
    }
    ratios = found.ratios | {
        f"result PDF / {papers.GOAL_MS:.0f} ms, at most 1": cost["best"] / papers.GOAL_MS,
        f"OCSP answers / {papers.GOAL_ANSWERS:.0f} a second, at least 1": rate / papers.GOAL_ANSWERS,
    }
    return {"figures": [], "limits": limits, "ratios": ratios}


async def memory(cases: int) -> dict[str, object]:
    """The embedded stand's memory idle, and after each thousandth case: the largest change since the first thousand."""
    async with stands.in_one_process({}) as stand:
        idle = stand.memory()
        crowd = await load.citizens(stand.urls, stand.tokens["registry"], 32)
        figures, result = [], []
        for _ in range(cases // 1000):
            before, one = stand.cpu(), await load.in_flight(stand.urls["portal"], crowd, 1000, 64)
            figures.append(_figure("embedded", "64 in flight", one, stand, before))
            result.append(stand.memory())
        changes = [(value - result[0]) / result[0] for value in result]
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
) -> tuple[list[Figure], limit.CaseTraffic]:
    async with stand as measured:
        crowd = await load.citizens(measured.urls, measured.tokens["registry"], min(cases, 32))
        portal = measured.urls["portal"]
        await load.in_flight(portal, crowd, min(cases, 256), 64)
        figures = []
        for count in together:
            before = measured.cpu()
            result = await load.in_flight(portal, crowd, cases if count >= 32 else max(8, cases // 10), count)
            figures.append(_figure(name, f"{count} in flight", result, measured, before))
        if seconds:
            before = measured.cpu()
            result = await load.steady(portal, crowd, STEADY, seconds)
            figures.append(_figure(name, f"{STEADY:.0f} a second", result, measured, before))
        return figures, await _traffic(measured)


def _figure(name: str, what: str, result: load.LoadResult, stand: Measured, before: float) -> Figure:
    spent = (stand.cpu() - before) / len(result.latencies) / MESSAGES
    return Figure(
        name,
        what,
        round(result.rate, 1),
        round(result.quantile(0.5) * 1e3, 1),
        round(result.quantile(0.99) * 1e3, 1),
        round(spent * 1e3, 3),
        round(stand.memory(), 1),
    )


async def _traffic(stand: Measured) -> limit.CaseTraffic:
    """The bytes of one real case, hop by hop, from the gateway's journal."""
    async with http_client(token=stand.tokens["gateway"]) as http:
        gateway = stand.urls["gateway"]
        completed = await http.get(f"{gateway}/cases", params={"status": "completed", "limit": "1"})
        case_id = completed.json()["items"][0]["case_id"]
        messages = (await http.get(f"{gateway}/cases/{case_id}/trace")).json()["messages"]
        bodies = []
        for message in messages:
            body = await http.get(f"{gateway}/messages/{message['message_id']}")
            bodies += [body.content] * (1 if message["sender"] == "gateway" else 2)
    return limit.CaseTraffic(tuple(bodies), signed=len(messages))


def show(found: dict[str, object]) -> None:
    """Print the figures, the limits and the ratios for people."""
    out = console()
    if found["figures"]:
        out.print(_table(found))
    for title, name in (("limit of this machine", "limits"), ("ratio", "ratios")):
        values = found[name]
        assert isinstance(values, dict)
        for key, value in values.items():
            out.print(Text.assemble(f"{title}: {key}: ", (f"{value:.2f}", "bold")))


def _table(found: dict[str, object]) -> Table:
    table = Table(title="Complete portal cases", title_justify="left", show_edge=False)
    for heading in ("stand", "load", "cases/s", "p50 ms", "p99 ms", "CPU ms/message", "memory MB"):
        table.add_column(heading, justify="left" if heading in ("stand", "load") else "right")
    figures = found["figures"]
    assert isinstance(figures, list)
    for figure in figures:
        table.add_row(*(str(value) for value in figure.values()))
    return table
