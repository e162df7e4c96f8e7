"""A regulation is a file and nothing else: a made-up seventeenth is listed, drawn, played and judged as the others are.

No line of Python knows it; the file is the test's own, and lies where no code looks for regulations by itself.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lxml import etree
from typer.testing import CliRunner, Result

from aimaq.language.clock import StandClock
from aimaq.language.errors import Unconfigured
from aimaq.regulation import Catalogue
from aimaq.settings import Settings
from stand.client.address import StandAddress
from stand.commands import cli
from stand.commands.tester.playing import play_all
from stand.flowfile import FlowFile, Wait, load, read
from stand.flowfile.scaffold import scaffold
from stand.runtime.catalogue import laws
from stand.runtime.embedded import embedded
from tests.breaches import breaches

pytestmark = pytest.mark.slow

ID = "pigeon-permit-2030"
LIMIT = "limit: {max: 3, unit: working-day, text: 3 (үш) жұмыс күні}"
ACT = f"""
id: {ID}
act:
  authority: {{kk: Ойдан шығарылған әкімдік, ru: Вымышленный акимат, en: A made-up akimat}}
  number: "17"
  date: 2030-01-10
title: {{kk: Көгершін ұстауға рұқсат беру, ru: Разрешение держать голубей, en: Permit to keep pigeons}}
automation: partial
kind: transactional
body: lea:pigeon-office
form:
  - name: pigeons
    required: true
    pattern: ^[1-9][0-9]?$
    example: "12"
    label: {{kk: Көгершіндер саны, ru: Сколько голубей, en: How many pigeons}}
results:
  permit:
    decision: granted
    title: {{kk: Рұқсат, ru: Разрешение, en: Permit}}
  refusal:
    decision: denied
    title: {{kk: Дәлелді бас тарту, ru: Мотивированный отказ, en: Reasoned refusal}}
ends:
  issued:
    status: completed
    result: permit
    title: {{kk: Рұқсат берілді, ru: Разрешение выдано, en: The permit was issued}}
  refused:
    status: refused
    result: refusal
    title: {{kk: Бас тартылды, ru: В разрешении отказано, en: The permit was refused}}
