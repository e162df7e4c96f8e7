"""The pages of the console, a module each: `router(console)` is its page and what its forms send."""

from __future__ import annotations

from fastapi import APIRouter

from gateway_svc.console.console import Console
from gateway_svc.console.navigation import SECTIONS
from gateway_svc.console.pages import (
    attention,
    audit,
    case,
    cases,
    certificate,
    deadlines,
    frame,
    journal,
    parties,
    sign_in,
    traffic,
)

PAGES = (
    attention,
    audit,
    case,
    cases,
    certificate,
    deadlines,
    journal,
    parties,
    sign_in,
    traffic,
)
"""Those that the console has; `frame` comes after them, since it answers for every address that is none of theirs."""


def routers(console: Console) -> list[APIRouter]:
    """The routers of all pages. The navigation shows the sections that have one."""
    found = [page.router(console) for page in PAGES]
    paths = {getattr(route, "path", "") for router in found for route in router.routes}
    console.sections = tuple(section for section in SECTIONS if f"/console/{section.name}" in paths)
    return [*found, frame.router(console)]
