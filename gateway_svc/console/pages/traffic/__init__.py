"""The traffic: what moves between the systems, what waits, what is to be looked at first; and the messages of that."""

from __future__ import annotations

from fastapi import APIRouter

from gateway_svc.console.console import Console
from gateway_svc.console.pages.traffic import messages, page


def router(console: Console) -> APIRouter:
    """The page of the traffic with its stream, and that of the messages."""
    pages = page.router(console)
    pages.routes.extend(messages.router(console).routes)
    return pages
