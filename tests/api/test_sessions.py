"""``POST sign-out/``, ``sessions/`` and ``sessions/ID/``."""

from __future__ import annotations

import pytest

from tests.api.conftest import problem
from tests.conftest import NO_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def alive(api):
    return lambda tokens: api("GET", "me/", token=tokens["access"]).status_code == 200


def test_a_sign_out_ends_the_session_at_once(api, user):
    tokens = api.tokens(user)
    response = api("POST", "sign-out/", token=tokens["access"])
    assert (response.status_code, response.content) == (204, b"")
    problem(api("GET", "me/", token=tokens["access"]), 401, "session_ended")
    problem(api("POST", "token/refresh/", {"refresh": tokens["refresh"]}), 401, "session_ended")


def test_a_second_sign_out_says_that_there_is_nothing_to_end(api, user):
    access = api.access(user)
    api("POST", "sign-out/", token=access)
    problem(api("POST", "sign-out/", token=access), 401, "session_ended")


def test_a_sign_out_leaves_the_other_sessions(api, user, alive):
    here, there = api.tokens(user), api.tokens(user)
    api("POST", "sign-out/", token=here["access"])
    assert not alive(here)
    assert alive(there)


def test_a_sign_out_wants_an_access_token(api, user):
    tokens = api.tokens(user)
    problem(api("POST", "sign-out/"), 401, "not_authenticated")
    problem(api("POST", "sign-out/", token=tokens["refresh"]), 401, "token_invalid")
    problem(api("POST", "sign-out/", token="x"), 401, "token_invalid")


def test_the_list_shows_ones_open_sessions_and_which_is_this_one(api, user, make_user):
    over, here, there = (api.tokens(user) for _ in range(3))
    api("POST", "sign-out/", token=over["access"])
    api.tokens(make_user("another"))
    body = api("GET", "sessions/", token=here["access"], HTTP_USER_AGENT="Lynx").json()
    assert set(body) == {"sessions"}
    assert {each["id"]: each["current"] for each in body["sessions"]} == {
        here["session"]: True,
        there["session"]: False,
    }
    for each in body["sessions"]:
        assert set(each) == {
            "id",
            "name",
            "ip",
            "user_agent",
            "created_at",
            "last_used_at",
            "expires_at",
            "current",
        }


def test_one_session_can_be_ended_from_another(api, user, alive):
    here, there = api.tokens(user), api.tokens(user)
    response = api("DELETE", f"sessions/{there['session']}/", token=here["access"])
    assert (response.status_code, response.content) == (204, b"")
    assert alive(here)
    assert not alive(there)


def test_all_others_can_be_ended_at_once(api, user, make_user, alive):
    here, *others = (api.tokens(user) for _ in range(3))
    foreign = api.tokens(make_user("another"))
    assert api("DELETE", "sessions/", token=here["access"]).status_code == 204
    assert [alive(tokens) for tokens in (here, foreign, *others)] == [True, True, False, False]


def test_a_session_of_somebody_else_is_not_there(api, user, root, alive):
    """Nor for a superuser: these are one's own."""
    foreign, mine = api.tokens(user), api.tokens(root)
    answer = api("DELETE", f"sessions/{foreign['session']}/", token=mine["access"])
    problem(answer, 404, "not_found")
    assert answer.content == api("DELETE", f"sessions/{NO_KEY}/", token=mine["access"]).content
    assert alive(foreign)


def test_a_session_that_is_over_is_not_there(api, user):
    here, over = api.tokens(user), api.tokens(user)
    api("POST", "sign-out/", token=over["access"])
    problem(api("DELETE", f"sessions/{over['session']}/", token=here["access"]), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "sessions/"), ("DELETE", "sessions/"), ("DELETE", f"sessions/{NO_KEY}/")],
)
def test_without_a_token_nothing_is_shown_or_ended(api, user, alive, method, path):
    tokens = api.tokens(user)
    problem(api(method, path), 401, "not_authenticated")
    problem(api(method, path, token="x"), 401, "token_invalid")
    assert alive(tokens)
