"""The catalogue against a second reading of the acts: every item of a flow, and every row of its table.

`acts/` holds the figures as printed, an act a file, read from the acts alone. A reading of a doubtful place never
alters them (`docs/reading-the-law.md`), so the export has to say the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aimaq.regulation import Catalogue
from aimaq.regulation.export import export

Item = dict[str, Any]
"""What is printed of one item: `paragraph`, `limit` and `next` of a step; `unit`, `limit` and `next` of a row."""

Items = dict[str, Item]
"""The items of one flow in the order of the act: by ref, or by `row N`."""

ACTS = Path(__file__).parent / "acts"


def figure(minimum: str, maximum: str, unit: str) -> Item | None:
    """A limit of the files in the form of the export; None where the act prints none."""
    numbers = [float(number) if number else None for number in (minimum, maximum)]
    return {"min": numbers[0], "max": numbers[1], "unit": unit} if unit else None


def read() -> dict[tuple[str, str], Items]:
    """The figures of all five acts: by regulation and channel, what is printed there."""
    flows: dict[tuple[str, str], Items] = {}
    for path in sorted(ACTS.glob("*.tsv")):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        for line in csv.DictReader(lines, delimiter="\t", strict=True):
            items = flows.setdefault((line["regulation"], line["channel"]), {})
            limit = figure(line["min"], line["max"], line["limit"])
            if line["what"] == "row":
                numbers = [int(number) for number in line["next"].split()]
                item: Item = {"unit": line["unit"], "limit": limit, "next": numbers}
                name = f"row {line['ref']}"
            else:
                item = {"paragraph": line["paragraph"], "limit": limit, "next": sorted(line["next"].split())}
                name = line["ref"]
            if line["output"]:
                item = items.get(name, item | {"limit": None, "limits": {}})
                item["limits"][line["output"]] = limit
            else:
                assert name not in items, f"{path.name}: {line['regulation']} {line['channel']} has {name} twice"
            items[name] = item
    return flows


PRINTED = read()


@pytest.fixture(scope="module")
def exported() -> dict[tuple[str, str], Items]:
    """The same of the bundled catalogue, as `aimaq law export` has it; ways to an end are left out."""
    return {
        (regulation["id"], flow["channel"]): {
            **{step["ref"]: plain_step(step) for step in flow["steps"]},
            **{f"row {row['no']}": {key: row[key] for key in ("unit", "limit", "next")} for row in flow["table"]},
        }
        for regulation in export(Catalogue.bundled())["regulations"]
        for flow in regulation["flows"]
    }


def plain_step(step: dict[str, Any]) -> Item:
    """Of a step of the export, what the acts' files have too."""
    following = sorted({ref for ref in step["next"].values() if not ref.startswith("end:")})
    terms = {key: step[key] for key in ("paragraph", "limit", "limits") if key in step}
    return terms | {"next": following}


def differences(printed: Items, found: Items) -> Iterator[str]:
    """What is not as printed, a line each."""
    if list(printed) != list(found):
        yield f"the act has {', '.join(printed)}; the file has {', '.join(found)}"
    for name in printed.keys() & found.keys():
        for key in sorted(printed[name].keys() | found[name].keys()):
            act, file = printed[name].get(key), found[name].get(key)
            if act != file:
                yield f"{name}, {key}: the act has {act}; the file has {file}"


def test_the_acts_and_the_catalogue_have_the_same_flows(exported: dict[tuple[str, str], Items]) -> None:
    assert sorted(PRINTED) == sorted(exported)


@pytest.mark.parametrize(("regulation", "channel"), PRINTED)
def test_a_flow_is_as_printed(exported: dict[tuple[str, str], Items], regulation: str, channel: str) -> None:
    wrong = sorted(differences(PRINTED[regulation, channel], exported[regulation, channel]))
    assert not wrong, "\n".join([f"{regulation} {channel}", *wrong])
