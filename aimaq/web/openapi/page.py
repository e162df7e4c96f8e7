"""The page at `/docs`: Swagger UI over the service's OpenAPI document, from files that come with Aimaq.

Nothing is loaded from another host, and the page's policy (Content-Security-Policy) lets a browser load nothing from
there: the page is the same on a machine without a network.
"""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import FileResponse, Response

PAGE: Final = "/docs"

_SCRIPT, _STYLE = "swagger-ui-bundle.js", "swagger-ui.css"
_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=3600"}


def add_page(app: FastAPI) -> None:
    """Give an application its page. The addresses in it are relative: a proxy may have the service below a path."""
    page = get_swagger_ui_html(
        openapi_url="openapi.json",
        title=app.title,
        swagger_js_url=f"docs/{_SCRIPT}",
        swagger_css_url=f"docs/{_STYLE}",
        swagger_favicon_url="data:,",  # without one, and without this, the library asks its own hosts
        swagger_ui_parameters={"validatorUrl": None},
    )
    page.headers.update(_HEADERS | {"Content-Security-Policy": _policy(bytes(page.body).decode())})
    folder = Path(str(files("fastapi_offline") / "static"))

    def file(name: str) -> None:
        async def send(_: Request) -> Response:
            return FileResponse(folder / name, headers=_HEADERS)

        app.add_route(f"{PAGE}/{name}", send, include_in_schema=False)

    async def show(_: Request) -> Response:
        return page

    app.add_route(PAGE, show, include_in_schema=False)
    file(_SCRIPT)
    file(_STYLE)


def _policy(page: str) -> str:
    """What a browser may do with the page: load these files, run the script in it, call the service it came from."""
    inline = " ".join(f"'sha256-{_hash(script)}'" for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL))
    return (
        f"default-src 'none'; script-src 'self' {inline}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
