"""The service centre's REST door: an operator makes the request, follows it, and hands the result over."""

from __future__ import annotations

from fastapi import APIRouter

from aimaq import front
from aimaq.front import Front
from con_svc import views


def routers(desk: Front) -> list[APIRouter]:
    """The service centre's endpoints."""
    return [front.router(desk), front.worklist(desk, views.worklist), front.delivery(desk)]
