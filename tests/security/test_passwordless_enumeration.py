"""A sign-in by mailed code does not tell who exists, as recovery does not: not in a byte, not in
the work done, not in the queue."""

from __future__ import annotations

import pytest

from jwt_accounts.models import Account, UserSession
from tests.second_factors import give_totp
from tests.security.test_recovery_enumeration import (
    PIN,
    WRONG,
    _every_pin_is_the_same,
    _queue,
    _the_clock_stands_still,
    inactive,
    locked_by_failures,
    locked_by_staff,
    seen,
    usual,
    without_a_password,
)

__all__ = ["_every_pin_is_the_same", "_queue", "_the_clock_stands_still", "seen"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_queue")]

ASK, CONFIRM = "/accounts/sign-in/code/", "/accounts/sign-in/code/confirm/"


@pytest.fixture(autouse=True)
def _settings(settings):
    limits = dict.fromkeys(("sign_in_code", "second_step"))
    settings.JWT_ACCOUNTS = {"PASSWORDLESS": True, "RATE_LIMITS": limits}


def unconfirmed(user):
    Account.objects.filter(user=user).update(unproved="email", awaits_confirmation=True)


def with_a_second_factor(user):
    give_totp(user)


STATES = [
    usual,
    inactive,
    locked_by_staff,
    locked_by_failures,
    without_a_password,
    unconfirmed,
    with_a_second_factor,
]
STORIES = {
    "nothing-before": "gagt",
    "guesses": "aggggggg",
    "beyond-the-limit": "a" * 12 + "gg",
    "beyond-the-day": "aggggg" * 5,
}


@pytest.fixture
def somebody(make_user):
    """The addresses of accounts of every state, and of nobody."""
    found = {"nobody": "nobody@example.com"}
    for state in STATES:
        name = state.__name__.replace("_", "")
        state(make_user(name))
        found[state.__name__] = f"{name}@example.com"
    return found


@pytest.fixture
def step(seen):
    """One letter of a story: ask, guess, or a token that was made up."""

    def take(letter, email, code=WRONG):
        if letter == "a":
            return seen(ASK, {"email": email})
        made_up = {"token": f"{'a' * 64}.{'b' * 64}"}
        return seen(CONFIRM, made_up if letter == "t" else {"email": email, "code": code})

    return take


@pytest.mark.parametrize("story", STORIES)
def test_a_story_looks_alike_whoever_is_meant(step, somebody, story):
    def told(who):
        return [step(letter, somebody[who]) for letter in STORIES[story]]

    nobody = told("nobody")
    assert {each[0] for each in nobody} == {202, 404}
    assert all(each[5] for each in nobody)  # the machine did something
    assert all(each[6] == 0 for each in nobody)  # and hashed nothing
    for state in list(somebody)[1:]:
        assert told(state) == nobody, state


@pytest.mark.parametrize("state", [inactive, locked_by_staff])
def test_not_even_the_right_code_tells_of_an_account_that_gets_none(step, somebody, state):
    def told(who, code):
        return step("a", somebody[who]), step("g", somebody[who], code)

    assert told(state.__name__, PIN) == told("nobody", WRONG)
    assert not UserSession.objects.exists()
