"""Every text that a request can carry, at every endpoint of the five services: none of them takes what nobody can keep.

The endpoints and their fields are read from each service's OpenAPI document, so that a new field is walked as well.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.web.people import SERVICES, People

pytestmark = pytest.mark.asyncio(loop_scope="module")

POISON = {
    "a NUL": "a\0b",
    "too long": "a" * 20_000,
    "half a letter": "a\ud800",
    "an escape": "a\x1b[31m",
    "C1": "\x9b1m",
}

Path = tuple[str | int, ...]


class Walk:
    """The request bodies of one service: an example of each, and where its texts are."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document.get("components", {}).get("schemas", {})
        self.document = document

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema without references, and without the choice of null."""
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
        return self.resolved(choices[0]) if choices else schema

    def example(self, schema: dict[str, Any]) -> Any:
        """A value of the right types, with every field and one of each list."""
        schema = self.resolved(schema)
        if "enum" in schema or "const" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        kind = schema.get("type")
        if kind == "object":
            return {name: self.example(one) for name, one in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.example(schema.get("items", {}))]
        return {"string": "a", "integer": 1, "number": 1, "boolean": True}.get(str(kind))

    def texts(self, schema: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Where the texts of a body are, with the schema of each."""
        schema = self.resolved(schema)
        if schema.get("type") == "string":
            yield path, schema
        for name, one in schema.get("properties", {}).items():
            yield from self.texts(one, (*path, name))
        if schema.get("type") == "array":
            yield from self.texts(schema.get("items", {}), (*path, 0))

    def bodies(self) -> Iterator[tuple[str, str, dict[str, Any], list[str]]]:
        """The endpoints that take JSON: method, path, the schema of the body, and whom they let in.

        The form of a case is no text.
        """
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                content = operation.get("requestBody", {}).get("content", {})
                if "application/json" in content:
                    yield method.upper(), path, content["application/json"]["schema"], operation["x-callers"]

    def parameters(self) -> Iterator[tuple[str, str, str]]:
        """The texts in the query: method, path, and the name of each."""
        for path, operations in self.document["paths"].items():
            for method, operation in operations.items():
                for one in operation.get("parameters", ()):
                    if one["in"] == "query" and self.resolved(one["schema"]).get("type") == "string":
                        yield method.upper(), path, one["name"]


def changed(body: Any, path: Path, value: Any) -> Any:
    """The body with this value at this place."""
    body = deepcopy(body)
    at = body
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return body


def concrete(path: str) -> str:
    """A path with something in the place of each name."""
    parts = path.replace(":path}", "}").split("/")
    return "/".join("019cacb3-f200-72a4-b777-6ddd64133b9e" if part.startswith("{") else part for part in parts)


def refused(answer: httpx.Response, what: str, field: str) -> list[str]:
    """What is wrong with an answer that should be a refusal which names this field."""
    if answer.status_code >= 500:
        return [f"{what}: {answer.status_code} {answer.text[:200]}"]
    if answer.status_code < 400:
        return [f"{what}: taken, {answer.status_code}"]
    if answer.headers["content-type"] != "application/problem+json":
        return [f"{what}: {answer.headers['content-type']}"]
    document = answer.json()
    named = {document.get("field"), *(one["field"] for one in document.get("errors", ()))}
    return [] if field in named else [f"{what}: names {sorted(map(str, named))}"]


async def client_of(people: People, party: str) -> httpx.AsyncClient:
    return await people.parties.http(party, **people.admin)


@pytest.mark.parametrize("party", [*SERVICES, "registry"])
async def test_no_text_of_a_body_may_be_poison(people: People, party: str) -> None:
    client = await client_of(people, party)
    walk = Walk(people.parties.apps[party].openapi())
    user = await people.signed_in(party) if party in ("portal", "con", "lea") else {}
    wrong, count = [], 0
    for method, path, schema, callers in walk.bodies():
        example = walk.example(schema)
        who = user if callers == ["user"] else people.admin
        for place, text in walk.texts(schema):
            for name, poison in POISON.items():
                count += 1
                content = json.dumps(changed(example, place, poison)).encode()
                sent = {"content": content, "headers": {"content-type": "application/json", **who}}
                answer = await client.request(method, concrete(path), **sent)  # type: ignore[arg-type]
                what = f"{method} {path} {place} with {name}"
                if _ncanode(path):
                    wrong += [what] if answer.status_code >= 500 or "message" not in answer.json() else []
                elif "base64" in text.get("format", "") and 400 <= answer.status_code < 500:
                    assert answer.json()["type"].startswith("urn:aimaq:problem:")
                else:
                    wrong += refused(answer, what, ".".join(map(str, place)))
    assert not wrong, "\n" + "\n".join(wrong)
    assert count >= 40 or party == "gateway"


def _ncanode(path: str) -> bool:
    """Whether clients of NCANode come here: an error, or what is not known, has its own shape."""
    return path.startswith(("/cms/", "/x509/", "/pkcs12/"))


@pytest.mark.parametrize("party", [*SERVICES, "registry"])
async def test_no_text_of_a_query_may_be_poison(people: People, party: str) -> None:
    client = await client_of(people, party)
    wrong = []
    for method, path, name in Walk(people.parties.apps[party].openapi()).parameters():
        for what, poison in POISON.items():
            if what == "half a letter":  # which an address cannot have: it is read as a replacement character
                continue
            answer = await client.request(method, f"{concrete(path)}?{name}={quote(poison)}")
            if answer.status_code >= 500 or answer.status_code < 400:
                wrong.append(f"{method} {path} {name} with {what}: {answer.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("what", POISON)
async def test_no_path_may_be_poison(people: People, what: str) -> None:
    wrong = []
    poison = "".join(f"%{byte:02x}" for byte in POISON[what].encode("utf-8", "surrogatepass"))
    for party in (*SERVICES, "registry"):
        client = await client_of(people, party)
        for path, operations in people.parties.apps[party].openapi()["paths"].items():
            if "{" not in path or path.startswith("/nca/ocsp/"):  # which answers in a protocol of its own
                continue
            place = "/".join(poison if part.startswith("{") else part for part in path.split("/"))
            for method in operations:
                answer = await client.request(method.upper(), place)
                if not 400 <= answer.status_code < 500:
                    wrong.append(f"{party} {method} {path} with {what}: {answer.status_code}")
    assert not wrong, "\n" + "\n".join(wrong)


async def test_a_ticket_that_is_poison_is_the_callers_mistake_on_every_database(people: People) -> None:
    body = {"regulation": "a", "login": people.clerk.login, "ticket": "\0"}
    answer = await people.con.post("/cases", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "ticket")


async def test_base64_that_holds_no_signature_names_the_field(people: People) -> None:
    case_id, mine, _ = await people.filled()
    for cms in (base64.b64encode(b"\0" * 100).decode(), "\0", "*" * 100):
        answer = await people.portal.post(f"/cases/{case_id}/signature", json={"cms": cms}, headers=mine)
        assert (answer.status_code, answer.json()["field"]) == (422, "cms")
