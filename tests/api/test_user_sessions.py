"""``users/ID/sessions/`` and ``users/ID/sessions/ID/``: other people's sessions, for staff; and the
limit, as a client meets it."""

from __future__ import annotations

import pytest

from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.types import EventKind, SessionEnd
from tests.api.conftest import problem
from tests.conftest import NO_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def guard(make_user, make_role):
    make_role("Guard", rights=["jwt_accounts.end_sessions"])
    return make_user("guard", groups=["Guard"])


@pytest.fixture
def badge(api, guard):
    """The guard's access token."""
    return api.access(guard)


def test_staff_sees_the_open_sessions_of_a_user(api, user, badge):
    over, first, last = (api.tokens(user) for _ in range(3))
    api("POST", "sign-out/", token=over["access"])
    own = api("GET", "sessions/", token=first["access"]).json()["sessions"]
    seen = api("GET", f"users/{user.pk}/sessions/", token=badge)
    assert seen.status_code == 200
    assert seen.json() == {"sessions": [{**each, "current": False} for each in own]}
    assert [each["id"] for each in own] == [last["session"], first["session"]]


def test_of_ones_own_the_present_one_is_marked(api, guard):
    tokens = api.tokens(guard)
    [seen] = api("GET", f"users/{guard.pk}/sessions/", token=tokens["access"]).json()["sessions"]
    assert (seen["id"], seen["current"]) == (tokens["session"], True)


def test_staff_ends_one_session_and_it_is_recorded(api, user, guard, badge):
    kept, ended = api.tokens(user), api.tokens(user)
    path = f"users/{user.pk}/sessions/{ended['session']}/"
    answer = api("DELETE", path, token=badge)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(api("GET", "me/", token=ended["access"]), 401, "session_ended")
    assert api("GET", "me/", token=kept["access"]).status_code == 200
    row = UserSession.objects.get(pk=ended["session"])
    assert row.end_reason == SessionEnd.ENDED_BY_STAFF
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (
        EventKind.SESSION_ENDED_BY_STAFF,
        user,
        guard,
    )
    assert event.details == {"session": row.pk.hex}
    problem(api("DELETE", path, token=badge), 404, "not_found")
    assert SecurityEvent.objects.count() == 1


def test_a_session_is_ended_under_its_own_user_only(api, user, root, badge):
    """Or the rights of a superuser would be asked of somebody else."""
    high = api.tokens(root)
    for key in (high["session"], NO_KEY, "7", "x" * 500):
        path = f"users/{user.pk}/sessions/{key}/"
        problem(api("DELETE", path, token=badge), 404, "not_found")
    assert api("GET", "me/", token=high["access"]).status_code == 200
    assert not SecurityEvent.objects.exists()


def test_a_user_who_is_not_there_is_not_found(api, badge):
    for key in (0, "x", "7" * 80, NO_KEY):
        problem(api("GET", f"users/{key}/sessions/", token=badge), 404, "not_found")
        path = f"users/{key}/sessions/{NO_KEY}/"
        problem(api("DELETE", path, token=badge), 404, "not_found")


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}, {"groups": ["Hr"]}])
def test_nobody_sees_or_ends_sessions_of_who_is_above(api, badge, make_user, make_role, above):
    make_role("Hr", rights=["delete_user"])
    target = make_user("high", **above)
    tokens = api.tokens(target)
    path = f"users/{target.pk}/sessions/"
    problem(api("GET", path, token=badge), 403, "forbidden")
    problem(api("DELETE", f"{path}{tokens['session']}/", token=badge), 403, "forbidden")
    assert api("GET", "me/", token=tokens["access"]).status_code == 200


def test_other_rights_are_not_this_one(api, user, make_user, make_role):
    make_role("Clerk", rights=["view_user", "change_user", "jwt_accounts.lock_account"])
    clerk = api.access(make_user("clerk", groups=["Clerk"]))
    tokens = api.tokens(user)
    path = f"users/{user.pk}/sessions/"
    problem(api("GET", path, token=clerk), 403, "forbidden")
    problem(api("DELETE", f"{path}{tokens['session']}/", token=clerk), 403, "forbidden")
    assert api("GET", "me/", token=tokens["access"]).status_code == 200


def test_beyond_the_limit_the_oldest_client_is_signed_out(api, user, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "SESSION_LIMIT": 2}
    first, second, third = (api.tokens(user) for _ in range(3))
    problem(api("POST", "token/refresh/", {"refresh": first["refresh"]}), 401, "session_ended")
    problem(api("GET", "me/", token=first["access"]), 401, "session_ended")
    for tokens in (second, third):
        assert api("GET", "me/", token=tokens["access"]).status_code == 200


def test_or_the_new_one_is_refused_until_another_is_signed_out(api, user, settings):
    rules = {"SESSION_LIMIT": 1, "SESSION_LIMIT_ACTION": "refuse"}
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **rules}
    tokens = api.tokens(user)
    problem(api.sign_in(user), 403, "session_limit_reached")
    problem(api.sign_in(user, "wrong"), 401, "wrong_credentials")
    assert api("GET", "me/", token=tokens["access"]).status_code == 200
    api("POST", "sign-out/", token=tokens["access"])
    assert api.tokens(user)
