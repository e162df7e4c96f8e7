"""A setting that nothing could work with is refused at the start, by its name."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from aimaq.language.errors import Unconfigured
from aimaq.settings import Settings
from aimaq.settings.times import ABOVE_0
from tests.house import ROOT

SETTINGS = Settings(party="lea")
TIMES = [f.name for f in fields(Settings) if f.type == "float"]


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", TIMES)
def test_a_time_that_is_none_is_refused(name: str, value: float) -> None:
    wrong: Any = {name: value}
    with pytest.raises(Unconfigured, match=f"AIMAQ_{name.upper()} must (not be below 0|be above 0|be a number)"):
        replace(SETTINGS, **wrong)


@pytest.mark.parametrize("name", TIMES)
def test_no_time_at_all_is_refused_where_somebody_needs_some(name: str) -> None:
    nothing: Any = {name: 0.0}
    if name in ABOVE_0:
        with pytest.raises(Unconfigured, match=f"AIMAQ_{name.upper()} must be above 0"):
            replace(SETTINGS, **nothing)
    else:
        assert getattr(replace(SETTINGS, **nothing), name) == 0


def test_operators_find_each_setting_in_their_guide() -> None:
    guide = (ROOT / "docs" / "guide-operators.md").read_text("utf-8")
    rows = "\n".join(line.split("|")[1] for line in guide.splitlines() if line.startswith("| `AIMAQ_"))
    assert {f"AIMAQ_{f.name.upper()}" for f in fields(Settings)} == set(re.findall(r"AIMAQ_[A-Z_]+", rows))
