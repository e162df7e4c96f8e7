"""`aimaq case` as a person or a script runs it: a case listed, shown, traced, exported, and its bundle verified."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner, Result

from aimaq.access.administration import token_file
from aimaq.http.client import http_client
from aimaq.language.messages import PARTIES
from aimaq.regulation import Catalogue
from gateway_svc.journal.statement import read_statement
from stand.bundle.archive import MANIFEST, pack, unpack
from stand.bundle.certificate_status import LISTS
from stand.client.address import StandAddress
from stand.client.http import ServiceClient
from stand.commands.cli import load
from stand.flowfile import FLOWS
from stand.flowfile import load as load_flow
from stand.replay.player import play
from stand.runtime.embedded import Stand, embedded
from tests.bundle.test_bundle import places
from tests.faults import rows
from tests.outsider import REGULATION
from tests.papers.witness import Authorities, judged
from tests.parties import IIN
from tests.waiting import eventually

pytestmark = pytest.mark.slow

Run = Callable[..., Awaitable[Result]]
aimaq = load(["case", "verify"])


def command(*words: object) -> Result:
    result = CliRunner().invoke(aimaq, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with embedded(tmp_path) as made:
        yield made


@pytest.fixture
def run(stand: Stand, tmp_path: Path) -> Run:
    """Runs `aimaq case …` against the stand."""

    async def ran(*words: object) -> Result:
        there = ("--stand", stand.urls["gateway"], "--home", tmp_path)
        return await asyncio.to_thread(command, "case", *words, *there)

    return ran


async def refused(stand: Stand) -> str:
    """A case that ended at once, since whoever came has no account; the journal knows it."""
    async with http_client() as session:
        login = {"iin": IIN, "password": "nothing at all"}
        reply = await ServiceClient(session, stand.urls["portal"]).call(
            "POST", "/cases", {"regulation": REGULATION, "login": login}
        )
    case_id: str = reply.body["case_id"]
    await eventually(lambda: rows(stand.services["gateway"], "journal", case_id=case_id), what="the case, journalled")
    return case_id


async def test_a_case_is_listed_shown_traced_exported_and_verified(stand: Stand, run: Run, tmp_path: Path) -> None:
    case_id = await refused(stand)
    (listed,) = json.loads((await run("ls", "-o", "json")).output)["items"]
    assert (listed["case_id"], listed["regulation"]) == (case_id, REGULATION)
    assert case_id in (await run("ls")).output
    assert json.loads((await run("ls", "--status", "completed", "-o", "json")).output)["items"] == []
    shown = json.loads((await run("show", case_id, "-o", "json")).output)
    assert shown["systems"].keys() == {"portal"}
    assert "1" in next(line for line in (await run("show", case_id)).output.splitlines() if line.startswith("messages"))
    traced = json.loads((await run("trace", case_id, "-o", "json")).output)
    assert [message["type"] for message in traced["messages"]] == ["CaseClosed"]
    assert "CaseClosed" in (await run("trace", case_id)).output
    file = tmp_path / "case.zip"
    result = await run("export", case_id, "-o", file)
    assert result.exit_code == 0, result.output
    result = await asyncio.to_thread(command, "verify", file, "--home", tmp_path)
    assert result.exit_code == 0, result.output
    assert "time stamps: block 1 at " in result.output
    again = tmp_path / "again.zip"
    assert (await run("export", case_id, "-o", again)).exit_code == 0
    assert (await asyncio.to_thread(command, "verify", again, "-o", "json", "--home", tmp_path)).exit_code == 0


async def test_the_bundle_of_a_flow_holds_and_its_people_are_known_to_the_responder(
    stand: Stand, run: Run, tmp_path: Path
) -> None:
    path = FLOWS / REGULATION / "portal-certificate.yaml"
    catalogue = Catalogue.bundled()
    there = StandAddress("the test's", stand.urls, stand.tokens, stand.clock)
    done = await play(load_flow(path, catalogue), there, seed="bundle", catalogue=catalogue)
    assert done.conforms
    (listed,) = json.loads((await run("ls", "-o", "json")).output)["items"]
    file = tmp_path / "case.zip"
    assert (await run("export", listed["case_id"], "-o", file)).exit_code == 0
    result = await asyncio.to_thread(command, "verify", file, "-o", "json", "--home", tmp_path)
    assert result.exit_code == 0, result.output
    checks = {check["check"]: check for check in json.loads(result.output)["checks"]}
    particulars = {line["place"]: line["what"] for line in checks["certificates"]["told"]}
    assert not checks["certificates"]["unchecked"]
    assert {place.partition("/")[0] for place in particulars} == {"authority", "blocks", "documents", "systems"}
    assert all(what.endswith("list: not withdrawn; responder: not withdrawn") for what in particulars.values()), (
        particulars
    )
    assert checks["papers"]["said"].startswith("1 results on paper")
    files = unpack(file.read_bytes())[0]
    (name,) = (name for name in files if name.endswith("-result.pdf"))
    made = read_statement(files["case/statement.json"])
    assert made is not None
    issuing, root = (x509.load_der_x509_certificate(files[f"authority/0{n}.der"]) for n in (1, 2))
    trusted = Authorities(root, issuing, tuple(files[one] for one in LISTS), made.made_at)
    assert (await judged(files[name], trusted)).bottom_line, "what another verifier needs is in the bundle"
    del files[MANIFEST]
    for changed in ({name: files[name] + b"\n"}, {name: b"%PDF"}, {"documents/000099-result.pdf": files[name]}):
        assert next(iter(changed)) in places(pack(listed["case_id"], files | changed))
    pdf = files.pop(name)
    assert name in places(pack(listed["case_id"], files))
    assert len(pdf) > 10_000


async def test_what_cannot_be_done_is_one_line_and_an_exit_code(run: Run, tmp_path: Path) -> None:
    nobody = "01890a5d-ac96-774b-bcce-b302099a8057"
    for words in (("show", nobody), ("trace", nobody), ("export", nobody, "-o", tmp_path / "x.zip"), ("show", "x")):
        result = await run(*words)
        assert result.exit_code == 2, words
        assert result.output.startswith("aimaq case: ")
        assert len(result.output.splitlines()) == 1
    assert (await run("ls", "--status", "nowhere")).exit_code == 2
    assert not (tmp_path / "x.zip").exists()


def test_a_stand_that_is_not_there_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    for party in PARTIES:
        (tmp_path / "keys" / party).mkdir()
        token_file(tmp_path, party).write_text("of nobody's stand")
    result = command("case", "ls", "--stand", "http://127.0.0.1:9", "--home", tmp_path)
    assert result.exit_code == 3
    assert result.output.startswith("aimaq case: ")
