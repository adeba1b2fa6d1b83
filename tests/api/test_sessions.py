"""``POST sign-out/``, ``sessions/`` and ``sessions/ID/``."""

from __future__ import annotations

import pytest

from jwt_accounts.hooks import AccountHooks
from jwt_accounts.models import UserSession
from tests.api.conftest import fields, problem
from tests.conftest import NO_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.core]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0"


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
            "client",
            "place",
            "ip",
            "user_agent",
            "signed_in_with",
            "created_at",
            "last_used_at",
            "expires_at",
            "current",
        }


def test_each_says_which_client_it_is_and_how_one_signed_in(api, user):
    api.sign_in(user, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.9")
    api.sign_in(user, HTTP_USER_AGENT="\x07<script>", REMOTE_ADDR="2001:db8::7")
    strange, firefox = api("GET", "sessions/", token=api.access(user)).json()["sessions"][1:]
    told = ("client", "place", "ip", "signed_in_with", "name")
    assert [firefox[each] for each in told] == [
        *("Firefox on Windows", None, "192.0.2.9"),
        *(["pwd"], ""),
    ]
    assert [strange[each] for each in told[:3]] == ["Unknown client", None, "2001:db8::7"]


class ShopHooks(AccountHooks):
    """A host with an app of its own, and half an atlas."""

    def describe_client(self, user_agent):
        return "Shop for Android" if user_agent.startswith("Shop/") else ""

    def get_place(self, ip):
        return {"192.0.2.9": "Cluj-Napoca"}[ip]


def test_a_host_says_places_and_clients_and_what_it_does_not_know_breaks_nothing(
    api, user, settings, caplog
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "HOOKS": f"{__name__}.ShopHooks"}
    api.sign_in(user, HTTP_USER_AGENT="Shop/3.1", REMOTE_ADDR="192.0.2.9")
    api.sign_in(user, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.10")
    listed = api("GET", "sessions/", token=api.access(user)).json()["sessions"][1:]
    assert [(each["client"], each["place"]) for each in listed] == [
        ("Unknown client", None),
        ("Shop for Android", "Cluj-Napoca"),
    ]
    assert "A hook failed" in caplog.text


def test_one_names_a_session_and_takes_the_name_away(api, user):
    here, there = api.tokens(user), api.tokens(user)
    path = f"sessions/{there['session']}/"
    named = api("PATCH", path, {"name": "  The shop's tablet \N{BELL} "}, token=here["access"])
    assert named.status_code == 200
    listed = {
        each["id"]: each
        for each in api("GET", "sessions/", token=here["access"]).json()["sessions"]
    }
    assert listed[there["session"]] == named.json()
    assert named.json()["name"] == "The shop's tablet \N{BELL}"
    assert listed[here["session"]]["name"] == ""
    gone = api("PATCH", path, {"name": ""}, token=here["access"])
    assert gone.json()["name"] == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"name": None}, "null"),
        ({"name": 7}, "invalid"),
        ({"name": ["x"]}, "invalid"),
        ({"name": "x" * 101}, "max_length"),
        ({"name": "two\nlines"}, "invalid"),
        ({"name": "\u202egnp.exe"}, "invalid"),
        ({"name": "\ud800"}, "surrogate_characters_not_allowed"),
    ],
)
def test_a_name_is_one_line_of_text(api, user, body, code):
    tokens = api.tokens(user)
    refused = api("PATCH", f"sessions/{tokens['session']}/", body, token=tokens["access"])
    assert fields(refused) == {"name": code}
    assert UserSession.objects.get(pk=tokens["session"]).name == ""


def test_nobody_names_what_is_not_theirs_or_over(api, user, root):
    over, foreign, mine = api.tokens(root), api.tokens(user), api.tokens(root)
    api("POST", "sign-out/", token=over["access"])
    keys = (foreign["session"], over["session"], NO_KEY, "7", "x" * 500)
    answers = [
        api("PATCH", f"sessions/{key}/", {"name": "Mine"}, token=mine["access"]) for key in keys
    ]
    assert {answer.content for answer in answers} == {answers[0].content}
    problem(answers[0], 404, "not_found")
    assert not UserSession.objects.exclude(name="").exists()


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
    [
        ("GET", "sessions/"),
        ("DELETE", "sessions/"),
        ("PATCH", f"sessions/{NO_KEY}/"),
        ("DELETE", f"sessions/{NO_KEY}/"),
        ("GET", "users/1/sessions/"),
        ("DELETE", f"users/1/sessions/{NO_KEY}/"),
    ],
)
def test_without_a_token_nothing_is_shown_or_ended(api, user, alive, method, path):
    tokens = api.tokens(user)
    problem(api(method, path), 401, "not_authenticated")
    problem(api(method, path, token="x"), 401, "token_invalid")
    assert alive(tokens)
