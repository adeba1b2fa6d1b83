"""A public answer does not tell who exists: not in a byte, not in the work that is done."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import get_user_model

from tests import hashers
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import give_totp
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

#: The field that says who, and how the contract says that an account is locked.
DOORS = {
    "/accounts/sign-in/": ("identifier", 423),
    "/authentication/login/": ("username", 423),
    "/auth/jwt/create/": (get_user_model().USERNAME_FIELD, 401),
    "/api/auth/token/": ("username", 401),
    "/api/token/": ("email", 401),
}


@pytest.fixture(autouse=True)
def _the_clock_stands_still():
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        yield


def inactive(user):
    user.is_active = False
    user.save()


def without_a_password(user):
    user.set_unusable_password()
    user.save()


def with_a_hash_nobody_knows(user):
    get_user_model().objects.filter(pk=user.pk).update(password="md4$x$y")


def staff(user):
    user.is_staff = user.is_superuser = True
    user.save()


def with_a_second_factor(user):
    give_totp(user)


@pytest.fixture
def somebody(make_user, make_role):
    """How accounts of every state are called."""

    def with_roles(user):
        make_role("Cashier", password_expiration=1)
        user.groups.add(make_role("Manager"), make_role("Cashier"))

    def who_must_have_a_second_factor(user):
        user.groups.add(make_role("Auditor", require_mfa=True))

    def name_of(state):
        user = make_user()
        if state is not None:
            state(user)
        return identifier_of(user)

    def with_a_second_factor(user):
        give_totp(user)

    def who_must_have_one(user):
        user.groups.add(make_role("Auditor", require_mfa=True))

    states = (
        *(None, inactive, without_a_password, with_a_hash_nobody_knows, staff, with_roles),
        *(with_a_second_factor, who_must_have_a_second_factor),
    )
    return {getattr(state, "__name__", "usual"): name_of(state) for state in states}


@pytest.fixture
def seen(ask):
    """What an attacker sees of a try, and what the machine does for it."""

    def look(path, identifier, password="wrong horse battery"):
        hashers.runs.clear()
        with statements() as asked:
            answer = ask("POST", path, {DOORS[path][0]: identifier, "password": password})
        headers = {name: value for name, value in answer.items() if name != "Date"}
        return (
            answer.status_code,
            answer.reason_phrase,
            headers,
            answer.content,
            {name: str(value) for name, value in answer.cookies.items()},
            len(asked),
            [each.split(" ", 1)[0].strip() for each in asked],
            len(hashers.runs),
        )

    return look


@once
@pytest.mark.parametrize("path", DOORS)
def test_seven_wrong_tries_look_alike_whoever_is_meant(seen, somebody, path):
    unknown = [seen(path, "nobody@example.com") for _ in range(7)]
    assert [each[0] for each in unknown] == [401] * 5 + [DOORS[path][1]] * 2
    assert unknown[4] != unknown[5]
    assert [each[-1] for each in unknown] == [1] * 5 + [0] * 2
    for state, name in somebody.items():
        assert [seen(path, name) for _ in range(7)] == unknown, state


@pytest.mark.parametrize("path", DOORS)
def test_the_right_password_of_a_locked_account_looks_like_a_wrong_one(seen, somebody, path):
    for name in (somebody["usual"], "nobody@example.com"):
        for _ in range(5):
            seen(path, name)
    locked = seen(path, "nobody@example.com")
    assert locked[0] == DOORS[path][1]
    assert seen(path, somebody["usual"], PASSWORD) == locked
    assert seen(path, somebody["usual"]) == locked


@once
@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "identifier",
    [
        "nobody",
        "NOBODY",
        "nobody@example.com",
        "+40771694307",
        "n" * 320,
        "\u202enobody",
        "a@b@c",
        "@",
    ],
)
def test_an_unknown_name_of_any_kind_looks_like_a_known_one(seen, somebody, path, identifier):
    assert seen(path, identifier) == seen(path, somebody["usual"])


@pytest.mark.parametrize("state", ["inactive", "with_roles"])
def test_only_who_knows_the_password_learns_what_is_wrong_with_the_account(
    seen, somebody, state, make_user
):
    path = "/accounts/sign-in/"
    user = get_user_model().objects.get(**{get_user_model().USERNAME_FIELD: somebody[state]})
    user.jwt_account.password_changed_at = datetime(2020, 1, 1, tzinfo=UTC)
    user.jwt_account.save()
    assert seen(path, somebody[state])[0] == 401
    assert seen(path, somebody[state], PASSWORD)[0] == 403
