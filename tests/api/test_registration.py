"""``register/``, ``email/confirm/`` and ``email/resend/``."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.utils import timezone

from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import user_fields
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD
from tests.letters import FRONT, letter, letters, sent
from tests.recovery import NEW, wrong

pytestmark = pytest.mark.django_db

core = pytest.mark.core


def later(**delta):
    """The same, some time later: ``with later(days=3): ...``."""
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=False)


ANN = "ann@example.com"
BODY = {"username": "ann", "email": ANN, "password": PASSWORD}


def signs_in(api, identifier=ANN, password=PASSWORD):
    return api("POST", "sign-in/", {"identifier": identifier, "password": password})


@pytest.fixture
def asked(api):
    """The message that Ann got when she registered."""
    return letter(lambda: api("POST", "register/", BODY))


# Registering.


@core
def test_registering_is_202_with_an_empty_body_and_one_can_sign_in_at_once(api):
    response = api("POST", "register/", {**BODY, "first_name": "Ann", "name": "Ann"})
    assert (response.status_code, response.content) == (202, b"")
    body = signs_in(api).json()["user"]
    assert (body["email"], body["email_confirmed"]) == (ANN, False)
    for name in {"first_name", "name"} & set(user_fields().profile):
        assert body[name] == "Ann"


@core
def test_the_answer_is_the_same_where_the_address_is_taken_and_its_owner_gets_a_note(api, user):
    free = api("POST", "register/", BODY)
    taken = None

    def again():
        nonlocal taken
        taken = api("POST", "register/", {**BODY, "email": "SOMEBODY@example.com"})

    assert sent(again) == [("somebody@example.com", "address_taken")]
    assert (taken.status_code, taken.content) == (free.status_code, free.content)
    assert get_user_model().objects.count() == 2


def test_the_link_leads_to_the_front_end_and_holds_its_token_where_no_server_sees_it(asked):
    assert asked.link == f"{FRONT}confirm-email#{asked.token}"


def test_the_hosts_page_takes_the_place_of_the_default_one(api, settings):
    settings.JWT_ACCOUNTS = {
        "FRONTEND_URL": "https://shop.example/app/",
        "LINKS": {"confirm_email": "welcome?code={token}&of={uid}"},
    }
    found = letter(lambda: api("POST", "register/", BODY))
    assert found.link.startswith("https://shop.example/app/welcome?code=")


def test_a_name_may_be_left_out(api):
    body = {"email": ANN, "password": PASSWORD}
    assert api("POST", "register/", body).status_code == 202
    assert signs_in(api).json()["user"]["username"]


def test_a_phone_is_written_down_and_is_no_way_in(api):
    api("POST", "register/", {**BODY, "phone": "+40 771 694 307"})
    problem(signs_in(api, "+40771694307"), 401, "wrong_credentials")
    assert signs_in(api).json()["user"]["phone"] == "+40 771 694 307"


@pytest.mark.parametrize(
    "more",
    [
        {"is_staff": True, "is_superuser": True},
        {"groups": ["Manager"], "role": "Manager", "user_permissions": [1]},
        {"id": 7, "pk": 7, "is_active": False},
        {"email_confirmed": True, "awaits_confirmation": False, "confirmed_email": ANN},
        {"date_joined": "2001-01-01T00:00:00Z", "last_login": "2001-01-01T00:00:00Z"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_what_is_not_ones_own_to_say_has_no_effect(api, make_role, more):
    make_role("Manager", rights=["add_user"])
    assert api("POST", "register/", {**BODY, **more}).status_code == 202
    user = get_user_model().objects.get()
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.groups.exists()
    assert user.is_active
    assert user.last_login is None
    account = Account.objects.get()
    assert account.awaits_confirmation
    assert not account.email_is_confirmed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": None}, "email"),
        ({"email": ""}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"email": ["ann@example.com"]}, "email"),
        ({"email": "a\x00@example.com"}, "email"),
        ({"username": ""}, "username"),
        ({"username": {"a": "b"}}, "username"),
        ({"username": "no spaces"}, "username"),
        ({"password": None}, "password"),
        ({"password": "short"}, "password"),
        ({"password": 12345678}, "password"),
        ({"phone": "nonsense"}, "phone"),
        ({"first_name": "a" * 151}, "first_name"),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_naming_it_and_nothing_is_made(api, change, field):
    assert set(fields(api("POST", "register/", {**BODY, **change}))) == {field}
    assert not get_user_model().objects.exists()


def test_what_is_missing_is_named(api):
    assert set(fields(api("POST", "register/", {}))) == {"email", "password"}


def test_the_rules_are_told_the_same_whoever_has_the_address(api, user):
    found = [
        api("POST", "register/", {**BODY, "email": email, "password": "short"})
        for email in (ANN, "somebody@example.com")
    ]
    assert found[0].content == found[1].content
    assert set(fields(found[0])) == {"password"}


@core
@pytest.mark.parametrize("mode", ["invitation", "closed"])
def test_where_it_is_not_open_it_is_403(api, settings, mode):
    settings.JWT_ACCOUNTS = {"REGISTRATION": mode}
    problem(api("POST", "register/", BODY), 403, "registration_closed")
    assert not get_user_model().objects.exists()


# Confirming.


@core
@pytest.mark.parametrize("by", ["token", "code"])
def test_confirming_is_204_and_signs_nobody_in(api, asked, by):
    body = {"token": asked.token} if by == "token" else {"email": ANN, "code": asked.code}
    response = api("POST", "email/confirm/", body)
    assert (response.status_code, response.content) == (204, b"")
    assert response.cookies == {}
    assert not UserSession.objects.exists()
    assert signs_in(api).json()["user"]["email_confirmed"] is True


def test_a_code_may_be_a_number(api, asked):
    body = {"email": ANN, "code": int(asked.code)}
    assert api("POST", "email/confirm/", body).status_code == 204


def test_each_refusal_has_its_code(api, asked):
    problem(api("POST", "email/confirm/", {"token": "x.y"}), 404, "link_invalid")
    code = {"email": ANN, "code": wrong(asked.code)}
    problem(api("POST", "email/confirm/", code), 404, "pin_invalid")
    assert api("POST", "email/confirm/", {"token": asked.token}).status_code == 204
    problem(api("POST", "email/confirm/", {"token": asked.token}), 409, "already_confirmed")
    code["code"] = asked.code
    problem(api("POST", "email/confirm/", code), 404, "pin_invalid")


@pytest.mark.parametrize(("days", "minutes", "code"), [(3, 0, "link"), (0, 10, "pin")])
def test_what_is_too_late_says_so_to_who_has_it(api, asked, days, minutes, code):
    body = {"token": asked.token} if code == "link" else {"email": ANN, "code": asked.code}
    with later(days=days, minutes=minutes):
        problem(api("POST", "email/confirm/", body), 404, f"{code}_expired")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": ANN},
        {"code": "123456"},
        {"token": "x", "email": ANN, "code": "123456"},
        {"token": "x", "email": ANN},
        {"token": None},
        {"token": ["x"]},
        {"token": "x" * 8193},
        {"email": ANN, "code": "12345a"},
        {"email": ANN, "code": [1]},
        {"email": "\x00", "code": "123456"},
    ],
    ids=lambda body: ",".join(body) or "nothing",
)
def test_a_body_that_is_neither_is_400(api, body):
    problem(api("POST", "email/confirm/", body), 400, "invalid")


# Sending again.


@core
def test_sending_again_is_202_with_an_empty_body_whoever_it_is(api, asked):
    answers = []

    def ask(email):
        answers.append(api("POST", "email/resend/", {"email": email}))

    with later(minutes=1):
        assert sent(lambda: ask(ANN)) == [(ANN, "confirm_email")]
        assert sent(lambda: ask("nobody@example.com")) == []
    assert [(each.status_code, each.content) for each in answers] == [(202, b"")] * 2


def test_it_is_not_sent_again_within_a_minute(api, asked):
    assert letters(lambda: api("POST", "email/resend/", {"email": ANN})) == []


@pytest.mark.parametrize("email", [None, "", [ANN], "\x00", "a" * 321], ids=repr)
def test_what_can_be_no_address_is_400(api, email):
    assert set(fields(api("POST", "email/resend/", {"email": email}))) <= {"email"}


# Where only the confirmed sign in.


@pytest.fixture
def _confirmed_only(settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CONFIRMED_EMAIL_ONLY": True}


confirmed_only = pytest.mark.usefixtures("_confirmed_only")


@core
@confirmed_only
def test_who_has_not_confirmed_is_told_so_when_the_password_is_right(api, asked):
    problem(signs_in(api, password="wrong"), 401, "wrong_credentials")
    problem(signs_in(api), 403, "email_unconfirmed")
    assert api("POST", "email/confirm/", {"token": asked.token}).status_code == 204
    assert signs_in(api).status_code == 200


@confirmed_only
def test_a_new_password_by_mail_confirms_as_well(api, asked):
    found = letter(lambda: api("POST", "password/link/", {"email": ANN}))
    body = {"token": found.token, "password": NEW}
    assert api("POST", "password/set/", body).status_code == 204
    assert signs_in(api, password=NEW).status_code == 200


@core
@confirmed_only
def test_it_holds_in_the_admins_form_too(api, asked, client):
    user = get_user_model().objects.get()
    get_user_model().objects.update(is_staff=True)
    form = {"username": user.get_username(), "password": PASSWORD}
    assert client.post("/admin/login/", form).status_code == 200
    assert "_auth_user_id" not in client.session
    api("POST", "email/confirm/", {"token": asked.token})
    client.post("/admin/login/", form)
    assert client.session["_auth_user_id"] == str(user.pk)


@confirmed_only
def test_whom_staff_made_was_never_asked(api, user):
    assert api.sign_in(user).status_code == 200


# What all of them keep.

ENDPOINTS = [
    ("register/", "registration"),
    ("email/confirm/", "confirmation"),
    ("email/resend/", "confirmation_request"),
]


@pytest.mark.parametrize(("path", "limit"), ENDPOINTS)
def test_each_is_public_takes_post_alone_and_has_a_limit(api, settings, path, limit):
    response = api("GET", path)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    problem(api("POST", path, {}, token="stale"), 400, "invalid")
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {limit: "3/m"}}
    found = [api("POST", path, {}).status_code for _ in range(3)]
    assert found[-1] == 429
