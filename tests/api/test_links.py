"""``password/link/``: a link for who forgot the password."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.api.conftest import fields, problem
from tests.letters import FRONT, letter, letters, sent
from tests.recovery import NEW

pytestmark = pytest.mark.django_db

core = pytest.mark.core


def later(**delta):
    """The same, some time later: ``with later(days=3): ...``."""
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=False)


EMAIL = {"email": "somebody@example.com"}


@core
def test_it_is_202_with_an_empty_body_whoever_it_is(api, user):
    for who in (EMAIL, {"email": "nobody@example.com"}, {"email": "nonsense"}):
        response = api("POST", "password/link/", who)
        assert (response.status_code, response.content) == (202, b"")
    assert sent(lambda: api("POST", "password/link/", EMAIL)) == [
        ("somebody@example.com", "reset_link")
    ]


@core
def test_what_the_link_holds_sets_a_password_once(api, user):
    tokens = api.tokens(user)
    found = letter(lambda: api("POST", "password/link/", EMAIL))
    assert found.link == f"{FRONT}set-password#{found.token}"
    body = {"token": found.token, "password": NEW}
    response = api("POST", "password/set/", body)
    assert (response.status_code, response.content) == (204, b"")
    assert response.cookies == {}
    problem(api("GET", "me/", token=tokens["access"]), 401, "session_ended")
    problem(api("POST", "password/set/", body), 404, "reset_invalid")
    api.tokens(user, NEW)


def test_the_link_of_somebody_who_was_disabled_sets_none(api, user):
    found = letter(lambda: api("POST", "password/link/", EMAIL))
    user.is_active = False
    user.save()
    body = {"token": found.token, "password": NEW}
    problem(api("POST", "password/set/", body), 404, "reset_invalid")


def test_it_runs_out_after_three_days(api, user):
    found = letter(lambda: api("POST", "password/link/", EMAIL))
    body = {"token": found.token, "password": NEW}
    with later(days=3):
        problem(api("POST", "password/set/", body), 404, "reset_expired")


def test_a_password_that_breaks_the_rules_is_400_and_the_link_holds(api, user):
    found = letter(lambda: api("POST", "password/link/", EMAIL))
    body = {"token": found.token, "password": "short"}
    assert set(fields(api("POST", "password/set/", body))) == {"password"}
    assert api("POST", "password/set/", {**body, "password": NEW}).status_code == 204


def test_it_is_no_link_to_confirm_by(api, user):
    found = letter(lambda: api("POST", "password/link/", EMAIL))
    problem(api("POST", "email/confirm/", {"token": found.token}), 404, "link_invalid")


def test_without_a_front_end_no_link_is_sent_and_nothing_tells(api, user, settings, caplog):
    settings.JWT_ACCOUNTS = {}
    answers = []
    assert letters(lambda: answers.append(api("POST", "password/link/", EMAIL))) == []
    assert answers[0].status_code == 202
    assert "FRONTEND_URL" in caplog.text


@pytest.mark.parametrize("email", [None, "", 7, ["a"], {"a": 1}, "\x00", "a" * 321], ids=repr)
def test_what_can_be_no_address_is_400(api, email):
    assert set(fields(api("POST", "password/link/", {"email": email}))) <= {"email"}


def test_a_telephone_has_no_link(api):
    assert set(fields(api("POST", "password/link/", {"phone": "+40771694307"}))) == {"email"}


def test_it_is_public_takes_post_alone_and_has_a_limit(api, settings):
    response = api("GET", "password/link/")
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert api("POST", "password/link/", EMAIL, token="stale").status_code == 202
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {"recovery_request": "3/m"}}
    assert [api("POST", "password/link/", EMAIL).status_code for _ in range(3)][-1] == 429
