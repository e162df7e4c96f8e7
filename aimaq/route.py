"""A route of FastAPI's that takes a request which is in order straight to its endpoint.

For every request FastAPI looks for dependencies, keeps stacks of things to be closed, and reads JSON by way of all that
a parameter can be; our endpoints take a body and words of the path, and answer with a response of their own. What such
an endpoint needs is settled once here. Whatever is wrong with a request, or only unusual, goes FastAPI's own way, which
knows how to word it: the answer is the same on either, and so is the OpenAPI document.
"""

from __future__ import annotations

import json
from inspect import iscoroutinefunction
from typing import Any

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

_JSON = "application/json"


class Direct(APIRoute):
    """See the module. An endpoint that takes more than a body, words of the path and the request is served as usual."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._direct = iscoroutinefunction(self.endpoint) and _plain(self.dependant)
        self._request = self.dependant.request_param_name
        bodies = ((field.name, _model(field)) for field in self.dependant.body_params)
        self._body = next(((name, model) for name, model in bodies if model is not None), None)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that the path of this route matches."""
        if not self._direct or scope["method"] not in (self.methods or ()):
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive)
        values: dict[str, Any] = dict(scope["path_params"])
        if self._request is not None:
            values[self._request] = request
        if self._body is not None:
            try:
                data = await request.body()
            except ClientDisconnect:  # there is nobody left to answer
                return
            name, model = self._body
            try:
                if request.headers.get("content-type") != _JSON:
                    raise ValueError(_JSON)
                values[name] = model.model_validate(json.loads(data), from_attributes=True)
            except (ValueError, RecursionError):
                await super().handle(scope, _once_more(data, receive), send)
                return
        response = await self.endpoint(**values)
        await response(scope, receive, send)


def _plain(dependant: Dependant) -> bool:
    """Whether an endpoint asks for nothing but words of the path, the request, and at most a body that is a model."""
    others = (
        dependant.query_params, dependant.header_params, dependant.cookie_params, dependant.dependencies,
        dependant.response_param_name, dependant.background_tasks_param_name, dependant.http_connection_param_name,
        dependant.security_scopes_param_name, dependant.websocket_param_name,
    )  # fmt: skip
    bodies = dependant.body_params
    return (
        not any(others)
        and all(field.field_info.annotation is str for field in dependant.path_params)
        and len(bodies) <= 1
        and all(_model(field) is not None and field.field_info.is_required() for field in bodies)
    )


def _model(field: Any) -> type[BaseModel] | None:
    shape = field.field_info.annotation
    return shape if isinstance(shape, type) and issubclass(shape, BaseModel) else None


def _once_more(data: bytes, receive: Receive) -> Receive:
    """What hands out a body that was read already, and then whatever follows."""
    left = [data]

    async def handed() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return handed
