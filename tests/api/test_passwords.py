"""``password/...``: the rules, recovery by PIN, and what a refused sign-in lets its holder do."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from jwt_accounts.models import Account, Challenge
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD, identifier_of
from tests.recovery import NEW, Texts, give_phone, mailed, pin_in, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

EMAIL = {"email": "somebody@example.com"}
SECRET = "a" * 64 + "." + "b" * 64
FLAGS = ("contain_upper_case", "contain_lower_case", "contain_special_case", "contain_number")
DEFAULT = {"minimum_characters": 8, **dict.fromkeys(FLAGS, False)}


@pytest.fixture
def pin(api, user):
    """Ask for a PIN and read the mail."""

    def ask(who=EMAIL):
        (message,) = mailed(lambda: api("POST", "password/pin/", who))
        return pin_in(message.body)

    return ask


@pytest.fixture
def token(api, pin):
    response = api("POST", "password/pin/verify/", {**EMAIL, "pin": pin()})
    assert response.status_code == 200, response.content
    return response.json()["reset_token"]


@pytest.fixture
def set_(api, token):
    def send(password=NEW, *, with_=None):
        body = {"token": with_ or token, "password": password}
        return api("POST", "password/set/", body)

    return send


def must_change(user):
    Account.objects.filter(user=user).update(must_change_password=True)


# The rules.


def test_the_rules_are_public_and_those_in_force(api, make_role):
    assert api("GET", "password/rules/").json() == {"default": DEFAULT, "roles": {}}
    make_role("Cashier", minimum_characters=6, contain_number=True)
    rules = api("GET", "password/rules/").json()
    assert rules["roles"] == {"Cashier": {**DEFAULT, "minimum_characters": 6, FLAGS[3]: True}}


def test_the_default_rules_are_the_hosts(api, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 15, "contain_number": True}}
    found = api("GET", "password/rules/").json()["default"]
    assert found == {**DEFAULT, "minimum_characters": 15, "contain_number": True}


# Recovery.


def test_asking_for_a_pin_is_202_with_an_empty_body(api, user):
    for who in (EMAIL, {"email": "nobody@example.com"}, {"phone": "+40771694307"}):
        response = api("POST", "password/pin/", who)
        assert (response.status_code, response.content) == (202, b"")


def test_a_pin_never_comes_back_whatever_is_set(api, user, settings):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True}
    assert api("POST", "password/pin/", EMAIL).content == b""


def test_a_right_pin_is_a_token_for_two_minutes(api, pin):
    response = api("POST", "password/pin/verify/", {**EMAIL, "pin": pin()})
    body = response.json()
    assert (response.status_code, set(body)) == (200, {"reset_token", "expires_in"})
    assert body["expires_in"] == 120
    assert response.cookies == {}
    assert "X-Reset-Token" not in response


def test_by_telephone(api, user, settings, tmp_path):
    sms = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = sms.settings
    give_phone(user, "+40771694307")
    Account.objects.filter(user=user).update(phone="+40771694307")
    mailed(lambda: api("POST", "password/pin/", {"phone": "+40 771-694-307"}))
    (text,) = sms.new()
    body = {"phone": "+40771694307", "pin": pin_in(text.partition("\n")[2])}
    token = api("POST", "password/pin/verify/", body).json()["reset_token"]
    body = {"token": token, "password": NEW}
    assert api("POST", "password/set/", body).status_code == 204
    api.tokens(user, NEW)


@pytest.mark.parametrize("as_number", [True, False])
def test_a_pin_may_be_a_number(api, pin, as_number):
    found = pin()
    body = {**EMAIL, "pin": int(found) if as_number else found}
    assert api("POST", "password/pin/verify/", body).status_code == 200


def test_a_wrong_pin_is_404_for_whoever(api, pin):
    bad = {"pin": wrong(pin())}
    bodies = [
        problem(api("POST", "password/pin/verify/", {**who, **bad}), 404, "pin_invalid")
        for who in (EMAIL, {"email": "nobody@example.com"}, {"phone": "+40771694307"})
    ]
    assert bodies[0] == bodies[1] == bodies[2]


def test_an_expired_pin_is_told_to_who_knows_it(api, pin):
    found = pin()
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        verify = {**EMAIL, "pin": found}
        problem(api("POST", "password/pin/verify/", verify), 404, "pin_expired")
        verify = {**EMAIL, "pin": wrong(found)}
        problem(api("POST", "password/pin/verify/", verify), 404, "pin_invalid")


def test_the_token_sets_the_password_once_and_ends_every_session(api, user, set_):
    tokens = api.tokens(user)
    response = set_()
    assert (response.status_code, response.content) == (204, b"")
    problem_ = api("GET", "me/", token=tokens["access"]).json()
    assert problem_["code"] == "session_ended"
    problem(set_("yet another password"), 404, "reset_invalid")
    api.tokens(user, NEW)
    problem(api.sign_in(user), 401, "wrong_credentials")


def test_the_token_does_nothing_else(api, token):
    assert api("GET", "me/", token=token).status_code == 401
    assert api("POST", "token/refresh/", {"refresh": token}).status_code == 401
    assert api("POST", "token/verify/", {"token": token}).status_code == 401


def test_no_other_token_sets_a_password(api, user, set_):
    tokens = api.tokens(user)
    for other in (tokens["access"], tokens["refresh"], SECRET, ".", "x"):
        problem(set_(with_=other), 404, "reset_invalid")
    api.tokens(user)


def test_an_expired_token_is_told_so(set_):
    with time_machine.travel(timezone.now() + timedelta(seconds=121), tick=False):
        problem(set_(), 404, "reset_expired")


def test_tokenless_does_nothing_here(api, user, token, settings):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": "tokenless"}
    assert fields(api("POST", "password/set/", {**EMAIL, "password": NEW})) == {"token": "required"}
    api.tokens(user)


def test_the_present_password_is_told_before_the_rules(set_, user, make_role):
    user.groups.add(make_role("Strict", minimum_characters=99))
    problem(set_(PASSWORD), 400, "password_unchanged")
    assert fields(set_()) == {"password": "minimum_characters"}


def test_every_broken_rule_is_named(set_, user, make_role):
    user.groups.add(make_role("Strict", minimum_characters=12, **dict.fromkeys(FLAGS, True)))
    errors = set_("xyzzyq").json()["errors"]
    assert {each["field"] for each in errors} == {"password"}
    assert [each["code"] for each in errors] == [
        "minimum_characters",
        "contain_upper_case",
        "contain_special_case",
        "contain_number",
    ]
    assert set_("Xyzzy-plugh-1").status_code == 204


def test_the_fourth_refused_password_closes_the_window(set_):
    assert [set_("short").status_code for _ in range(4)] == [400] * 4
    problem(set_(), 404, "reset_invalid")


# Shapes.


@once
@pytest.mark.parametrize("path", ["password/pin/", "password/pin/verify/"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({**EMAIL, "phone": "+40771694307"}, "invalid"),
        ({"email": ""}, "blank"),
        ({"email": None}, "null"),
        ({"email": 1}, "invalid"),
        ({"email": ["a@example.com"]}, "invalid"),
        ({"email": "a\x00@example.com"}, "null_characters_not_allowed"),
        ({"email": "a" * 321}, "max_length"),
    ],
    ids=range(8),
)
def test_one_of_the_two_is_asked_for(api, user, path, body, code):
    found = fields(api("POST", path, {"pin": "000000", **body}))
    assert found == {"email": code}
    assert not Challenge.objects.exists()


@once
@pytest.mark.parametrize(
    "bad",
    [
        True,
        None,
        1.5,
        -1,
        10**6,
        [],
        {},
        "",
        "1e5",
        "+12345",
        "\uff11\uff12\uff13\uff14\uff15\uff16",
        "1234567",
    ],
)
def test_what_is_no_pin_is_400_and_costs_no_try(api, pin, bad):
    found = pin()
    assert list(fields(api("POST", "password/pin/verify/", {**EMAIL, "pin": bad}))) == ["pin"]
    assert Challenge.objects.get().tries_left == 5
    body = {**EMAIL, "pin": found}
    assert api("POST", "password/pin/verify/", body).status_code == 200


@once
@pytest.mark.parametrize("bad", ["", None, 1, [], "a\x00", "\ud800", "x" * 8193])
def test_what_is_no_token_is_400(api, db, bad):
    body = {"token": bad, "password": NEW}
    assert list(fields(api("POST", "password/set/", body))) == ["token"]


@once
@pytest.mark.parametrize("bad", ["", None, 8041975236, [], "x" * 4097])
def test_what_is_no_password_is_400_and_costs_no_try(set_, bad):
    assert list(fields(set_(bad))) == ["password"]
    assert Challenge.objects.get().tries_left == 4


# A sign-in whose password must be changed first.


def refusal(response, reason):
    body = response.json()
    assert (response.status_code, body["code"]) == (403, "password_expired"), body
    assert set(body) == {
        *("type", "title", "status", "detail", "code"),
        *("reason", "change_token", "expires_in"),
    }
    assert (body["reason"], body["expires_in"]) == (reason, 600)
    return body["change_token"]


def test_an_expired_password_gets_a_token_to_change_it(api, user, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": timedelta(days=90)}
    past = timezone.now() - timedelta(days=91)
    Account.objects.filter(user=user).update(password_changed_at=past)
    token = refusal(api.sign_in(user), "expired")
    body = {"token": token, "password": NEW}
    assert api("POST", "password/set/", body).status_code == 204
    assert api.tokens(user, NEW)["password_expires_in"] == pytest.approx(90 * 86400, abs=60)


def test_a_demanded_change_and_a_broken_rule_say_so(api, user, settings, make_role):
    must_change(user)
    refusal(api.sign_in(user), "demanded")
    Account.objects.filter(user=user).update(must_change_password=False)
    settings.JWT_ACCOUNTS = {"ENFORCE_RULES_AT_SIGN_IN": True}
    api.tokens(user)
    user.groups.add(make_role("Strict", contain_number=True))
    refusal(api.sign_in(user), "rules")


def test_a_changed_rule_alone_breaks_no_sign_in(api, user, make_role):
    user.groups.add(make_role("Strict", minimum_characters=99))
    api.tokens(user)


def test_only_the_right_password_gets_a_change_token(api, user):
    must_change(user)
    problem(api.sign_in(user, "wrong horse battery"), 401, "wrong_credentials")
    assert not Challenge.objects.exists()


def test_a_change_token_does_nothing_else_and_holds_once_for_ten_minutes(api, user):
    must_change(user)
    token = refusal(api.sign_in(user), "demanded")
    assert api("GET", "me/", token=token).status_code == 401
    assert api("POST", "token/refresh/", {"refresh": token}).status_code == 401
    body = {"token": token, "password": NEW}
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        problem(api("POST", "password/set/", body), 404, "reset_expired")
    problem(api("POST", "password/set/", {**body, "password": PASSWORD}), 400, "password_unchanged")
    assert api("POST", "password/set/", body).status_code == 204
    problem(api("POST", "password/set/", body), 404, "reset_invalid")


def test_the_back_office_has_no_word_for_a_change_token(api, user):
    must_change(user)
    response = api.client.post(
        "/authentication/login/",
        {"username": identifier_of(user), "password": PASSWORD},
        content_type="application/json",
    )
    assert (response.status_code, response.content) == (403, b'{"code":4}')
    assert not Challenge.objects.exists()


@pytest.mark.parametrize(("days", "left"), [(None, None), (90, 90)])
def test_a_sign_in_says_when_the_password_expires(api, user, make_role, days, left):
    user.groups.add(make_role("Cashier", password_expiration=days))
    Account.objects.filter(user=user).update(password_changed_at=timezone.now())
    body = api.tokens(user)
    if left is None:
        assert (body["password_expires_in"], body["password_expires_at"]) == (None, None)
    else:
        assert body["password_expires_in"] == pytest.approx(left * 86400, abs=60)
        assert isinstance(body["password_expires_at"], str)


# password/change/


@pytest.fixture
def change(api, user):
    def send(current=PASSWORD, new=NEW, *, token=""):
        body = {"current_password": current, "password": new}
        return api("POST", "password/change/", body, token=token)

    return send


def test_a_change_keeps_this_session_and_ends_the_others(api, user, change):
    mine, other = api.access(user), api.access(user)
    assert (change(token=mine).status_code, change(token=mine).status_code) == (204, 400)
    assert api("GET", "me/", token=mine).status_code == 200
    problem(api("GET", "me/", token=other), 401, "session_ended")
    api.tokens(user, NEW)


def test_a_change_needs_a_session(change):
    assert change().status_code == 401


def test_a_wrong_present_password_is_named_and_changes_nothing(api, user, change):
    access = api.access(user)
    assert fields(change("wrong horse", token=access)) == {"current_password": "wrong_password"}
    api.tokens(user)


def test_wrong_present_passwords_lock_the_account(api, user, change):
    access = api.access(user)
    answers = [change("wrong horse", token=access).status_code for _ in range(6)]
    assert answers == [400] * 5 + [423]
    assert api.sign_in(user).status_code == 423


def test_a_change_obeys_the_rules_and_the_history(api, user, change):
    access = api.access(user)
    problem(change(new=PASSWORD, token=access), 400, "password_unchanged")
    assert fields(change(new="short", token=access)) == {"password": "minimum_characters"}
    assert change(token=access).status_code == 204
    assert fields(change(NEW, PASSWORD, token=access)) == {"password": "password_reused"}


def test_a_refused_new_password_is_no_wrong_one(api, user, change):
    access = api.access(user)
    assert [change(new="short", token=access).status_code for _ in range(8)] == [400] * 8
    api.tokens(user)


@once
@pytest.mark.parametrize("bad", ["", None, 1, [], "x" * 4097])
@pytest.mark.parametrize("name", ["current_password", "password"])
def test_a_change_needs_two_passwords(api, user, name, bad):
    body = {"current_password": PASSWORD, "password": NEW, name: bad}
    response = api("POST", "password/change/", body, token=api.access(user))
    assert list(fields(response)) == [name]


def test_the_owner_is_told_of_a_change(api, user, change):
    access = api.access(user)
    (message,) = mailed(lambda: change(token=access))
    assert message.recipients() == [user.email]


@once
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "password/rules/", "GET, HEAD"),
        ("GET", "password/pin/", "POST"),
        ("GET", "password/pin/verify/", "POST"),
        ("GET", "password/set/", "POST"),
        ("GET", "password/change/", "POST"),
    ],
)
def test_other_methods_are_405(api, db, method, path, allowed):
    response = api(method, path)
    assert (response.status_code, response["Allow"]) == (405, allowed)


@once
@pytest.mark.parametrize(
    ("limit", "method", "path"),
    [
        ("password_rules", "GET", "password/rules/"),
        ("recovery_request", "POST", "password/pin/"),
        ("recovery_verify", "POST", "password/pin/verify/"),
        ("password_set", "POST", "password/set/"),
    ],
)
def test_each_public_endpoint_has_a_limit(api, db, settings, limit, method, path):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {limit: "2/m"}}
    assert [api(method, path).status_code == 429 for _ in range(3)] == [False, False, True]
