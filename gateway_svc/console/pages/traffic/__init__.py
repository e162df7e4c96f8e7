"""The traffic: what moves between the systems, what waits, and what is to be looked at first; live where it can be."""

from __future__ import annotations

from gateway_svc.console.pages.traffic.page import router

__all__ = ["router"]
