"""The errands of CONTRIBUTING.md, run in a copy: they need the files listed and no other, and none of them may lack."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from stand.bench.stands import ports_in_a_row
from tests.errands.copies import CONTRIBUTING, Errand, aimaq, copy, do, listed, python
from tests.errands.errands import BUS, ENDPOINT, MESSAGE, PEOPLE, REGISTER, SYSTEM
from tests.house import ROOT
from tests.regulation.test_seventeenth import ACT, ID

MOST = 4
"""Files that an errand may take."""

DECIDES = "          - {by: lea.executor, does: prepare, sends: {StatusChanged: portal}}\n"
CHANGES = {
    PEOPLE.title: (DECIDES, "          - {by: lea.executor, does: interview}\n" + DECIDES),
    SYSTEM.title: (DECIDES, '          - {by: lea, does: count-pigeons, exit: {wrong: "end:refused"}}\n' + DECIDES),
    MESSAGE.title: ("{RequestRegistered: portal}", "{RequestRegistered: portal, VisitPlanned: portal}"),
    REGISTER.title: (
        DECIDES,
        "          - {by: lea, does: ask-registry, asks: [breeders], sends: {RegistryAsked: registry}}\n"
        + DECIDES.replace("does: prepare", "does: prepare, requires: {breeders: {status: [member]}}"),
    ),
}
"""What of the made-up act makes use of what the errand adds."""

SHOWS = {
    PEOPLE.title: '"operation": "interview"',
    SYSTEM.title: '"operation": "count-pigeons"',
    MESSAGE.title: '"type": "VisitPlanned"',
    REGISTER.title: '"type": "RegistryAnswered"',
}
"""What stands in the replay of a flow through that act."""

ERRANDS = {errand.title: errand for errand in (PEOPLE, SYSTEM, MESSAGE, REGISTER)}
"""The errands that a flow makes use of."""


LEFT_OUT_BY_TURNS = (PEOPLE, SYSTEM, REGISTER)
"""The errands whose every file `aimaq law check` misses, so that several can lack one at a time."""


def act_of(there: Path, *errands: Errand) -> Path:
    """The made-up act, which makes use of what the errands add."""
    text = ACT
    for errand in errands:
        old, new = CHANGES[errand.title]
        assert old in text
        text = text.replace(old, new)
    path = there / f"{ID}.yaml"
    path.write_text(text, "utf-8")
    return path


def conforms(there: Path, *errands: Errand) -> str:
    """What `replay` says of a flow that is made of the act, in a copy where these errands were done."""
    act = act_of(there, *errands)
    checked = aimaq(there, "law", "check", act)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    made = aimaq(there, "flow", "new", ID, "--law", act, "--variant", "portal-issued", "--out", there / "made")
    assert made.returncode == 0, made.stderr
    played = aimaq(there, "replay", there / "made", "--law", act, "-o", "json")
    assert played.returncode == 0, played.stdout + played.stderr
    assert json.loads(played.stdout)["conforms"] is True
    return played.stdout


def refuses(there: Path, expected: list[str], *words: object) -> None:
    """A command in a copy says each of these, and does not begin."""
    output = aimaq(there, *words)
    assert output.returncode != 0, output.stdout
    for pattern in expected:
        assert re.search(pattern, output.stderr), output.stdout + output.stderr
    assert "Traceback" not in output.stderr


def test_each_errand_lists_the_files_that_it_takes_at_most_four() -> None:
    found = listed(CONTRIBUTING.read_text("utf-8"))
    every = (*ERRANDS.values(), ENDPOINT, BUS)
    assert {errand.title: list(errand.edits) for errand in every} == found
    assert all(1 < len(files) <= MOST for files in found.values())
    assert all(errand.refusals.keys() == errand.edits.keys() for errand in every)


@pytest.mark.long
def test_the_errands_need_these_files_and_no_other(tmp_path: Path) -> None:
    copy(tmp_path)
    for errand in ERRANDS.values():
        do(errand, tmp_path)
    output = conforms(tmp_path, *ERRANDS.values())
    for words in SHOWS.values():
        assert words in output


def test_a_message_type_is_named_on_the_pages_of_its_services_without_a_fourth_file(tmp_path: Path) -> None:
    copy(tmp_path)
    do(MESSAGE, tmp_path)
    (tmp_path / "tests").mkdir()
    for name in ("pyproject.toml", "tests/house.py", "tests/test_service_tables.py"):
        shutil.copy2(ROOT / name, tmp_path / name)
    ran = python(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_service_tables.py")
    assert ran.returncode == 0, ran.stdout


@pytest.mark.long
@pytest.mark.parametrize("errand", ERRANDS.values(), ids=list(ERRANDS))
def test_an_errand_needs_nothing_of_another(errand: Errand, tmp_path: Path) -> None:
    copy(tmp_path)
    do(errand, tmp_path)
    assert SHOWS[errand.title] in conforms(tmp_path, errand)


@pytest.mark.parametrize("position", range(MOST))
def test_a_file_that_was_left_out_is_refused_by_name(position: int, tmp_path: Path) -> None:
    copy(tmp_path)
    expected = []
    for errand in LEFT_OUT_BY_TURNS:
        name = list(errand.edits)[position] if position < len(errand.edits) else ""
        do(errand, tmp_path, without=name)
        expected += [errand.refusals[name]] if name else []
    assert expected
    refuses(tmp_path, expected, "law", "check", act_of(tmp_path, PEOPLE, SYSTEM))


@pytest.mark.parametrize("name", MESSAGE.edits)
def test_a_message_type_without_one_of_its_files_is_refused_as_the_stand_starts(name: str, tmp_path: Path) -> None:
    copy(tmp_path)
    do(MESSAGE, tmp_path, without=name)
    flow = ROOT / "flows" / "unemployed-certificate-2012" / "portal-certificate.yaml"
    refuses(tmp_path, [MESSAGE.refusals[name]], "replay", flow)


CONNECTS = """
from aimaq.settings import Settings
from stand.runtime.assembly import bus_of
print(type(bus_of(Settings(party="portal", broker_url="spool://localhost"))).__name__)
"""


def test_a_bus_adapter_takes_the_files_listed_and_none_may_lack(tmp_path: Path) -> None:
    for number, name in enumerate(("", *BUS.edits)):
        there = tmp_path / str(number)
        copy(there)
        do(BUS, there, without=name)
        output = python(there, "-c", CONNECTS)
        if name:
            assert output.returncode != 0, output.stdout
            assert re.search(BUS.refusals[name], output.stderr), output.stderr
        else:
            assert output.stdout == "MemoryBus\n", output.stderr


ANSWERS = """
import asyncio
from pathlib import Path

