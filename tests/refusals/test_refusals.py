"""Each refusal that a raise in the code can produce, over HTTP, to readers of Kazakh and of Russian: none is English.

The raises are found by reading the code. One that nothing here provokes fails the test by its file, function and line.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from aimaq.eds.findings import Code
from tests.refusals import (
    at_a_broken_stand,
    at_a_front_desk,
    at_an_authority,
    at_the_console,
    at_the_gateway,
    at_the_office,
    at_the_registry,
)
from tests.refusals.sites import Site, modules, raised
from tests.refusals.world import World
from tests.web.staff import Staff

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

MESSAGE = "a message of another system, and no person, comes here"
CROWD = "only many at once come here"
BROKER = "what ends a channel to the broker ends a session with it, which begins anew"
NCANODE = "NCANode's client alone comes here, and is told in NCANode's words"
EXAMINED = "a signature was examined before, and is by one whose signature can be read"
STOPS = "it takes a service that stops during its own call"

BEYOND: dict[str, tuple[int, str]] = {
    "aimaq/access/challenges.py:read _refused": (
        1,
        "a challenge of another service has another seal, which is looked at first",
    ),
    "aimaq/bus/rabbit/channel.py:call result": (1, BROKER),
    "aimaq/bus/rabbit/consumer.py:serve end()": (1, BROKER),
    "aimaq/bus/rabbit/publisher.py:serve end": (1, BROKER),
    "aimaq/casework/procedure/engine.py:shown InvalidInput": (1, MESSAGE),
    "aimaq/casework/procedure/engine.py:submitted AlreadyThere": (1, MESSAGE),
    "aimaq/casework/procedure/engine.py:receive NotFound": (1, MESSAGE),
    "aimaq/web/front_desk/router.py:command refusal": (
        1,
        "an act that checks who one is does so as the case is opened",
    ),
    "aimaq/casework/procedure/bodies.py:_paper OutOfOrder": (1, "every operation that sends a paper has signed it"),
    "aimaq/casework/procedure/operations.py:_checked OutOfOrder": (1, "every command brings what it has checked"),
    "aimaq/regulation/model/act.py:flow UnknownRegulation": (1, "the desk looks first which channels begin there"),
    "aimaq/access/systems/rotation.py:_issued BadSignature": (
        2,
        "it is told as what the registry issued and cannot be used",
    ),
    "aimaq/access/users.py:_write NotAuthenticated": (1, "it takes a session that ends during its own call"),
    "aimaq/access/sessions.py:_claims NotAuthenticated": (1, "the token of another service has another secret"),
    "aimaq/casework/unit_of_work.py:open_case OutOfOrder": (1, "a case that a person opens has a new id"),
    "aimaq/eds/cms/cosign.py:joined BadSignature": (2, NCANODE),
    "aimaq/eds/cms/reader.py:document_in _unreadable": (1, NCANODE),
    "aimaq/eds/cms/reader.py:signatures _too_large": (1, "no body of a request may be so large"),
    "aimaq/eds/cms/reader.py:signers_in _unreadable": (1, NCANODE),
    "aimaq/eds/cms/reader.py:take_apart BadSignature": (2, EXAMINED),
    "aimaq/eds/cms/reader.py:take_apart one": (1, EXAMINED),
    "aimaq/eds/revocation/crl_source.py:current Unavailable": (2, STOPS),
    "aimaq/http/connection.py:_more _error": (1, "an error of httpx: `aimaq/http/client.py` says what is out of reach"),
    "aimaq/language/bounds.py:check PydanticCustomError": (1, "pydantic's: see `refused_by_validators`"),
    "aimaq/pipeline/inbox.py:dead_letter NotFound": (1, "what is tried again by itself was put back meanwhile"),
    "aimaq/pipeline/writer.py:change NotFound": (1, "a command without its case has raised before"),
    "aimaq/regulation/workflow.py:follow InvalidInput": (1, MESSAGE),
    "aimaq/web/server/request_reader.py:on_headers_complete MalformedRequest": (
        1,
        "the requests before it are answered, and then the line ends",
    ),
    "gateway_svc/attention/jobs.py:start TooManyRequests": (1, CROWD),
    "gateway_svc/attention/reports.py:_ask Unavailable": (2, "an action, or a page, says so in its answer"),
    "gateway_svc/handlers.py:admit NotFound": (1, MESSAGE),
    "lea_svc/office/drafts.py:draft OutOfOrder": (1, "without an answer that is prepared there is no document either"),
    "registry_svc/systems/roster_feed.py:newer Unavailable": (1, "it takes a registry that is about to stop"),
    "registry_svc/endpoints/systems.py:_attended Unavailable": (1, "whoever would read it has gone"),
    "registry_svc/nca/records.py:_agreed Unavailable": (1, CROWD),
    "registry_svc/systems/certificates.py:_agreed Unavailable": (1, CROWD),
}
"""Raises that nobody can come to over HTTP: by file and function, how many there are, and why."""

SELDOM = {
    Code.REVOKED_AFTER_SIGNING,
    Code.REVOCATION_STALE,
    Code.OTHER_BIN,
    Code.WRONG_ROLE,
    Code.BAD_ATTRIBUTE,
}
"""Findings that take other settings of a desk, or another registry; `test_texts` reads what they say."""


def place(site: Site) -> str:
    return f"{site.file}:{site.function} {site.kind}"


async def test_each_refusal_is_told_in_the_readers_language(staff: Staff, tmp_path: Path) -> None:
    worlds: dict[str, World] = {}
    for language in ("kk", "ru"):
        with pytest.MonkeyPatch.context() as patch:
            world = worlds[language] = World(staff, patch, language)
            for provocation in (
                *at_a_front_desk.PROVOCATIONS,
                *at_the_office.PROVOCATIONS,
                *at_the_registry.PROVOCATIONS,
                *at_an_authority.PROVOCATIONS,
                *at_the_gateway.PROVOCATIONS,
            ):
                await provocation(world)
            for breakage in at_a_broken_stand.PROVOCATIONS:
                (folder := tmp_path / language / breakage.__name__).mkdir(parents=True)
                await breakage(world, folder)
            (folder := tmp_path / language / "console").mkdir()
            await at_the_console.console(world, folder)
    for world in worlds.values():
        assert world.wrong == []
        missing = [site for site in raised() if not world.met(site)]
        assert [str(site) for site in missing if place(site) not in BEYOND] == []
        assert Counter(map(place, missing)) == Counter({where: count for where, (count, _) in BEYOND.items()})
        assert refused_by_validators() <= world.rules
        assert set(Code) - world.codes <= SELDOM


def refused_by_validators() -> set[str]:
    """The types of the errors that validators of ours raise."""
    return {
        str(node.args[0].value)
        for _, module in modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("refused", "PydanticCustomError")
        and isinstance(node.args[0], ast.Constant)
    }
