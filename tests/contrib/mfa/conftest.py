"""Fixtures of second factors: the clock, which stands still, and people who have one."""

from __future__ import annotations

import pytest
import time_machine

from tests.api.conftest import api, root, user
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import NOON, give_totp

__all__ = ["api", "root", "user"]


@pytest.fixture
def clock():
    """It is noon; ``clock.shift(30)`` makes it the next time step."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _it_is_noon(clock):
    """In every test of this package."""


@pytest.fixture
def enrolled(make_user):
    """A factory of users with a code generator: ``enrolled()``, ``enrolled("bob")``."""

    def make(name="", **values):
        return give_totp(make_user(name, **values))

    return make


@pytest.fixture
def first_step(api):
    """Type the password; the challenge token."""

    def take(user, password=PASSWORD):
        answer = api("POST", "sign-in/", {"identifier": identifier_of(user), "password": password})
        assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required"), answer.json()
        return answer.json()["challenge_token"]

    return take


@pytest.fixture
def second_step(api):
    """Show a code; the whole answer."""

    def take(token, code):
        return api("POST", "sign-in/second-step/", {"challenge_token": token, "code": code})

    return take


@pytest.fixture
def enter(first_step, second_step):
    """Both steps; the tokens. Of a time step for each sign-in: a code is good once."""

    def take(someone, *, steps=0):
        answer = second_step(first_step(someone.user), someone.code(steps=steps))
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return take