flows:
  portal:
    paragraph: "4"
    steps:
      process-1:
        item: 1
        title: {{kk: Авторландыру, ru: Авторизация, en: Signing in}}
        by: portal.citizen
        does: authenticate
        then: process-2
      process-2:
        item: 2
        title: {{kk: Сұрау салу, ru: Запрос, en: The request}}
        limit: {{max: 30, unit: minute}}
        parts:
          - {{by: portal.citizen, does: fill-form}}
          - {{by: portal.citizen, does: sign}}
          - {{by: portal, does: send, sends: {{RequestSubmitted: lea}}}}
        then: process-3
      process-3:
        item: 3
        title: {{kk: Қарау, ru: Рассмотрение, en: Looking into it}}
        {LIMIT}
        parts:
          - {{by: lea, does: register, sends: {{RequestRegistered: portal}}}}
          - {{by: lea.executor, does: prepare, sends: {{StatusChanged: portal}}}}
          - {{by: lea.head, does: decide, sends: {{ResultIssued: portal}}}}
        if: {{granted: process-4, denied: process-4}}
      process-4:
        item: 4
        title: {{kk: Нәтижені беру, ru: Выдача результата, en: Handing over}}
        by: portal
        does: deliver
        sends: {{ResultDelivered: gateway}}
        end: {{granted: issued, denied: refused}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of further regulations, with one in it."""
    found = tmp_path_factory.mktemp("regulations")
    (found / f"{ID}.yaml").write_text(ACT, "utf-8")
    return found


@pytest.fixture(scope="module")
def catalogue(folder: Path) -> Catalogue:
    """The bundled regulations and this one."""
    return laws([folder])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[StandAddress]:
    """A stand that goes by this catalogue."""
    home = tmp_path_factory.mktemp("stand")
    cheap: dict[str, Any] = {"password_memory": 8, "password_rounds": 1}
    async with embedded(home, catalogue=catalogue, clock=StandClock(), **cheap) as made:
        yield StandAddress("embedded", made.urls, made.tokens, made.clock)


def aimaq(*words: object, **environment: str) -> Result:
    """What a command says; it must not fail."""
    result = CliRunner().invoke(cli.load(), [str(word) for word in words], env={"COLUMNS": "200", **environment})
    assert result.exit_code == 0, result.output
    return result


def flows(catalogue: Catalogue, folder: Path) -> dict[str, FlowFile]:
    """The flow files that are made of the regulation, written and read."""
    found = {}
    for name, data in scaffold(catalogue.regulation(ID), "portal"):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(data), "utf-8")
        assert read(path, catalogue)[1] == []
        found[name] = load(path, catalogue)
    return found


def test_it_is_one_more_beside_the_bundled_ones(catalogue: Catalogue) -> None:
    bundled = [regulation.id for regulation in Catalogue.bundled()]
    assert ID not in bundled
    assert sorted(regulation.id for regulation in catalogue) == sorted([*bundled, ID])


@pytest.mark.parametrize("way", ["option", "environment"])
def test_it_is_listed_shown_and_exported(folder: Path, way: str) -> None:
    words = ("--law", folder) if way == "option" else ()
    environment = {} if way == "option" else {"AIMAQ_REGULATIONS": str(folder)}
    assert "Permit to keep pigeons" in aimaq("law", "list", *words, **environment).stdout
    shown = aimaq("law", "show", ID, *words, **environment).stdout
    assert "portal: paragraph 4" in shown
    assert "3 working days" in shown
    exported = json.loads(aimaq("law", "export", *words, **environment).stdout)["regulations"]
    (mine,) = (one for one in exported if one["id"] == ID)
    assert [step["ref"] for step in mine["flows"][0]["steps"]] == [f"process-{n}" for n in range(1, 5)]
    assert len(exported) == len(Catalogue.bundled()) + 1


def test_it_is_checked_by_the_same_rules(folder: Path, tmp_path: Path) -> None:
    assert aimaq("law", "check", folder).stdout == "1 of 1 without a mistake, 0 found\n"
    bad = tmp_path / f"{ID}.yaml"
    bad.write_text(ACT.replace("then: process-2", "then: process-5"), "utf-8")
    with pytest.raises(Unconfigured, match="process-5"):
        laws([bad])
    with pytest.raises(Unconfigured, match="no such regulation file"):
        laws([tmp_path / "nowhere"])


def test_it_is_drawn(folder: Path) -> None:
    mermaid = aimaq("law", "show", ID, "-o", "mermaid", "--lang", "en", "--law", folder).stdout
    assert "\nflowchart " in mermaid
    model = etree.fromstring(aimaq("law", "show", ID, "-o", "bpmn", "--lang", "en", "--law", folder).stdout.encode())
    names = {element.get("name") for element in model.iter() if element.get("name")}
    for title in ("Signing in", "The request", "Looking into it", "Handing over"):
        assert title in mermaid
        assert any(title in name for name in names)
    for end in ("The permit was issued", "The permit was refused"):
        assert end in mermaid
        assert end in names


def test_a_service_takes_it_from_its_settings(folder: Path) -> None:
    settings = Settings.from_environment({"AIMAQ_REGULATIONS": f"{folder}:elsewhere.yaml"}, party="lea")
    assert settings.law_files == [folder, Path("elsewhere.yaml")]
    assert Settings(party="lea").law_files == []


@pytest.mark.asyncio(loop_scope="module")
async def test_its_flows_are_made_played_and_conform(stand: StandAddress, catalogue: Catalogue, tmp_path: Path) -> None:
    made = flows(catalogue, tmp_path)
    assert set(made) == {"portal-issued", "portal-refused", "portal-in-time"}
    done = await play_all(list(made.values()), stand, "pigeons", catalogue)
    assert {run.flow: breaches(run.verdict) for run in done.runs if not run.conforms} == {}
    assert done.conforms
    assert done.coverage is not None
    assert {(one.regulation, one.percent) for one in done.coverage.flows} == {(ID, 100)}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_limit_that_is_shortened_in_the_file_makes_the_same_flow_late(
    stand: StandAddress, catalogue: Catalogue, tmp_path: Path
) -> None:
    flow = flows(catalogue, tmp_path)["portal-in-time"]
    assert any(isinstance(happening, Wait) for happening in flow.do)
    copy = tmp_path / f"{ID}.yaml"
    copy.write_text(ACT.replace(LIMIT, "limit: {max: 1, unit: minute, text: 1 (бір) минут}"), "utf-8")
    shorter = laws([copy])
    done = await play_all([flow], stand, "hurry", shorter)
    (run,) = done.runs
    late = {f"{finding.ref}/{finding.operation}" for finding in run.verdict.steps if finding.state == "late"}
    assert late
    assert {name.partition("/")[0] for name in late} == {"process-3"}
    assert not run.conforms
