"""``users/ID/unlock/`` and ``users/ID/lock/``: two locks that are kept apart."""

from __future__ import annotations

import pytest

from jwt_accounts.models import Account
from tests.api.conftest import problem

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def locked(api, user):
    """Locked by wrong passwords."""
    for _ in range(5):
        api.sign_in(user, "wrong")
    assert api.sign_in(user).status_code == 423
    return user


def test_an_unlocked_account_signs_in_at_once(api, manager, locked):
    response = api("POST", f"users/{locked.pk}/unlock/", token=api.access(manager))
    assert (response.status_code, response.content) == (204, b"")
    assert api.sign_in(locked).status_code == 200


def test_unlocking_who_is_not_locked_is_no_error(api, manager, user):
    path = f"users/{user.pk}/unlock/"
    assert api("POST", path, token=api.access(manager)).status_code == 204


def test_a_lock_by_staff_ends_the_sessions_and_lets_nobody_in(api, manager, user):
    tokens = api.tokens(user)
    response = api("PUT", f"users/{user.pk}/lock/", token=api.access(manager))
    assert (response.status_code, response.content) == (204, b"")
    problem(api("GET", "me/", token=tokens["access"]), 401, "session_ended")
    problem(api("POST", "token/refresh/", {"refresh": tokens["refresh"]}), 401, "session_ended")
    problem(api.sign_in(user), 423, "account_locked")


def test_a_lock_by_staff_ends_when_staff_lifts_it(api, manager, user):
    access = api.access(manager)
    api("PUT", f"users/{user.pk}/lock/", token=access)
    response = api("DELETE", f"users/{user.pk}/lock/", token=access)
    assert (response.status_code, response.content) == (204, b"")
    assert api.sign_in(user).status_code == 200


def test_neither_end_touches_the_other_lock(api, manager, locked):
    access = api.access(manager)
    api("PUT", f"users/{locked.pk}/lock/", token=access)
    api("POST", f"users/{locked.pk}/unlock/", token=access)
    problem(api.sign_in(locked), 423, "account_locked")
    for _ in range(5):
        Account.objects.filter(user=locked).update(staff_locked_at=None)
        api.sign_in(locked, "wrong")
    api("PUT", f"users/{locked.pk}/lock/", token=access)
    api("DELETE", f"users/{locked.pk}/lock/", token=access)
    problem(api.sign_in(locked), 423, "account_locked")


CALLS = [("POST", "unlock/"), ("PUT", "lock/"), ("DELETE", "lock/")]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_each_wants_its_right(api, make_user, make_role, user, method, path):
    make_role("Clerk", rights=["view_user", "change_user", "add_user"])
    clerk = make_user("clerk", groups=["Clerk"])
    for actor in (clerk, user):
        response = api(method, f"users/{user.pk}/{path}", token=api.access(actor))
        problem(response, 403, "forbidden")
    problem(api(method, f"users/{user.pk}/{path}"), 401, "not_authenticated")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_the_right_to_lock_is_not_the_right_to_unlock(
    api, make_user, make_role, user, method, path
):
    other = "lock_account" if path == "unlock/" else "unlock_account"
    make_role("Half", rights=[f"jwt_accounts.{other}"])
    half = make_user("half", groups=["Half"])
    response = api(method, f"users/{user.pk}/{path}", token=api.access(half))
    problem(response, 403, "forbidden")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_reaches_above_themselves(api, manager, root, method, path):
    tokens = api.tokens(root)
    response = api(method, f"users/{root.pk}/{path}", token=api.access(manager))
    problem(response, 403, "forbidden")
    assert api("GET", "me/", token=tokens["access"]).status_code == 200


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobodys_id_is_not_there(api, root, method, path):
    response = api(method, f"users/nobody/{path}", token=api.access(root))
    problem(response, 404, "not_found")
