"""The public form of the catalogue: its keys are fixed, its values are the regulation's."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from aimaq.regulation import Catalogue, Limit, Regulation
from aimaq.regulation.export import export


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    exported: dict[str, Any] = json.loads(json.dumps(export(Catalogue.bundled())))
    return exported


def test_every_regulation_has_the_public_keys(plain: dict[str, Any]) -> None:
    assert [regulation["id"] for regulation in plain["regulations"]] == [r.id for r in Catalogue.bundled()]
    for regulation in plain["regulations"]:
        assert list(regulation) == ["id", "act", "title", "automation", "kind", "flows"]
        assert list(regulation["act"]) == ["authority", "number", "date", "repealed_on"]
        assert set(regulation["title"]) == {"kk", "ru", "en"}
        for flow in regulation["flows"]:
            assert list(flow) == ["channel", "paragraph", "steps", "table"]
            for step in flow["steps"]:
                assert set(step) - {"limits"} == {
                    *("ref", "paragraph", "kind", "by", "operation", "limit", "next", "parts"),
                }
            for row in flow["table"]:
                assert list(row) == ["no", "unit", "limit", "next"]


def test_the_export_says_what_the_act_says(plain: dict[str, Any]) -> None:
    regulation = next(one for one in plain["regulations"] if one["id"] == "unemployed-certificate-2012")
    assert regulation["act"]["number"] == "346"
    assert regulation["act"]["date"] == "2012-09-05"
    assert regulation["act"]["repealed_on"] == "2013-05-21"
    flows = {flow["channel"]: flow for flow in regulation["flows"]}
    assert {channel: (len(flow["steps"]), len(flow["table"])) for channel, flow in flows.items()} == {
        "provider": (11, 12),
        "con": (10, 15),
        "portal": (10, 15),
    }
    first = flows["con"]["steps"][0]
    assert first == {
        "ref": "process-1",
        "paragraph": "7(1)",
        "kind": "process",
        "by": "con",
        "operation": "authenticate",
        "limit": None,
        "next": {"ok": "condition-1"},
        "parts": [{"by": "con.operator", "operation": "authenticate", "sends": {}}],
    }
    assert flows["con"]["table"][0] == {
        "no": 1,
        "unit": "ХҚКО",
        "limit": {"min": None, "max": 30, "unit": "minute"},
        "next": [2],
    }
    assert flows["con"]["table"][9]["limit"] is None
    assert flows["con"]["table"][14]["next"] == []


def test_whole_numbers_are_printed_whole_and_others_as_they_are(regulation: Regulation) -> None:
    step = msgspec.structs.replace(
        regulation.flow("con").step("process-1"),
        limit=None,
        limits={"short": Limit(max=0.5, unit="hour"), "long": Limit(min=1.0, max=2.0, unit="day")},
    )
    flow = msgspec.structs.replace(regulation.flow("con"), steps={step.ref: step})
    changed = msgspec.structs.replace(regulation, flows={"con": flow})
    found = export([changed])["regulations"][0]["flows"][0]["steps"][0]
    assert found["limit"] is None
    assert json.dumps(found["limits"]) == (
        '{"short": {"min": null, "max": 0.5, "unit": "hour"}, "long": {"min": 1, "max": 2, "unit": "day"}}'
    )


def test_a_regulation_survives_the_way_through_json(regulation: Regulation) -> None:
    assert msgspec.json.decode(msgspec.json.encode(regulation), type=Regulation) == regulation
