"""``roles/``, ``roles/NAME/``, ``users/ID/role/`` and ``users/ID/sessions/``."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from jwt_accounts.models import RoleSettings, SecurityEvent, UserSession
from tests.api.conftest import fields, problem

pytestmark = [pytest.mark.django_db, pytest.mark.core]
database = pytest.mark.database
once = pytest.mark.once

NUL = "\x00"
DEFAULTS = {
    "minimum_characters": 8,
    "contain_upper_case": False,
    "contain_lower_case": False,
    "contain_special_case": False,
    "contain_number": False,
}
#: As a client reads a role that leaves everything to the host's settings.
PLAIN = {
    **DEFAULTS,
    "role": "Attendant",
    "password_expiration": None,
    "lockout_limit": 5,
    "lockout_time": 900,
    "require_mfa": False,
    "session_limit": None,
}
EVERY_RULE = {
    "minimum_characters": 12,
    "contain_upper_case": True,
    "contain_lower_case": True,
    "contain_special_case": True,
    "contain_number": True,
    "password_expiration": 90,
    "lockout_limit": 3,
    "lockout_time": 60,
    "require_mfa": True,
    "session_limit": 2,
}


@pytest.fixture(autouse=True)
def roles(make_role):
    make_role("Cashier", minimum_characters=6, contain_number=True, password_expiration=30)
    make_role("Attendant")
    make_role("Director", ["delete_user"])
    Group.objects.create(name="Newsletter")


@pytest.fixture
def chief(make_user, make_role):
    """Holds every right of these endpoints, and is neither staff nor superuser."""
    rights = ["assign_role", "end_sessions", "view_rolesettings", "change_rolesettings"]
    make_role("Chief", [f"jwt_accounts.{right}" for right in rights])
    return make_user("chief", groups=["Chief"])


@pytest.fixture
def token(api, chief):
    return api.access(chief)


def state():
    return {
        "held": set(get_user_model().groups.through.objects.values_list()),
        "rules": list(RoleSettings.objects.order_by("pk").values()),
        "open": set(UserSession.objects.filter(ended_at__isnull=True).values_list("pk")),
        "events": SecurityEvent.objects.count(),
    }


# Reading.


def test_every_role_is_listed_as_it_is_in_force(api, token):
    response = api("GET", "roles/", token=token)
    assert response.status_code == 200
    assert list(response.json()) == ["roles"]
    cashier, attendant, *others = response.json()["roles"]
    own = {"minimum_characters": 6, "contain_number": True, "password_expiration": 30}
    assert cashier == {**PLAIN, "role": "Cashier", **own}
    assert attendant == PLAIN
    assert [each["role"] for each in others] == ["Director", "Chief"]


def test_one_role_is_what_the_list_says_of_it(api, token):
    for listed in api("GET", "roles/", token=token).json()["roles"]:
        response = api("GET", f"roles/{listed['role']}/", token=token)
        assert (response.status_code, response.json()) == (200, listed)


def test_a_lock_until_somebody_unlocks_is_null(api, token, settings):
    settings.JWT_ACCOUNTS = {"LOCKOUT_TIME": None}
    assert api("GET", "roles/Attendant/", token=token).json() == {**PLAIN, "lockout_time": None}


NO_ROLES = {
    "nobody's": "Nothing",
    "in lower case": "cashier",
    "a mere group": "Newsletter",
    "a number": "1",
    "NUL": NUL,
    "NUL at the end": f"Cashier{NUL}",
    "a blank at the end": "Cashier ",
    "long": "a" * 3000,
}


@once
@database
@pytest.mark.parametrize("role", NO_ROLES.values(), ids=NO_ROLES)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_no_such_role_is_not_found_and_named(api, root, method, role):
    access = api.access(root)
    before = state()
    response = api(method, f"roles/{quote(role)}/", {"minimum_characters": 9}, token=access)
    body = problem(response, 404, "not_found")
    assert [error["field"] for error in body["errors"]] == ["role"]
    assert state() == before


# Changing.


@once
@pytest.mark.parametrize("name", EVERY_RULE)
def test_one_rule_is_changed_and_the_rest_stays(api, token, name):
    response = api("PATCH", "roles/Attendant/", {name: EVERY_RULE[name]}, token=token)
    assert (response.status_code, response.json()) == (200, {**PLAIN, name: EVERY_RULE[name]})
    assert api("GET", "roles/Attendant/", token=token).json() == response.json()


def test_all_rules_are_changed_at_once_and_recorded_once(api, token, chief):
    response = api("PATCH", "roles/Attendant/", EVERY_RULE, token=token)
    assert response.json() == {**EVERY_RULE, "role": "Attendant"}
    assert RoleSettings.objects.get(role__name="Attendant").lockout_time == timedelta(minutes=1)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.actor) == ("role_settings_changed", chief)
    assert set(event.details["changes"]) == set(EVERY_RULE)


def test_null_gives_a_rule_back_to_the_host(api, token):
    api("PATCH", "roles/Attendant/", EVERY_RULE, token=token)
    given_back = ["minimum_characters", "password_expiration", "lockout_limit", "lockout_time"]
    given_back.append("session_limit")
    response = api("PATCH", "roles/Attendant/", dict.fromkeys(given_back), token=token)
    assert response.json() == {**EVERY_RULE, **{name: PLAIN[name] for name in given_back}} | {
        "role": "Attendant"
    }


@pytest.mark.parametrize("body", [{}, None, {"role": "Director", "id": 7, "permissions": [1]}])
def test_a_change_that_says_nothing_changes_nothing(api, token, body):
    before = state()
    assert api("PATCH", "roles/Attendant/", body, token=token).json() == PLAIN
    assert state() == before


NO_NUMBERS = [
    *(-1, 0, -(2**63), True, False, 6.5, 6.0),
    *("six", "6.5", "-6", "", " ", NUL, "6" * 5000, "\N{ARABIC-INDIC DIGIT SIX}"),
    *([], [6], {}, 2**63, 10**30),
]
BAD = [
    *(("minimum_characters", value) for value in [*NO_NUMBERS, 129]),
    *(("password_expiration", value) for value in [*NO_NUMBERS, 36501]),
    *(("lockout_limit", value) for value in NO_NUMBERS),
    *(("lockout_time", value) for value in NO_NUMBERS),
    *(("session_limit", value) for value in [0, -1, True, "six", 10_001]),
    *(("require_mfa", value) for value in (2, None, "maybe")),
    *(("contain_number", value) for value in (2, -1, 1.0, "yes", "", NUL, None, [], {}, 10**30)),
]


@once
@pytest.mark.parametrize(
    ("name", "value"), BAD, ids=[f"{name}-{ascii(value)[:30]}" for name, value in BAD]
)
def test_a_bad_value_is_named_and_changes_nothing(api, token, name, value):
    before = state()
    body = {"contain_upper_case": True, name: value}
    assert list(fields(api("PATCH", "roles/Cashier/", body, token=token))) == [name]
    assert state() == before


def test_the_rules_of_who_is_above_are_not_changed(api, token):
    before = state()
    for body in (EVERY_RULE, {}):
        problem(api("PATCH", "roles/Director/", body, token=token), 403, "forbidden")
    assert state() == before


# A user's role.


def held(user):
    return set(user.groups.values_list("name", flat=True))


def test_a_role_takes_the_place_of_another_and_no_session_ends(api, token, user):
    access = api.access(user)
    for role in ("Cashier", "Attendant"):
        response = api("PUT", f"users/{user.pk}/role/", {"role": role}, token=token)
        assert (response.status_code, response.content) == (204, b"")
        assert held(user) == {role}
    assert api("GET", "me/", token=access).status_code == 200
    assert [event.kind for event in SecurityEvent.objects.all()] == ["role_assigned"] * 2


def test_null_takes_every_role_and_no_mere_group(api, token, make_user):
    user = make_user(groups=["Cashier", "Attendant", "Newsletter"])
    response = api("PUT", f"users/{user.pk}/role/", {"role": None}, token=token)
    assert response.status_code == 204
    assert held(user) == {"Newsletter"}


def test_new_rights_hold_on_the_next_request(api, root, user, make_role):
    make_role("Viewer", ["view_user"])
    access, admin = api.access(user), api.access(root)
    problem(api("GET", "users/", token=access), 403, "forbidden")
    api("PUT", f"users/{user.pk}/role/", {"role": "Viewer"}, token=admin)
    assert api("GET", "users/", token=access).status_code == 200
    api("PUT", f"users/{user.pk}/role/", {"role": None}, token=admin)
    problem(api("GET", "users/", token=access), 403, "forbidden")


@once
@pytest.mark.parametrize(
    "body",
    [{}, None, *({"role": bad} for bad in ("", " ", 7, True, [], ["Cashier"], {}, NUL, "a" * 151))],
    ids=repr,
)
def test_what_is_no_name_is_named(api, token, user, body):
    before = state()
    response = api("PUT", f"users/{user.pk}/role/", body, token=token)
    assert list(fields(response)) == ["role"]
    assert state() == before


@once
@pytest.mark.parametrize("role", ["Nothing", "cashier", "Newsletter", "1"])
def test_a_role_that_is_not_there_is_not_given(api, token, user, role):
    before = state()
    response = api("PUT", f"users/{user.pk}/role/", {"role": role}, token=token)
    body = problem(response, 404, "not_found")
    assert [error["field"] for error in body["errors"]] == ["role"]
    assert state() == before


def test_nobody_gives_what_they_do_not_hold_or_changes_their_own(api, token, user, chief):
    before = state()
    for target, role in ((user, "Director"), (chief, "Cashier"), (chief, None), (chief, "Chief")):
        response = api("PUT", f"users/{target.pk}/role/", {"role": role}, token=token)
        problem(response, 403, "forbidden")
    assert state() == before


# A user's sessions.


def test_every_session_of_the_user_ends_and_nobody_elses(api, token, user):
    tokens = [api.tokens(user) for _ in range(2)]
    response = api("DELETE", f"users/{user.pk}/sessions/", token=token)
    assert (response.status_code, response.content) == (204, b"")
    for each in tokens:
        problem(api("GET", "me/", token=each["access"]), 401, "session_ended")
        refreshed = api("POST", "token/refresh/", {"refresh": each["refresh"]})
        problem(refreshed, 401, "session_ended")
    assert api("GET", "me/", token=token).status_code == 200
    assert api.sign_in(user).status_code == 200
    assert SecurityEvent.objects.get().kind == "sessions_ended_by_staff"


def test_ending_none_is_no_error(api, token, user):
    assert api("DELETE", f"users/{user.pk}/sessions/", token=token).status_code == 204


# Who may.

CALLS = [
    ("GET", "roles/", "view_rolesettings"),
    ("GET", "roles/Cashier/", "view_rolesettings"),
    ("PATCH", "roles/Cashier/", "change_rolesettings"),
    ("PUT", "users/{id}/role/", "assign_role"),
    ("GET", "users/{id}/sessions/", "end_sessions"),
    ("DELETE", "users/{id}/sessions/", "end_sessions"),
]
BODY = {"role": "Attendant", "minimum_characters": 9}
OF_A_USER = [each for each in CALLS if "{id}" in each[1]]


@once
@pytest.mark.parametrize(("method", "path", "right"), CALLS)
def test_each_wants_its_right_and_no_other(api, make_user, make_role, user, method, path, right):
    path = path.format(id=user.pk)
    every = {each for *_, each in CALLS} | {"lock_account", "unlock_account"}
    make_role("Others", [f"jwt_accounts.{each}" for each in sorted(every - {right})])
    make_role("Right", [f"jwt_accounts.{right}"])
    before = state()
    for actor in (make_user("others", groups=["Others"]), make_user("clerk", is_staff=True), user):
        access = api.access(actor)
        before = state()
        problem(api(method, path, BODY, token=access), 403, "forbidden")
        assert state() == before
    problem(api(method, path, BODY), 401, "not_authenticated")
    assert state() == before
    access = api.access(make_user("right", groups=["Right"]))
    assert api(method, path, BODY, token=access).status_code < 300


@pytest.mark.parametrize(("method", "path", "_right"), OF_A_USER)
def test_nobody_reaches_above_themselves(api, token, root, make_user, method, path, _right):
    targets = (root, make_user(is_staff=True), make_user(groups=["Director"]))
    for each in targets:
        api.access(each)
    before = state()
    for each in targets:
        response = api(method, path.format(id=each.pk), BODY, token=token)
        problem(response, 403, "forbidden")
    assert state() == before


@pytest.mark.parametrize("key", ["nobody", "0", "-1", "%00", "9" * 60, "1.0"])
@pytest.mark.parametrize(("method", "path", "_right"), OF_A_USER)
def test_nobodys_id_is_not_there(api, token, method, path, _right, key):
    before = state()
    problem(api(method, path.format(id=key), BODY, token=token), 404, "not_found")
    assert state() == before


THERE = {
    "roles/": "GET, HEAD",
    "roles/Cashier/": "GET, HEAD, PATCH",
    "users/{id}/role/": "PUT",
    "users/{id}/sessions/": "DELETE, GET, HEAD",
}
NOT_THERE = [
    (method, path)
    for path, allowed in THERE.items()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    if method not in allowed.split(", ")
]


@once
@pytest.mark.parametrize(("method", "path"), NOT_THERE)
def test_other_methods_are_405(api, token, user, method, path):
    before = state()
    response = api(method, path.format(id=user.pk), BODY, token=token)
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == THERE[path]
    assert state() == before
