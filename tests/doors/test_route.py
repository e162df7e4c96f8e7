"""A request that goes straight to its endpoint is answered as one that goes FastAPI's own way, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st

from aimaq.web.front_desk.schemas import NewCase, Signature
from aimaq.route import Direct
from aimaq.web.app import say, tell_problems

JSON = "application/json"
LOGIN = {"iin": "940405496721", "password": "secret"}
CASE = {"regulation": "x", "login": LOGIN, "form": {"iin": "1", "n": 10**30, "f": 0.5}, "channel": "portal"}


def served(route: type[APIRoute]) -> FastAPI:
    """An application with endpoints as a front desk has them, of routes of this class."""
    api = APIRouter(route_class=route)

    @api.post("/cases", status_code=201)
    async def opened(new: NewCase) -> Response:
        return Response(json.dumps(new.model_dump(), default=str), 201)

    @api.post("/cases/{case_id}/signature", status_code=202)
    async def signed(case_id: str, signature: Signature, request: Request) -> Response:
        return say({"case_id": case_id, "cms": signature.cms.hex(), "to": request.headers.get("x-to", "")}, 202)

    @api.put("/cases/{case_id}/form")
    async def filled(case_id: str, form: dict[str, Any]) -> Response:
        return Response(json.dumps({"case_id": case_id, "form": form}))

    @api.get("/cases/{case_id}")
    async def shown(case_id: str, request: Request) -> Response:
        return say({"case_id": case_id, "query": str(request.query_params)})

    @api.get("/cases/{number}/listed")
    async def listed(number: int, limit: int = Query(10, le=20)) -> Response:
        return say({"number": number, "limit": limit})

    app = FastAPI()
    app.include_router(api)
    tell_problems(app)
    return app


BOTH = (served(APIRoute), served(Direct))


async def answers(
    method: str, path: str, body: bytes, headers: dict[str, str]
) -> list[tuple[int, bytes, httpx.Headers]]:
    told = []
    for app in BOTH:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://127.0.0.1"
        ) as client:
            answer = await client.request(method, path, content=body, headers=headers)
            told.append((answer.status_code, answer.content, answer.headers))
    return told


@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "text/plain", "", "application/x+json"])
@pytest.mark.parametrize(
    "body",
    [
        json.dumps(CASE).encode(), json.dumps(CASE).encode("utf-16"), b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff",
        b"[" * 100_000, b'{"regulation": NaN}', json.dumps(CASE | {"more": 1}).encode(),
        json.dumps(CASE | {"login": {"iin": 7}}).encode(), json.dumps({"cms": "MAA="}).encode(),
        json.dumps({"cms": "no base64!"}).encode(), json.dumps({"cms": 7}).encode(), b'{"cms": "MAA=", "cms": "MAE="}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/cases", "/cases/7/signature"])
async def test_a_body_is_taken_and_refused_alike(path: str, body: bytes, kind: str) -> None:
    usual, direct = await answers("POST", path, body, {"content-type": kind} if kind else {})
    assert usual == direct


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/cases/7"), ("GET", "/cases/7?wait=1&x"), ("GET", "/cases/%D0%B0%2Fb"),
        ("GET", "/cases/7/listed"), ("GET", "/cases/7/listed?limit=30"), ("GET", "/cases/x/listed"),
        ("GET", "/cases"), ("DELETE", "/cases/7"), ("PUT", "/cases/7/form"), ("POST", "/nothing"),
    ],
)  # fmt: skip
async def test_what_has_no_such_body_is_answered_alike(method: str, path: str) -> None:
    usual, direct = await answers(method, path, b'{"a": [1]}' if method == "PUT" else b"", {"content-type": JSON})
    assert usual == direct


async def test_what_is_in_order_goes_straight_to_its_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("FastAPI's own way was taken")

    monkeypatch.setattr(APIRoute, "handle", never)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(BOTH[1]), base_url="http://127.0.0.1") as client:
        assert (await client.post("/cases", json=CASE)).status_code == 201
        answer = await client.post("/cases/7/signature", json={"cms": "MAA="}, headers={"x-to": "lea"})
        assert answer.json() == {"case_id": "7", "cms": "3000", "to": "lea"}
        with pytest.raises(AssertionError):
            await client.post("/cases", json=CASE | {"more": 1})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*CASE, "ticket", "package", "cms", "other"]), VALUES, max_size=4))
async def test_any_json_is_answered_alike(changes: dict[str, Any]) -> None:
    for path, given_ in (("/cases", CASE | changes), ("/cases/7/signature", changes)):
        usual, direct = await answers("POST", path, json.dumps(given_).encode(), {"content-type": JSON})
        assert usual == direct


def test_the_document_of_the_api_is_the_same() -> None:
    usual, direct = (app.openapi() for app in BOTH)
    assert usual == direct
