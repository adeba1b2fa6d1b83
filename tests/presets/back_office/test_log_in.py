"""``login/``: which answer when."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.utils import timezone

from jwt_accounts.models import Account, UserSession
from tests import hashers

pytestmark = pytest.mark.django_db

RIGHT = {"username": "eurogames", "password": "pyramid"}
WRONG = {"username": "eurogames", "password": "pyramids"}


def test_success_has_three_keys_in_the_documented_order(office):
    response = office("POST", "login/", RIGHT)
    assert response.status_code == 200
    assert list(response.json()) == ["refresh", "access", "role"]


def test_the_tokens_carry_what_the_documents_promise(office):
    tokens = office.log_in("eurogames")
    for kind in ("access", "refresh"):
        claims = jwt.decode(tokens[kind], options={"verify_signature": False})
        assert jwt.get_unverified_header(tokens[kind])["alg"] == "HS256"
        assert {"token_type", "exp", "iat", "jti", "user_id"} <= set(claims)
        assert claims["token_type"] == kind


def test_one_also_logs_in_with_an_email_and_in_any_case(office):
    for username in ("EuroGames", "email@egt.com", "EMAIL@EGT.COM", " eurogames "):
        assert office("POST", "login/", {**RIGHT, "username": username}).status_code == 200


def test_the_fifth_wrong_password_is_401_and_the_next_one_423_whatever_it_is(office):
    found = [office("POST", "login/", WRONG) for _ in range(5)]
    assert [each.status_code for each in found] == [401] * 5
    assert {each.content for each in found} == {b'{"detail":"Incorrect credentials"}'}
    for body in (RIGHT, WRONG):
        locked = office("POST", "login/", body)
        assert (locked.status_code, locked.content) == (423, b'{"code":3}')
        assert 0 < int(locked["Retry-After"]) <= 900


def test_a_wrong_password_costs_one_hash_and_a_locked_one_none(office):
    hashers.runs.clear()
    office("POST", "login/", WRONG)
    assert len(hashers.runs) == 1
    for _ in range(4):
        office("POST", "login/", WRONG)
    hashers.runs.clear()
    office("POST", "login/", RIGHT)
    assert hashers.runs == []


def test_the_lock_ends_with_time(office):
    for _ in range(5):
        office("POST", "login/", WRONG)
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=False):
        assert office("POST", "login/", RIGHT).status_code == 200


def test_the_lock_ends_when_a_manager_says_so(office, demo_accounts):
    for _ in range(5):
        office("POST", "login/", WRONG)
    access = office.log_in("manager")["access"]
    response = office.client.post(
        f"/accounts/users/{demo_accounts['eurogames'].pk}/unlock/",
        HTTP_AUTHORIZATION=f"Bearer {access}",
    )
    assert response.status_code == 204
    assert office("POST", "login/", RIGHT).status_code == 200


def test_a_success_forgets_the_failures_before_it(office):
    for _ in range(3):
        for _ in range(4):
            assert office("POST", "login/", WRONG).status_code == 401
        assert office("POST", "login/", RIGHT).status_code == 200


def test_an_unknown_name_is_answered_and_locked_like_a_known_one(office):
    nobody = {"username": "nobody", "password": "pyramid"}
    known = [office("POST", "login/", WRONG) for _ in range(6)]
    unknown = [office("POST", "login/", nobody) for _ in range(6)]
    assert [(each.status_code, each.content) for each in known] == [
        (each.status_code, each.content) for each in unknown
    ]
    assert [set(each.headers) for each in known] == [set(each.headers) for each in unknown]


def test_an_expired_password_is_told_to_who_knows_it_and_opens_nothing(office, demo_accounts):
    right = {"username": "expired", "password": "Expired-demo-1"}
    answer = office("POST", "login/", right)
    assert (answer.status_code, answer.content) == (403, b'{"code":4}')
    wrong = office("POST", "login/", {**right, "password": "Expired-demo-2"})
    assert (wrong.status_code, wrong.content) == (401, b'{"detail":"Incorrect credentials"}')
    assert not UserSession.objects.filter(user=demo_accounts["expired"]).exists()


def test_an_expired_password_does_not_lock(office):
    right = {"username": "expired", "password": "Expired-demo-1"}
    assert [office("POST", "login/", right).status_code for _ in range(7)] == [403] * 7


def test_locked_is_told_before_expired(office):
    wrong = {"username": "expired", "password": "no"}
    for _ in range(5):
        office("POST", "login/", wrong)
    answer = office("POST", "login/", {"username": "expired", "password": "Expired-demo-1"})
    assert answer.content == b'{"code":3}'


def test_a_disabled_user_learns_it_with_the_right_password_alone(office):
    get_user_model().objects.filter(username="eurogames").update(is_active=False)
    answer = office("POST", "login/", RIGHT)
    assert answer.status_code == 401
    assert answer.json()["code"] == "account_inactive"
    assert office("POST", "login/", WRONG).json() == {"detail": "Incorrect credentials"}


def test_a_right_password_that_meets_others_being_checked_is_429(office, demo_accounts):
    account = Account.objects.filter(user=demo_accounts["eurogames"])
    account.update(failures=5, tried_at=timezone.now())
    answer = office("POST", "login/", RIGHT)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "1"
    assert list(answer.json()) == ["detail", "code"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{ 'username': 'eurogames' }",
        b"\xff",
        b'{"username": "a",}',
        b"nonsense",
        b"NaN",
    ],
)
def test_invalid_json_is_400_with_error_and_detail(office, body):
    answer = office("POST", "login/", body)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error", "detail"]
    assert all(isinstance(each, str) and each for each in answer.json().values())


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", ["username", "password"]),
        ({}, ["username", "password"]),
        ({"username": "eurogames"}, ["password"]),
        ({"password": "pyramid"}, ["username"]),
        ({"username": "", "password": ""}, ["username", "password"]),
        ({"username": None, "password": None}, ["username", "password"]),
        ({"username": 1, "password": True}, ["username", "password"]),
        ({"username": ["eurogames"], "password": {"a": "b"}}, ["username", "password"]),
    ],
)
def test_a_missing_or_wrong_field_is_named(office, body, named):
    answer = office("POST", "login/", body)
    assert answer.status_code == 400
    assert list(answer.json()) == named


def test_several_roles_show_the_one_with_settings_first(office, make_role, demo_accounts):
    make_role("Zookeeper")
    user = demo_accounts["attendant"]
    user.groups.set([])
    assert office.log_in("attendant")["role"] is None
    from django.contrib.auth.models import Group

    user.groups.add(Group.objects.create(name="Auditors"))
    assert office.log_in("attendant")["role"] == "Auditors"
    user.groups.add(Group.objects.get(name="Zookeeper"))
    assert office.log_in("attendant")["role"] == "Zookeeper"
