"""A client of the device contract."""

from __future__ import annotations

import pytest

from tests.presets.calling import Api
from tests.presets.device_api.documented import Names


@pytest.fixture
def names(send) -> Names:
    return Names(send)


@pytest.fixture
def api(db) -> Api:
    return Api("/api/")


@pytest.fixture
def sign_in(make_user, api):
    """The access token of a new user: ``sign_in("rack")``."""

    def one(name: str) -> str:
        make_user(name, password="rack seven in the cellar")
        who = {"username": name, "password": "rack seven in the cellar"}
        return api("POST", "auth/token/", who).json()["access"]

    return one
