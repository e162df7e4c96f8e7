"""What watches over a deployed stand is right by Prometheus's own tool, and asks for nothing that no service tells."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from aimaq.http.client import http_client
from aimaq.regulation import Catalogue
from aimaq.settings import PORTS
from stand.client.address import StandAddress
from stand.commands.tester.playing import CHEAP_PASSWORDS, play_all
from stand.flowfile import FLOWS
from stand.flowfile import load as load_flow
from stand.runtime.embedded import embedded
from tests.house import ROOT
from tests.metrics import declared
from tests.metrics.scraping import scraped

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
CONFIG = DEPLOY / "prometheus" / "prometheus.yml"
TRIED = Path(__file__).parent / "rules.yml"
BOARD = DEPLOY / "grafana" / "aimaq.json"
SECRET = "/run/secrets/metrics-token"
TOKEN = "a-token-for-scrapers-alone"

FOREIGN = {"up", "process_resident_memory_bytes"}
"""What Prometheus itself tells, and its library of a process."""
_LABEL_MATCHERS = re.compile(r"\{[^}]*\}|\b(?:by|without|on|ignoring)\s*\([^)]*\)|\[[^\]]*\]|\"[^\"]*\"")
_NAME = re.compile(r"\b[a-z_]+\b(?!\s*\()")
_WORDS = {"or", "and", "unless", "by", "without", "sum", "max", "min", "le"}


def promtool(*words: str | Path) -> str:
    """What Prometheus's tool says, which finds nothing wrong."""
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load(RULES.read_text("utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    """Every expression of a rule and of the dashboard."""
    board = json.loads(BOARD.read_text("utf-8"))
    asked = [variable["query"]["query"] for variable in board["templating"]["list"]]
    named = [re.sub(r"label_values\((\w+), \w+\)", r"\1", one) for one in asked]
    return [rule["expr"] for rule in rules()] + shown() + named


def shown() -> list[str]:
    """Every expression of a panel of the dashboard."""
    board = json.loads(BOARD.read_text("utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def names(expression: str) -> set[str]:
    """The names of series in an expression."""
    return set(_NAME.findall(_LABEL_MATCHERS.sub(" ", expression))) - _WORDS


def labels(expression: str) -> set[str]:
    """The labels that an expression names."""
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", expression)
    grouped = re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", expression)
    return {*matched, *(one.strip() for group in grouped for one in group.split(","))}


@pytest.mark.services
def test_the_rules_are_right_by_prometheus_s_own_tool() -> None:
    assert f"{len(rules())} rules found" in promtool("check", "rules", RULES)


@pytest.mark.services
def test_the_configuration_is_right_by_prometheus_s_own_tool(tmp_path: Path) -> None:
    text = CONFIG.read_text("utf-8")
    assert text.count(SECRET) == 1
    (tmp_path / "token").write_text("a-token")
    (tmp_path / "rules.yml").write_text(RULES.read_text("utf-8"), "utf-8")
    (tmp_path / "prometheus.yml").write_text(text.replace(SECRET, str(tmp_path / "token")), "utf-8")
    assert "SUCCESS" in promtool("check", "config", tmp_path / "prometheus.yml")


@pytest.mark.services
def test_each_rule_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", TRIED)


@pytest.mark.services
def test_each_expression_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    written = {"$__rate_interval": "5m", "$party": ".*"}
    asked = [re.sub("|".join(map(re.escape, written)), lambda found: written[found[0]], one) for one in shown()]
    listed = [{"record": f"tried:{number}", "expr": one} for number, one in enumerate(asked)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": listed}]}), "utf-8")
    assert f"{len(asked)} rules found" in promtool("check", "rules", file)


@pytest.mark.slow
async def test_a_stand_at_work_has_all_that_the_dashboard_and_the_rules_ask_for(tmp_path: Path) -> None:
    catalogue = Catalogue.bundled()
    flow = load_flow(FLOWS / "unemployed-certificate-2012" / "portal-certificate.yaml", catalogue)
    async with embedded(tmp_path, metrics_token=TOKEN, **CHEAP_PASSWORDS) as stand, http_client() as session:
        address = StandAddress("the test's", stand.urls, stand.tokens, stand.clock)
        assert (await play_all([flow], address, "watched", catalogue)).conforms
        scrapes = [await scraped(session, {"Authorization": f"Bearer {TOKEN}"}, url) for url in stand.urls.values()]
    there = {sample.name for one in scrapes for family in one.families.values() for sample in family.samples}
    there |= {name for one in scrapes for name in re.findall(r"^# TYPE (\w+) counter$", one.text, re.MULTILINE)}
    asked = {name for expression in expressions() for name in names(expression)}
    assert asked - there == {"up"}
    labels_there = {
        label for one in scrapes for family in one.families.values() for s in family.samples for label in s.labels
    }
    assert labels_there >= {
        "sender",
        "recipient",
        "type",
        "outcome",
        "performer",
        "operation",
        "route",
        "status",
        "kind",
    }


def test_each_rule_is_tried() -> None:
    tried = yaml.safe_load(TRIED.read_text("utf-8"))
    fired = {one["alertname"] for test in tried["tests"] for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_nothing_is_asked_for_that_no_service_tells() -> None:
    assert len(expressions()) > 40
    known = declared.series() | FOREIGN
    unknown = {expression: lacking for expression in expressions() if (lacking := names(expression) - known)}
    assert not unknown


def test_no_label_is_asked_for_that_no_family_has() -> None:
    known = {label for one, _ in declared.everywhere() for label in one.labels} | {"party", "job", "le"}
    unknown = {expression: lacking for expression in expressions() if (lacking := labels(expression) - known)}
    assert not unknown


def test_every_family_is_looked_at_somewhere() -> None:
    looked_at = {name for expression in expressions() for name in names(expression)}
    beside = {"aimaq_build_info", "aimaq_warnings", "aimaq_probe_age_seconds"}
    beside |= {"aimaq_journal_entries_total", "aimaq_journal_blocks_total"}
    unseen = {
        one.name
        for one, _ in declared.everywhere()
        if not {f"{one.name}{suffix}" for suffix in declared.SUFFIXES[one.kind]} & looked_at
    }
    assert unseen == beside


@pytest.mark.parametrize("expression", ["rate(aimaq_nothing_total[5m])", 'sum by (nobody) (up{nothing="x"})'])
def test_the_tests_notice_what_is_not_there(expression: str) -> None:
    assert names(expression) - declared.series() - FOREIGN or labels(expression) >= {"nobody", "nothing"}


def test_each_service_is_scraped_on_its_port_under_its_name() -> None:
    (job,) = yaml.safe_load(CONFIG.read_text("utf-8"))["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    scraped = {one["labels"]["party"]: one["targets"] for one in job["static_configs"]}
    assert scraped == {party: [f"{party}:{port}"] for party, port in PORTS.items()}


def test_the_dashboard_is_whole() -> None:
    board = json.loads(BOARD.read_text("utf-8"))
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 20
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    (source,) = yaml.safe_load((DEPLOY / "grafana" / "datasources.yml").read_text("utf-8"))["datasources"]
    assert {panel["datasource"]["uid"] for panel in panels} == {source["uid"]}


def test_the_guide_names_every_alert() -> None:
    guide = (ROOT / "docs" / "guide-operators.md").read_text("utf-8")
    named = set(re.findall(r"`(Aimaq[A-Z]\w+)`", guide))
    assert named == {rule["alert"] for rule in rules()}
