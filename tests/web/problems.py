"""Problem documents (RFC 9457), as tests look at them."""

from __future__ import annotations

from typing import Any

import httpx


def problem(answer: httpx.Response, status: int, slug: str, **members: Any) -> dict[str, Any]:
    """The problem document of an answer, which has this status and slug and these members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:aimaq:problem:{slug}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert {name: document.get(name) for name in members} == members
    return document
