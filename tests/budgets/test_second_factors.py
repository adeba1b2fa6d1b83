"""What second factors ask of the database: nothing of who has none, little of who has one.

Transaction control is not counted. What a sign-in costs who has none, with this app installed, is
said in ``test_statements.py``: five statements, two for a wrong password, one for a refresh.
"""

from __future__ import annotations

import pytest
import time_machine

from jwt_accounts.contrib.mfa.factors import OWN
from jwt_accounts.second_factors import factor_tables
from tests import hashers
from tests.budgets.test_statements import budget
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import NOON, give_totp
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def post(client):
    def send(path, data, token=""):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(path, data, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def first_step(post):
    def take(user):
        return post("/accounts/sign-in/", {"identifier": identifier_of(user), "password": PASSWORD})

    return take


@pytest.fixture
def someone(make_user):
    return give_totp(make_user())


@pytest.fixture
def second_step(post):
    def take(first, code):
        body = {"challenge_token": first.json()["challenge_token"], "code": code}
        return post("/accounts/sign-in/second-step/", body)

    return take


def test_the_first_step_costs_five_and_one_for_each_kind_of_device(someone, first_step):
    """Who it is, a try, the devices, the recovery codes that are left, the step, the try again."""
    hashers.runs.clear()
    with statements() as seen:
        assert first_step(someone.user).status_code == 403
    budget(seen, 5 + len(factor_tables()))
    assert hashers.runs == ["encode"]


def test_a_wrong_password_costs_who_has_a_factor_two(someone, post):
    name = identifier_of(someone.user)
    with statements() as seen:
        answer = post("/accounts/sign-in/", {"identifier": name, "password": "wrong horse"})
        assert answer.status_code == 401
    budget(seen, 2)


def test_the_second_step_costs_twelve(someone, first_step, second_step):
    """The step, its user, a try of it, a guess; the generator, its use, the guess again; and the
    five of a session: the roles, the user, the account, the session and the end of the step."""
    first = first_step(someone.user)
    hashers.runs.clear()
    with statements() as seen:
        assert second_step(first, someone.code()).status_code == 200
    budget(seen, 12)
    assert hashers.runs == []


def test_with_a_recovery_code_as_much(someone, first_step, second_step):
    first = first_step(someone.user)
    with statements() as seen:
        assert second_step(first, someone.recovery_codes[0]).status_code == 200
    budget(seen, 12)


def test_a_wrong_code_costs_seven_and_one_for_each_plug_in(someone, first_step, second_step):
    first = first_step(someone.user)
    with statements() as seen:
        assert second_step(first, someone.wrong_code).status_code == 400
    budget(seen, 7 + len([each for each in factor_tables() if each not in OWN]))


def test_a_step_that_is_over_costs_one_or_two(someone, first_step, second_step, clock):
    first = first_step(someone.user)
    clock.shift(5 * 60)
    with statements() as seen:
        assert second_step(first, someone.code()).status_code == 404
    budget(seen, 2)


def test_a_token_that_is_none_costs_one(post, db):
    body = {"challenge_token": f"{'0' * 64}.{'0' * 64}", "code": "000000"}
    with statements() as seen:
        assert post("/accounts/sign-in/second-step/", body).status_code == 404
    budget(seen, 1)


def test_an_older_session_of_one_factor_costs_a_refresh_two(someone, make_user, first_step, post):
    """The second one ends it."""
    user = make_user()
    tokens = first_step(user).json()
    give_totp(user)
    with statements() as seen:
        answer = post("/accounts/token/refresh/", {"refresh": tokens["refresh"]})
        assert answer.status_code == 401
    budget(seen, 2)


def test_a_session_of_two_factors_is_refreshed_by_one(someone, first_step, second_step, post):
    tokens = second_step(first_step(someone.user), someone.code()).json()
    with statements() as seen:
        answer = post("/accounts/token/refresh/", {"refresh": tokens["refresh"]})
        assert answer.status_code == 200
    budget(seen, 1)


def test_the_own_factors_cost_five(someone, first_step, second_step, client):
    """Who asks, three kinds of factors, and how many recovery codes are left."""
    access = second_step(first_step(someone.user), someone.code()).json()["access"]
    with statements() as seen:
        answer = client.get("/accounts/factors/", headers={"Authorization": f"Bearer {access}"})
        assert len(answer.json()["factors"]) == 1
    budget(seen, 5)
