"""``POST sign-in/``."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from jwt_accounts.models import Account, UserSession
from tests import hashers
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

USER_KEYS = {
    "id",
    "username",
    "email",
    "phone",
    "first_name",
    "last_name",
    "name",
    "is_active",
    "is_staff",
    "is_superuser",
    "email_confirmed",
    "date_joined",
    "last_login",
    "roles",
}


def test_the_right_password_opens_a_session(api, user):
    response = api.sign_in(user, HTTP_USER_AGENT="Lynx")
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {
        "access",
        "refresh",
        "token_type",
        "expires_in",
        "session",
        "user",
        "role",
        "password_expires_at",
        "password_expires_in",
    }
    assert set(body["user"]) == USER_KEYS
    assert body["user"]["id"] in {user.pk, str(user.pk)}
    assert body["user"]["email"] == "somebody@example.com"
    assert body["user"]["roles"] == []
    assert (body["role"], body["password_expires_at"]) == (None, None)
    assert body["password_expires_in"] is None
    session = UserSession.objects.get(pk=body["session"])
    assert (session.user_id, session.user_agent, session.ip) == (user.pk, "Lynx", "127.0.0.1")


def test_the_tokens_are_what_the_answer_says_of_them(api, user):
    body = api.tokens(user)
    claims = jwt.decode(body["access"], options={"verify_signature": False})
    assert {"token_type", "exp", "iat", "jti", "user_id", "sid"} <= set(claims)
    assert claims["token_type"] == "access"
    assert claims["sid"] == body["session"].replace("-", "")
    assert body["expires_in"] == claims["exp"] - claims["iat"] == 300
    assert body["token_type"] == "Bearer"
    assert api("GET", "me/", token=body["access"]).status_code == 200


@override_settings(
    SIMPLE_JWT={"SIGNING_KEY": "k" * 40, "ACCESS_TOKEN_LIFETIME": timedelta(minutes=2)}
)
def test_lifetimes_are_read_when_a_token_is_made(api, user):
    assert api.tokens(user)["expires_in"] == 120


def test_the_roles_of_the_user_are_told(api, make_user, make_role):
    make_role("Cashier", password_expiration=90)
    user = make_user(groups=["Cashier", "Auditors"])
    body = api.tokens(user)
    assert body["role"] == "Cashier"
    assert body["user"]["roles"] == ["Cashier", "Auditors"]
    changed_at = Account.objects.get(user=user).password_changed_at
    expiry = changed_at + timedelta(days=90)
    assert body["password_expires_at"] == f"{expiry:%Y-%m-%dT%H:%M:%SZ}"
    assert 0 <= timedelta(days=90).total_seconds() - body["password_expires_in"] < 60


def test_a_superuser_is_a_super_admin(api, root):
    assert api.tokens(root)["role"] == "Super Admin"


def test_the_identifier_is_read_in_any_case_and_width(api, user):
    wide = identifier_of(user).upper().replace("S", "\N{FULLWIDTH LATIN CAPITAL LETTER S}")
    body = {"identifier": f" {wide} ", "password": PASSWORD}
    assert api("POST", "sign-in/", body).status_code == 200


def test_an_email_signs_in_as_well(api, user):
    body = {"identifier": "Somebody@EXAMPLE.com", "password": PASSWORD}
    assert api("POST", "sign-in/", body).status_code == 200


@once
@pytest.mark.parametrize(
    "variant", [f"{PASSWORD} ", f" {PASSWORD}", PASSWORD.upper(), PASSWORD[:-1], f"{PASSWORD}\t"]
)
def test_the_password_is_compared_exactly_as_it_was_sent(api, user, variant):
    problem(api.sign_in(user, variant), 401, "wrong_credentials")


def test_nobody_learns_whether_a_name_exists(api, user):
    """Same status, same bytes, same headers, same work."""
    hashers.runs.clear()
    known = api.sign_in(user, "wrong")
    of_known = list(hashers.runs)
    hashers.runs.clear()
    unknown = api("POST", "sign-in/", {"identifier": "nobody@example.com", "password": "wrong"})
    problem(known, 401, "wrong_credentials")
    assert unknown.content == known.content
    assert dict(unknown.headers) == dict(known.headers)
    assert len(hashers.runs) == len(of_known) == 1


def test_the_sixth_try_is_locked_and_says_how_long_whatever_its_password(api, user):
    for _ in range(5):
        problem(api.sign_in(user, "wrong"), 401, "wrong_credentials")
    for password in (PASSWORD, "wrong"):
        response = api.sign_in(user, password)
        body = problem(response, 423, "account_locked")
        assert 0 < int(response["Retry-After"]) <= 900
        assert body["retry_after"] == int(response["Retry-After"])


def test_an_unknown_name_locks_just_the_same(api, db):
    body = {"identifier": "nobody@example.com", "password": "wrong"}
    found = [api("POST", "sign-in/", body).status_code for _ in range(7)]
    assert found == [401] * 5 + [423] * 2


def test_the_lock_ends_by_itself(api, user):
    for _ in range(5):
        api.sign_in(user, "wrong")
    wait = int(api.sign_in(user)["Retry-After"])
    with time_machine.travel(timezone.now() + timedelta(seconds=wait + 1), tick=False):
        assert api.sign_in(user).status_code == 200


@override_settings(JWT_ACCOUNTS={"LOCKOUT_TIME": None, "LOCKOUT_LIMIT": 2})
def test_a_lock_without_an_end_names_none(api, user):
    for _ in range(2):
        api.sign_in(user, "wrong")
    response = api.sign_in(user)
    problem(response, 423, "account_locked")
    assert "Retry-After" not in response


def test_a_lock_by_staff_names_no_end(api, user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())
    response = api.sign_in(user)
    problem(response, 423, "account_locked")
    assert "Retry-After" not in response


def test_a_right_password_that_meets_others_being_checked_is_429_and_locks_nothing(api, user):
    Account.objects.filter(user=user).update(failures=5, tried_at=timezone.now())
    response = api.sign_in(user)
    problem(response, 429, "attempts_in_flight")
    assert response["Retry-After"] == "1"
    assert Account.objects.get(user=user).locked_at is None


def test_only_who_knows_the_password_learns_that_a_user_is_disabled(api, make_user):
    user = make_user("gone", is_active=False)
    problem(api.sign_in(user, "wrong"), 401, "wrong_credentials")
    problem(api.sign_in(user), 403, "account_inactive")


def test_only_who_knows_the_password_learns_that_it_expired(api, user):
    Account.objects.filter(user=user).update(must_change_password=True)
    problem(api.sign_in(user, "wrong"), 401, "wrong_credentials")
    refused = api.sign_in(user).json()
    assert set(refused) == {
        *("type", "title", "status", "detail", "code"),
        *("reason", "change_token", "expires_in"),
    }
    assert (refused["status"], refused["code"]) == (403, "password_expired")
    assert (refused["reason"], refused["expires_in"]) == ("demanded", 600)
    assert not UserSession.objects.exists()


def test_the_change_token_sets_a_password_and_opens_no_session(api, user):
    Account.objects.filter(user=user).update(must_change_password=True)
    token = api.sign_in(user).json()["change_token"]
    body = {"token": token, "password": "another horse battery"}
    assert api("GET", "me/", token=token).status_code == 401
    assert api("POST", "password/set/", body).status_code == 204
    assert not UserSession.objects.exists()
    assert api.sign_in(user).status_code == 401
    assert api.sign_in(user, "another horse battery").status_code == 200
    assert api("POST", "password/set/", body).status_code >= 400, "once"


def test_a_lock_is_told_before_anything_else(api, make_user):
    user = make_user("gone", is_active=False)
    for _ in range(5):
        api.sign_in(user, "wrong")
    problem(api.sign_in(user), 423, "account_locked")


def test_a_password_over_4096_characters_is_refused_unhashed(api, user):
    hashers.runs.clear()
    assert fields(api.sign_in(user, "a" * 4097)) == {"password": "max_length"}
    assert hashers.runs == []
    problem(api.sign_in(user, "a" * 4096), 401, "wrong_credentials")


@once
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"identifier": "required", "password": "required"}),
        ({"identifier": "", "password": ""}, {"identifier": "blank", "password": "blank"}),
        ({"identifier": None, "password": None}, {"identifier": "null", "password": "null"}),
        ({"identifier": 7, "password": 7}, {"identifier": "invalid", "password": "invalid"}),
        ({"username": "a", "password": "b"}, {"identifier": "required"}),
    ],
)
def test_each_field_that_is_wrong_is_named_with_a_code(api, body, expected):
    assert fields(api("POST", "sign-in/", body)) == expected


def test_forms_are_read_as_well(client, user):
    right = {"identifier": identifier_of(user), "password": PASSWORD}
    assert client.post("/accounts/sign-in/", right).status_code == 200
    urlencoded = client.post(
        "/accounts/sign-in/",
        "&".join(f"{key}={value.replace(' ', '+')}" for key, value in right.items()),
        content_type="application/x-www-form-urlencoded",
    )
    assert urlencoded.status_code == 200
