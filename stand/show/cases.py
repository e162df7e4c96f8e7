"""Cases and their deadlines as tables: where each stands, whose move it is, how late it is or how much time is left."""

from __future__ import annotations

from typing import Any

from stand.show.console import console
from stand.show.lawbook import table_of
from stand.show.terminal import echo

ID_WIDTH = 36
"""Characters of a case id, which is never folded: it is there to be copied."""


def show_cases(page: dict[str, Any]) -> None:
    """Print a page of cases as `GET /cases` gives it, how many there are, and how to ask for the next."""
    if not page["items"]:
        echo("no case fits: take a filter off")
        return
    table = table_of("case", "regulation", "channel", "status", "at", "whose move", "limit", "opened")
    table.columns[0].min_width = ID_WIDTH
    for case in page["items"]:
        table.add_row(
            case["case_id"],
            case["regulation"],
            case["channel"],
            case["status"] or "",
            case["at"],
            move_of(case),
            case["limit"]["summary"]["en"] if case["limit"] else "",
            case["opened_at"],
        )
    console().print(table)
    count = page["count"] if page["exact"] else f"more than {page['count']}"
    echo(f"{len(page['items'])} of {count}" + (f"; the next: --cursor {page['next']}" if page["next"] else ""))


def move_of(case: dict[str, Any]) -> str:
    """Whose move a case is: the performer, and the body where it is one of several."""
    body = case["next_party"] or ""
    return "\n".join(word for word in (case["next_unit"], body if ":" in body else "") if word)


def show_deadlines(page: dict[str, Any], language: str) -> None:
    """Print a page of `GET /deadlines`: who has broken how many limits, and each with why and what to expect."""
    echo(f"{page['late']} broken, {page['near']} about to, {page['running']} with time")
    if page["performers"]:
        table = table_of("whose move", "at", "broken", "about to", "with time")
        for one in page["performers"]:
            table.add_row(one["unit"], one["party"], *(str(one[name]) for name in ("late", "near", "running")))
        console().print(table)
    if not page["items"]:
        return
    table = table_of("limit", "due", "para", "case", "whose move", "forecast")
    table.columns[3].min_width = ID_WIDTH
    for item in page["items"]:
        case, expected = item["case"], item["forecast"]
        limit, step = case["limit"], case["step"]
        why = limit["explanation"][language] if limit["explanation"] else ""
        basis = expected["basis"][language] if expected and expected["basis"] else ""
        table.add_row(
            limit["summary"][language],
            limit["due_at"],
            step["paragraph"],
            f"{case['case_id']}\n{step['title'][language]}\n{why}",
            move_of(case),
            f"{expected['summary'][language]}\n{basis}" if expected else "",
        )
    console().print(table)
    count = page["count"] if page["exact"] else f"more than {page['count']}"
    echo(f"{len(page['items'])} of {count}" + (f"; the next: --cursor {page['next']}" if page["next"] else ""))
