"""The test of the house: a small contract is data, and small subclasses over the flows."""

from __future__ import annotations

from pathlib import Path

import pytest

import jwt_accounts

PRESETS = Path(jwt_accounts.__file__).parent / "presets"


@pytest.mark.parametrize("name", ["chat", "device_api"])
def test_a_small_contract_has_less_than_150_lines(name):
    files = sorted((PRESETS / name).rglob("*.py"))
    assert sum(len(path.read_text().splitlines()) for path in files) < 150
