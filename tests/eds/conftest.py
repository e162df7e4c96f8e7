"""What the tests of signatures share."""

from __future__ import annotations

import pytest

from tests.eds.pki import Pki


@pytest.fixture
def pki() -> Pki:
    return Pki()
