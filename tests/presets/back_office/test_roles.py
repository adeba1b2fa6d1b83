"""``unlock-user/ID/``, ``assign-role/`` and ``role/settings``."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from example_project.demo_site.accounts import ROLE_SETTINGS
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession

pytestmark = pytest.mark.django_db
#: Both are tried of each path where the document is played.
either_spelling = pytest.mark.parametrize("slash", ["", pytest.param("/", marks=pytest.mark.slow)])

RULES = (
    "minimum_characters",
    "contain_upper_case",
    "contain_lower_case",
    "contain_special_case",
    "contain_number",
)
COMPLETE = {
    "minimum_characters": 12,
    "contain_upper_case": True,
    "contain_lower_case": False,
    "contain_special_case": False,
    "contain_number": False,
    "password_expiration": 30,
}
NUL = "\x00"


@pytest.fixture
def users(demo_accounts):
    return demo_accounts


def state():
    """What no refused request may change, and what every request that is taken reports."""
    return {
        "held": set(get_user_model().groups.through.objects.values_list()),
        "groups": list(Group.objects.order_by("pk").values()),
        "rules": list(RoleSettings.objects.order_by("pk").values()),
        "locks": list(
            Account.objects.order_by("pk").values("pk", "failures", "locked_at", "staff_locked_at")
        ),
        "events": SecurityEvent.objects.count(),
    }


def nothing(response):
    """The documented answer to what was done."""
    assert (response.status_code, response.content) == (200, b"{}"), response.content
    return True


# Unlock.


@pytest.fixture
def locked(office, users):
    """A Cashier whose fifth wrong password was one too many."""
    for _ in range(5):
        wrong = office("POST", "login/", {"username": "eurogames", "password": "pyramids"})
        assert wrong.status_code == 401
    right = office("POST", "login/", {"username": "eurogames", "password": "pyramid"})
    assert (right.status_code, right.json()) == (423, {"code": 3})
    return users["eurogames"]


@pytest.mark.parametrize("who", ["admin", "manager"])
@either_spelling
def test_an_unlocked_user_logs_in_at_once(office, locked, who, slash):
    assert nothing(office("POST", f"unlock-user/{locked.pk}{slash}", {}, as_=who))
    assert office.log_in("eurogames")["role"] == "Cashier"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b""),
        ("application/json", b"{}"),
        ("application/json", b"[not read"),
        ("application/x-www-form-urlencoded", b"a=b"),
        ("text/plain", b"anything"),
    ],
)
def test_the_body_of_an_unlock_says_nothing(office, locked, kind, body):
    access = office.log_in("manager")["access"]
    response = Client().generic(
        "POST",
        f"/authentication/unlock-user/{locked.pk}/",
        body,
        kind,
        HTTP_AUTHORIZATION=f"Bearer {access}",
    )
    assert nothing(response)


def test_who_is_not_locked_may_be_unlocked(office, users):
    assert nothing(office("POST", f"unlock-user/{users['attendant'].pk}/", {}, as_="manager"))


def test_unlocking_lifts_no_lock_by_staff(office, locked):
    access = office.log_in("admin")["access"]
    Client().put(f"/accounts/users/{locked.pk}/lock/", HTTP_AUTHORIZATION=f"Bearer {access}")
    assert nothing(office("POST", f"unlock-user/{locked.pk}/", {}, as_="manager"))
    again = office("POST", "login/", {"username": "eurogames", "password": "pyramid"})
    assert (again.status_code, again.json()) == (423, {"code": 3})


def test_an_unlock_is_one_event(office, locked):
    before = SecurityEvent.objects.count()
    office("POST", f"unlock-user/{locked.pk}/", {}, as_="manager")
    assert SecurityEvent.objects.count() == before + 1
    event = SecurityEvent.objects.latest("pk")
    assert (event.kind, event.user, event.actor.username) == (
        "account_unlocked",
        locked,
        "manager",
    )


NO_IDS = ["0", "-1", "999999", "abc", "1.0", "01", "%00", "%20", str(2**63), "9" * 100, "null", "²"]


@pytest.mark.parametrize("key", NO_IDS)
def test_nobodys_id_is_404(office, locked, key):
    office.log_in("manager")
    before = state()
    response = office("POST", f"unlock-user/{quote(key, safe='%')}/", {}, as_="manager")
    assert response.status_code == 404
    assert list(response.json()) == ["detail"]
    assert state() == before


# Assign a role.


@pytest.fixture
def assign(office):
    def post(username, role, *, as_="manager", slash="/"):
        body = {"username": username, "role": role}
        return office("POST", f"assign-role{slash}", body, as_=as_)

    return post


def roles(user):
    return set(user.groups.values_list("name", flat=True))


@pytest.mark.parametrize("role", ["Cashier", "Attendant", "Manager"])
@pytest.mark.parametrize("who", ["admin", "manager"])
@either_spelling
def test_a_role_takes_the_place_of_the_one_before(office, assign, users, role, who, slash):
    assert nothing(assign("eurogames", role, as_=who, slash=slash))
    assert roles(users["eurogames"]) == {role}
    assert office.log_in("eurogames")["role"] == role


@pytest.mark.parametrize("spelling", ["EUROGAMES", " eurogames ", "email@egt.com", "Email@EGT.com"])
def test_a_user_is_named_as_at_log_in(assign, users, spelling):
    assert nothing(assign(spelling, "Attendant"))
    assert roles(users["eurogames"]) == {"Attendant"}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"username=eurogames&role=Attendant"),
        (
            "multipart/form-data; boundary=e",
            b'--e\r\nContent-Disposition: form-data; name="username"\r\n\r\neurogames\r\n'
            b'--e\r\nContent-Disposition: form-data; name="role"\r\n\r\nAttendant\r\n--e--\r\n',
        ),
    ],
    ids=["urlencoded", "multipart"],
)
def test_a_form_will_do(office, users, kind, body):
    access = office.log_in("manager")["access"]
    response = Client().generic(
        "POST", "/authentication/assign-role/", body, kind, HTTP_AUTHORIZATION=f"Bearer {access}"
    )
    assert nothing(response)
    assert roles(users["eurogames"]) == {"Attendant"}


def test_a_new_role_ends_no_session_and_shows_on_the_next_request(office, assign, users):
    token = office.log_in("attendant")["access"]
    assert office("GET", "users", token=token).status_code == 403
    assert nothing(assign("attendant", "Manager", as_="admin"))
    assert office("GET", "users", token=token).status_code == 200
    assert nothing(assign("attendant", "Cashier", as_="admin"))
    assert office("GET", "users", token=token).status_code == 403
    assert not UserSession.objects.filter(ended_at__isnull=False).exists()
    assert roles(users["attendant"]) == {"Cashier"}


def test_an_assignment_is_one_event(assign, users):
    assign("eurogames", "Attendant")
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (
        "role_assigned",
        users["eurogames"],
        users["manager"],
    )
    assert event.details == {"role": "Attendant", "former": ["Cashier"]}


NO_TEXTS = [None, "", " ", 7, 0, True, 1.5, [], ["Cashier"], {}, {"a": 1}, NUL, f"a{NUL}"]


@pytest.mark.parametrize("value", [*NO_TEXTS, "a" * 321], ids=repr)
@pytest.mark.parametrize("field", ["username", "role"])
def test_what_is_no_name_is_400_and_named(office, field, value):
    office.log_in("manager")
    before = state()
    body = {"username": "eurogames", "role": "Attendant", field: value}
    response = office("POST", "assign-role/", body, as_="manager")
    assert response.status_code == 400, response.content
    assert list(response.json()) == [field]
    assert state() == before


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["username", "role"]),
        (None, ["username", "role"]),
        ({"username": "eurogames"}, ["role"]),
        ({"role": "Attendant"}, ["username"]),
        ({"user": "eurogames", "group": "Attendant"}, ["username", "role"]),
    ],
)
def test_what_is_missing_is_400_and_named(office, body, named):
    before = state()
    response = office("POST", "assign-role/", body, as_="manager")
    assert (response.status_code, list(response.json())) == (400, named)
    assert state() == before


@pytest.mark.parametrize("role", ["cashier", "Nothing", "Super Admin", "Newsletter", "1", "null"])
def test_no_such_role_is_404_and_named(office, assign, role):
    Group.objects.create(name="Newsletter")
    before = state()
    response = assign("eurogames", role)
    assert (response.status_code, response.json()) == (404, {"role": ["There is no such role."]})
    assert state() == before


@pytest.mark.parametrize("username", ["nobody", "no@body.example", "0771694307", "1", "eurogames2"])
def test_no_such_user_is_404_and_named(office, assign, username):
    before = state()
    response = assign(username, "Attendant")
    assert response.status_code == 404
    assert response.json() == {"username": ["There is no such user."]}
    assert state() == before


# The rules of every role, and of one.


@either_spelling
def test_the_list_is_public_and_exactly_the_documents(office, slash):
    response = office("GET", f"role/settings{slash}")
    assert response.status_code == 200
    expected = [
        {**{name: rules[name] for name in RULES}, "group": group}
        for group, rules in ROLE_SETTINGS.items()
    ]
    assert response.json() == expected
    assert [list(each) for each in response.json()] == [[*RULES, "group"]] * 3


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "x" * 9000])
def test_a_token_that_is_none_stops_nobody_from_reading_the_list(office, token):
    assert office("GET", "role/settings", token=token).status_code == 200


def test_a_mere_group_is_no_role(office):
    Group.objects.create(name="Newsletter")
    assert len(office("GET", "role/settings").json()) == 3
    response = office("GET", "role/settings/Newsletter", as_="admin")
    assert (response.status_code, response.json()) == (404, {"role": ["There is no such role."]})


@pytest.mark.parametrize("role", ROLE_SETTINGS)
@pytest.mark.parametrize("who", ["admin", "manager", "attendant", "eurogames"])
@either_spelling
def test_one_role_is_read_by_whoever_is_logged_in_without_group(office, role, who, slash):
    response = office("GET", f"role/settings/{role}{slash}", as_=who)
    assert response.status_code == 200
    assert list(response.json()) == list(RULES)
    assert response.json() == {name: ROLE_SETTINGS[role][name] for name in RULES}


@pytest.mark.parametrize("method", ["GET", "PUT"])
@either_spelling
def test_one_role_is_protected(office, method, slash):
    before = state()
    for token in ("", "nonsense"):
        response = office(method, f"role/settings/Cashier{slash}", COMPLETE, token=token)
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert state() == before


NO_ROLES = ["cashier", "CASHIER", "Nothing", "0", "-1", "null", "Super Admin", NUL, f"Cashier{NUL}"]


@pytest.mark.parametrize("role", [*NO_ROLES, " ", "Cashier ", "%", "é", "a" * 5000], ids=repr)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_role_that_is_not_there_is_404_and_named(office, method, role):
    before = state()
    response = office(method, f"role/settings/{quote(role)}/", COMPLETE, as_="admin")
    assert (response.status_code, response.json()) == (404, {"role": ["There is no such role."]})
    assert state() == before


def test_a_role_with_a_name_of_many_letters_has_an_address(office, make_role):
    name = "Chef d'équipe 100 %"
    make_role(name, minimum_characters=9)
    path = f"role/settings/{quote(name)}/"
    assert nothing(office("PUT", path, {"minimum_characters": 11}, as_="admin"))
    assert office("GET", path, as_="admin").json()["minimum_characters"] == 11


# Change the rules of a role.


def row(role="Cashier"):
    (found,) = RoleSettings.objects.filter(role__name=role).values()
    return found


@pytest.fixture
def put(office):
    def send(body, *, role="Cashier", as_="manager", slash="/"):
        return office("PUT", f"role/settings/{role}{slash}", body, as_=as_)

    return send


@pytest.mark.parametrize("who", ["admin", "manager"])
@pytest.mark.parametrize("role", ROLE_SETTINGS)
@either_spelling
def test_a_complete_change_changes_everything(office, put, who, role, slash):
    before = row(role)
    assert nothing(put(COMPLETE, role=role, as_=who, slash=slash))
    assert row(role) == {**before, **COMPLETE}
    shown = {name: COMPLETE[name] for name in RULES}
    assert office("GET", f"role/settings/{role}", as_="eurogames").json() == shown
    assert {**shown, "group": role} in office("GET", "role/settings").json()


@pytest.mark.parametrize("name", COMPLETE)
@pytest.mark.parametrize("role", ["Cashier", pytest.param("Manager", marks=pytest.mark.slow)])
def test_a_single_column_leaves_the_rest(put, name, role):
    others = [row(each) for each in ROLE_SETTINGS if each != role]
    before = row(role)
    assert nothing(put({name: COMPLETE[name]}, role=role))
    assert row(role) == {**before, name: COMPLETE[name]}
    assert [row(each) for each in ROLE_SETTINGS if each != role] == others


@pytest.mark.parametrize("body", [{}, None, {"unknown": 1, "group": "Manager", "role": 7, "id": 7}])
def test_a_change_that_says_nothing_changes_nothing(put, body):
    before = state()
    assert nothing(put(body))
    assert state() == before


@pytest.mark.parametrize("unasked", ["lockout_limit", "lockout_time", "role", "role_id"])
def test_a_column_that_is_not_documented_is_never_applied(put, unasked):
    before = row()
    assert nothing(put({unasked: 1, "contain_number": True}))
    assert row() == before


@pytest.mark.parametrize(
    ("spelling", "meaning"),
    [(True, True), (False, False), (1, True), (0, False), ("1", True), ("0", False)],
)
@pytest.mark.parametrize("name", RULES[1:])
def test_a_flag_is_read_however_it_is_spelled(put, name, spelling, meaning):
    assert nothing(put({name: spelling}))
    assert row()[name] is meaning


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minimum_characters", 1),
        ("minimum_characters", 128),
        ("password_expiration", 1),
        ("password_expiration", 36500),
        ("password_expiration", None),
    ],
)
def test_the_ends_of_a_range_are_taken(put, name, value):
    assert nothing(put({name: value}))
    assert row()[name] == value


def multipart(values):
    parts = "".join(
        f'--e\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in values.items()
    )
    return f"{parts}--e--\r\n".encode()


@pytest.mark.parametrize(
    ("kind", "encode"),
    [
        ("application/x-www-form-urlencoded", lambda values: urlencode(values).encode()),
        ("multipart/form-data; boundary=e", multipart),
    ],
    ids=["urlencoded", "multipart"],
)
@pytest.mark.parametrize("names", [tuple(COMPLETE), *((name,) for name in COMPLETE)], ids=",".join)
@either_spelling
def test_a_form_is_read_like_json(office, kind, encode, names, slash):
    before, values = row(), {name: COMPLETE[name] for name in names}
    access = office.log_in("manager")["access"]
    response = Client().generic(
        "PUT",
        f"/authentication/role/settings/Cashier{slash}",
        encode(values),
        kind,
        HTTP_AUTHORIZATION=f"Bearer {access}",
    )
    assert nothing(response)
    assert row() == {**before, **values}


def test_a_change_is_one_event(put, users):
    assert nothing(put({"minimum_characters": 7, "contain_number": True}))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (
        "role_settings_changed",
        None,
        users["manager"],
    )
    assert event.details == {"role": "Cashier", "changes": {"minimum_characters": [6, 7]}}


def test_a_changed_rule_is_in_force_for_the_next_password_and_ends_no_session(office, put, users):
    token = office.log_in("eurogames")["access"]
    path = f"users/{users['eurogames'].pk}/edit/"
    assert nothing(office("PUT", path, {"password": "gigi-7"}, as_="admin"))
    token = office.log_in("eurogames", "gigi-7")["access"]
    assert nothing(put({"minimum_characters": 20}))
    refused = office("PUT", path, {"password": "gigi-pyramid-8"}, as_="admin")
    assert (refused.status_code, list(refused.json())) == (400, ["password"])
    assert office("GET", "role/settings/Cashier", token=token).status_code == 200
    assert office.log_in("eurogames", "gigi-7")


def test_an_expiry_in_force_stops_the_next_log_in_with_code_4(office, put):
    expired = {"username": "expired", "password": "Expired-demo-1"}
    assert office("POST", "login/", expired).json() == {"code": 4}
    assert nothing(put({"password_expiration": 92}))
    assert office("POST", "login/", expired).status_code == 200
    assert nothing(put({"password_expiration": 91}))
    assert office("POST", "login/", expired).json() == {"code": 4}
    assert nothing(put({"password_expiration": None}))
    assert office("POST", "login/", expired).status_code == 200


HUGE = [2**15, 2**31, 2**63, 10**30]
NO_NUMBERS = [
    *(-1, 0, -(2**63), True, False, 6.5, 6.0, 1e300),
    *("six", "6.5", "-6", "+6", " 6", "", " ", "1e1", "٦", "6" * 5000, NUL, f"6{NUL}"),
    *([], [6], {}, {"a": 6}),
]
NO_FLAGS = [
    *(2, -1, 10**30, 1.0, 0.5, "2", "yes", "on", "", " ", "tru", NUL, None),
    *([], [True], {}, {"a": True}),
]
BAD = [
    *(("minimum_characters", value) for value in [*NO_NUMBERS, None, 129, *HUGE]),
    *(("password_expiration", value) for value in [*NO_NUMBERS, 36501, *HUGE[1:]]),
    *((RULES[1], value) for value in NO_FLAGS),
    *(
        pytest.param(name, value, marks=pytest.mark.slow)
        for name in RULES[2:]
        for value in NO_FLAGS
    ),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=lambda value: ascii(value)[:30])
def test_a_bad_value_is_400_names_its_field_and_changes_nothing(put, name, value):
    before = state()
    others = {"minimum_characters": 9, "contain_upper_case": True}
    response = put({**others, name: value}, as_="admin")
    assert response.status_code == 400, response.content
    assert list(response.json()) == [name]
    assert all(isinstance(sentence, str) and sentence for sentence in response.json()[name])
    assert state() == before


def test_every_bad_value_is_named(put):
    bad = {**dict.fromkeys(RULES, "x"), "password_expiration": "x"}
    response = put(bad)
    assert (response.status_code, set(response.json())) == (400, set(bad))


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"x"', b"{", b"[{}]", b"\x00", b"\xff"])
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "role/settings/Cashier/"), ("POST", "assign-role/")]
)
def test_a_body_that_is_no_object_is_400(office, method, path, body):
    before = state()
    response = office(method, path, body, as_="manager")
    assert (response.status_code, list(response.json())) == (400, ["error", "detail"])
    assert state() == before


# Who may.


CALLS = [
    ("POST", "unlock-user/{target}/", {}),
    ("POST", "assign-role/", {"username": "{name}", "role": "Cashier"}),
    ("PUT", "role/settings/Cashier/", {"minimum_characters": 1}),
]


def call(office, method, path, body, target, **who):
    filled = json.loads(json.dumps(body).replace("{name}", target.username))
    return office(method, path.format(target=target.pk), filled, **who)


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_without_a_token_nothing_is_done(office, users, method, path, body):
    before = state()
    response = call(office, method, path, body, users["attendant"])
    assert response.status_code == 401
    assert state() == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
@pytest.mark.parametrize("who", ["eurogames", "attendant", "clerk"])
def test_who_does_not_hold_the_right_does_nothing(
    office, users, ctx, make_user, method, path, body, who
):
    actor = users.get(who) or make_user(who, is_staff=True)
    token = open_session(ctx, user=actor, amr=("pwd",)).tokens.access
    before = state()
    for target in (users["eurogames"], actor, users["admin"]):
        response = call(office, method, path, body, target, token=token)
        assert (response.status_code, list(response.json())) == (403, ["detail"])
    assert state() == before


@pytest.mark.parametrize(("method", "path", "body"), CALLS[:2])
def test_a_manager_unlocks_and_re_roles_no_superuser_and_no_staff(
    office, users, make_user, method, path, body
):
    targets = [
        users["admin"],
        make_user("super", is_superuser=True),
        make_user("clerk", is_staff=True),
        make_user("cashier-clerk", is_staff=True, groups=["Cashier"]),
    ]
    office.log_in("manager")
    Account.objects.filter(user__in=targets).update(failures=5)
    before = state()
    for target in targets:
        response = call(office, method, path, body, target, as_="manager")
        assert (response.status_code, list(response.json())) == (403, ["detail"])
    assert state() == before


@pytest.mark.parametrize("role", ["Cashier", "Attendant", "Manager"])
def test_a_manager_does_not_change_its_own_role(assign, users, role):
    before = state()
    assert assign("manager", role).status_code == 403
    assert state() == before
    assert roles(users["manager"]) == {"Manager"}


def test_a_manager_gives_no_role_that_holds_more_and_changes_none(office, assign, make_role):
    make_role("Director", ["delete_user"])
    before = state()
    assert assign("eurogames", "Director").status_code == 403
    response = office("PUT", "role/settings/Director/", COMPLETE, as_="manager")
    assert response.status_code == 403
    assert state() == before


def test_a_manager_re_roles_nobody_who_holds_more(assign, make_role, make_user, users):
    make_role("Director", ["delete_user"])
    make_user("director", groups=["Director"])
    before = state()
    assert assign("director", "Cashier").status_code == 403
    assert state() == before
    assert nothing(assign("director", "Cashier", as_="admin"))


def test_what_the_giver_holds_at_this_moment_counts(assign, users, make_role):
    assert nothing(assign("eurogames", "Manager"))
    users["manager"].groups.set([make_role("Half", ["jwt_accounts.assign_role"])])
    before = state()
    assert assign("attendant", "Manager").status_code == 403
    assert state() == before
    assert nothing(assign("attendant", "Cashier"))


# Methods.

PATHS = {
    "unlock-user/{target}": ["POST"],
    "assign-role": ["POST"],
    "role/settings": ["GET", "HEAD"],
    "role/settings/Cashier": ["GET", "HEAD", "PUT"],
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
NOT_THERE = [(each, path) for path, there in PATHS.items() for each in METHODS if each not in there]


@pytest.mark.parametrize(("method", "path"), NOT_THERE)
@either_spelling
def test_other_methods_are_405_for_everybody(office, users, method, path, slash):
    token = office.log_in("admin")["access"]
    before = state()
    for given in ("", token):
        address = path.format(target=users["eurogames"].pk) + slash
        response = office(method, address, COMPLETE, token=given)
        assert response.status_code == 405
        assert response["Allow"].split(", ") == PATHS[path]
    assert state() == before
