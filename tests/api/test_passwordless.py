"""``sign-in/code/``, ``sign-in/code/confirm/`` and ``reauthenticate/code/``."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import UserSession
from tests.api.conftest import fields, problem
from tests.letters import FRONT, letter, letters, sent
from tests.recovery import wrong
from tests.second_factors import give_totp

pytestmark = pytest.mark.django_db

core = pytest.mark.core

EMAIL = {"email": "somebody@example.com"}
ASK, CONFIRM = "sign-in/code/", "sign-in/code/confirm/"


@pytest.fixture
def _wanted(settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": True}


wanted = pytest.mark.usefixtures("_wanted")


@core
@wanted
def test_asking_is_202_with_an_empty_body_whoever_it_is(api, user):
    for who in (EMAIL, {"email": "nobody@example.com"}, {"email": "nonsense"}):
        response = api("POST", ASK, who)
        assert (response.status_code, response.content) == (202, b"")
    assert sent(lambda: api("POST", ASK, EMAIL)) == [("somebody@example.com", "sign_in_code")]


@core
@wanted
@pytest.mark.parametrize("by", ["code", "token"])
def test_the_answer_is_that_of_a_sign_in(api, user, by):
    usual = api.sign_in(user).json()
    found = letter(lambda: api("POST", ASK, EMAIL))
    assert found.link == f"{FRONT}sign-in#{found.token}"
    body = {"token": found.token} if by == "token" else {**EMAIL, "code": found.code}
    response = api("POST", CONFIRM, body)
    assert (response.status_code, set(response.json())) == (200, set(usual))
    assert response.json()["user"]["id"] == usual["user"]["id"]
    assert response.json()["user"]["email_confirmed"]
    assert api("GET", "me/", token=response.json()["access"]).status_code == 200
    sessions = api("GET", "sessions/", token=response.json()["access"]).json()
    assert len(sessions["sessions"]) == 2
    expected = "link_invalid" if by == "token" else "pin_invalid"
    problem(api("POST", CONFIRM, body), 404, expected)


@wanted
def test_a_wrong_code_and_one_that_is_too_old(api, user):
    found = letter(lambda: api("POST", ASK, EMAIL))
    problem(api("POST", CONFIRM, {**EMAIL, "code": wrong(found.code)}), 404, "pin_invalid")
    problem(api("POST", CONFIRM, {"token": "a.b"}), 404, "link_invalid")
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        problem(api("POST", CONFIRM, {**EMAIL, "code": found.code}), 404, "pin_expired")
        problem(api("POST", CONFIRM, {"token": found.token}), 404, "link_expired")


@wanted
@pytest.mark.parametrize("body", [{}, EMAIL, {"code": "000000"}, {**EMAIL, "token": "a.b"}])
def test_one_of_the_two_is_sent(api, body):
    assert fields(api("POST", CONFIRM, body)) == {"token": "invalid"}


@wanted
def test_to_follow_the_link_changes_nothing(api, user):
    """What looks into mails follows links: a GET is no sign-in, and leaves the link as it is."""
    found = letter(lambda: api("POST", ASK, EMAIL))
    problem(api("GET", f"{CONFIRM}?token={found.token}"), 405, "method_not_allowed")
    assert api("POST", CONFIRM, {"token": found.token}).status_code == 200


@wanted
def test_a_second_factor_comes_in_between(api, user):
    phone = give_totp(user)
    found = letter(lambda: api("POST", ASK, EMAIL))
    response = api("POST", CONFIRM, {"token": found.token})
    body = response.json()
    assert (response.status_code, body["code"]) == (403, "mfa_required")
    assert "password" not in body["detail"]
    assert not UserSession.objects.exists()
    step = {"challenge_token": body["challenge_token"], "code": phone.code()}
    assert api("POST", "sign-in/second-step/", step).status_code == 200


@core
def test_where_the_site_does_not_want_it_there_is_no_such_thing(api, user):
    assert letters(lambda: problem(api("POST", ASK, EMAIL), 404, "not_found")) == []
    problem(api("POST", CONFIRM, {**EMAIL, "code": "000000"}), 404, "not_found")
    problem(api("POST", CONFIRM, {"token": "a.b"}), 404, "not_found")


# Show again who it is.


@core
def test_who_has_no_password_is_mailed_a_code(api, ctx, make_user):
    user = make_user("guest", password=None)
    token = open_session(ctx, user=user, amr=("fed",)).tokens.access
    found = letter(lambda: api("POST", "reauthenticate/code/", token=token))
    assert fields(api("POST", "reauthenticate/", {}, token=token)) == {"code": "required"}
    wrong_code = {"code": wrong(found.code)}
    problem(api("POST", "reauthenticate/", wrong_code, token=token), 400, "code_invalid")
    response = api("POST", "reauthenticate/", {"code": found.code}, token=token)
    assert response.status_code == 200
    assert api("GET", "me/", token=response.json()["access"]).status_code == 200


def test_who_has_one_is_mailed_none(api, user):
    token = api.access(user)
    asked = []
    assert letters(lambda: asked.append(api("POST", "reauthenticate/code/", token=token))) == []
    assert (asked[0].status_code, asked[0].content) == (202, b"")
    problem(api("POST", "reauthenticate/code/"), 401, "not_authenticated")
