"""Users without accounts are searched for every time, however busy the machine is."""

import pytest

from jwt_accounts.credentials import scan


@pytest.fixture(autouse=True)
def _search_is_cheap(monkeypatch):
    monkeypatch.setattr(scan, "_closed_until", 0.0)
    monkeypatch.setattr(scan, "_CHEAP", 3600)