import httpx

from aimaq.bus import MemoryBroker
from aimaq.language.clock import SystemClock
from aimaq.regulation import Catalogue
from aimaq.settings import Settings
from stand.provision.keys import provision
from stand.runtime.assembly import assemble


async def main() -> None:
    home, clock = Path("home"), SystemClock()
    provision(home, clock, authority_keys="p-256")
    bus = MemoryBroker().connect("con")
    service, app = assemble(Settings(party="con", home=home), clock, Catalogue.bundled(), bus)
    await service.open()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://con") as http:
        await http.post("/tickets")
        print((await http.get("/crowd")).text)
    await service.close()


asyncio.run(main())
"""


def test_a_view_that_was_left_out_is_one_line_as_the_stand_starts(tmp_path: Path) -> None:
    copy(tmp_path)
    do(ENDPOINT, tmp_path, without="con_svc/views.py")
    output = aimaq(tmp_path, "up", "--home", tmp_path / "home", "--first-port", ports_in_a_row()["portal"])
    assert output.returncode == 2, output.stdout
    assert re.fullmatch(f"aimaq: {ENDPOINT.refusals['con_svc/views.py']}\n", output.stderr), output.stderr


@pytest.mark.parametrize("without", ["", *ENDPOINT.edits])
def test_an_endpoint_takes_the_files_listed_and_none_may_lack(without: str, tmp_path: Path) -> None:
    copy(tmp_path)
    do(ENDPOINT, tmp_path, without=without)
    ran = python(tmp_path, "-c", ANSWERS)
    if without:
        assert ran.returncode != 0, ran.stdout
        assert re.search(ENDPOINT.refusals[without], ran.stderr), ran.stderr
    else:
        assert ran.stdout == '{"waiting":1}\n', ran.stderr
