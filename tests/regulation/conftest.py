"""The one regulation that comes with the first release, as its bytes and as the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimaq.regulation import Catalogue, Regulation
from aimaq.regulation.files.loading import FOLDER

ID = "unemployed-certificate-2012"


@pytest.fixture(scope="session")
def file() -> Path:
    """The regulation's file."""
    return FOLDER / f"{ID}.yaml"


@pytest.fixture(scope="session")
def text(file: Path) -> str:
    """What the file says."""
    return file.read_text("utf-8")


@pytest.fixture(scope="session")
def regulation() -> Regulation:
    """The regulation, read."""
    return Catalogue.bundled().regulation(ID)
