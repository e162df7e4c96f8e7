"""The web applications of the five services as clients see them: their OpenAPI descriptions. Nothing is opened."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from aimaq.bus import MemoryBroker
from aimaq.language.clock import SystemClock
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from aimaq.settings import Settings
from stand.provision import keys
from stand.runtime.assembly import assemble


@cache
def applications() -> dict[str, FastAPI]:
    """The application of each service."""
    clock, broker, catalogue = SystemClock(), MemoryBroker(), Catalogue.bundled()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        keys.provision(home, clock)
        return {
            party: assemble(Settings(party=party, home=home), clock, catalogue, broker.connect(party))[1]
            for party in PARTIES
        }


@cache
def descriptions() -> dict[str, dict[str, Any]]:
    """The OpenAPI description of each service."""
    return {party: app.openapi() for party, app in applications().items()}


@cache
def pages() -> frozenset[tuple[str, str]]:
    """Method and path of each page of a service, which its OpenAPI description leaves out."""
    routes = [route for app in applications().values() for route in app.routes if isinstance(route, APIRoute)]
    hidden = [route for route in routes if not route.include_in_schema]
    return frozenset((method, route.path.replace(":path", "")) for route in hidden for method in route.methods or ())


def operation(party: str, method: str, path: str) -> dict[str, Any] | None:
    """The description of a call at a service, if there is such a call; names in braces stand for themselves."""
    found: dict[str, Any] | None = descriptions()[party]["paths"].get(path, {}).get(method.lower())
    return found


def misfit(party: str, call: dict[str, Any], body: dict[str, Any]) -> str:
    """What does not fit between a body's fields and the ones that the call takes; empty if all do."""
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if content is None:
        return "the call takes no body"
    schema = descriptions()[party]
    for part in re.sub(r"^#/", "", content.get("$ref", "")).split("/") if "$ref" in content else ():
        schema = schema[part]
    known = schema.get("properties") if "$ref" in content else None
    if known is None:
        return ""
    if strange := set(body) - set(known):
        return f"the call knows no {', '.join(sorted(strange))}"
    if missing := set(schema.get("required", ())) - set(body):
        return f"the call needs {', '.join(sorted(missing))}"
    return ""
