"""``register/`` and ``user/``: which answer when."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.models import Account
from tests.presets.chat.documented import WHO

pytestmark = pytest.mark.django_db


def people():
    return get_user_model().objects.count()


def test_who_registers_gets_a_name_made_and_signs_in_before_the_address_is_confirmed(api, register):
    registered = register()
    assert list(registered.answer.json()) == ["id", "email", "is_email_confirmed"]
    assert get_user_model().objects.get().username
    tokens = api("POST", "token/", WHO)
    assert tokens.status == 200
    known = api("GET", "user/", token=tokens.json()["access"])
    assert known.json() == registered.answer.json()
    assert known.json()["is_email_confirmed"] is False


@pytest.mark.parametrize("name", WHO)
def test_each_field_is_needed(api, name):
    body = {key: value for key, value in WHO.items() if key != name}
    answer = api("POST", "register/", body)
    assert (answer.status, answer.json()) == (400, {name: ["This field is required."]})
    assert people() == 0


@pytest.mark.parametrize("email", ["user", "user@", "@gmail.com", "a b@gmail.com", "", None, 5])
def test_what_is_no_address_is_told(api, email):
    answer = api("POST", "register/", {**WHO, "email": email})
    assert (answer.status, list(answer.json())) == (400, ["email"])
    assert people() == 0


@pytest.mark.parametrize("password", ["short", "password123"])
def test_a_password_that_breaks_the_rules_is_told(api, password):
    answer = api("POST", "register/", {**WHO, "password": password})
    assert (answer.status, list(answer.json())) == (400, ["password"])
    assert people() == 0


@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("email", ["user@gmail.com", "USER@gmail.com", " User@GMail.com "])
def test_an_address_that_is_taken_is_told_confirmed_or_not(register, email, confirmed):
    first = register()
    if confirmed:
        first.follow()
    again = register(email=email, password="another password")
    assert (again.answer.status, list(again.answer.json())) == (400, ["email"])
    assert again.mail is None
    assert people() == 1


def test_one_signs_in_with_any_spelling_of_the_address(api, register):
    register()
    assert api("POST", "token/", {**WHO, "email": "User@GMAIL.com"}).status == 200


def test_what_nobody_may_say_of_themselves_has_no_effect(register):
    more = {"id": 77, "is_email_confirmed": True, "is_staff": True, "is_superuser": True}
    registered = register(**more, username="root", is_active=False, groups=[1])
    assert registered.answer.json()["is_email_confirmed"] is False
    user = get_user_model().objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert user.username != "root"
    assert user.pk == registered.answer.json()["id"]


def test_nobody_registers_where_the_host_says_so(api, settings):
    settings.JWT_ACCOUNTS = {"REGISTRATION": "invitation"}
    answer = api("POST", "register/", WHO)
    assert (answer.status, answer.json()["code"]) == (403, "registration_closed")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_one_registers_by_post_alone(api, method):
    answer = api(method, "register/", WHO)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert people() == 0


def test_an_address_that_staff_set_counts_as_confirmed(api, make_user):
    user = make_user("ann", email=WHO["email"], password=WHO["password"])
    account = Account.objects.get(user=user)
    account.confirmed_email = account.email
    account.save()
    access = api("POST", "token/", WHO).json()["access"]
    assert api("GET", "user/", token=access).json()["is_email_confirmed"] is True
