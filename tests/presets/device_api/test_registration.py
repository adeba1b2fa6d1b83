"""``auth/registration/``: which answer when."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import connection

from jwt_accounts.models import Account
from tests.conftest import PASSWORD
from tests.presets.device_api.documented import OWNER
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

RIGHT = {
    "username": "rack-7",
    "password1": "rack seven in the cellar",
    "password2": "rack seven in the cellar",
    "email": OWNER,
}


def people():
    return get_user_model().objects.count()


@pytest.fixture
def register(api):
    return lambda **values: api("POST", "auth/registration/", {**RIGHT, **values})


def test_one_owner_has_many_devices_and_signs_in_with_none_of_their_addresses(api, register):
    for number in range(3):
        answer = register(username=f"rack-{number}")
        assert (answer.status, answer.json()["email"]) == (201, OWNER)
    assert set(Account.objects.values_list("email", "email_key")) == {(OWNER, None)}
    who = {"username": OWNER, "password": RIGHT["password1"]}
    assert api("POST", "auth/token/", who).status == 401


def test_an_address_that_somebody_signs_in_with_elsewhere_stays_theirs(api, register, make_user):
    make_user("owner", email=OWNER)
    assert register().status == 201
    for password, status in ((PASSWORD, 201), (RIGHT["password1"], 401)):
        who = {"username": OWNER, "password": password}
        assert api("POST", "auth/token/", who).status == status


def test_an_address_that_the_hosts_own_column_keeps_unique_is_told(register, monkeypatch):
    user = get_user_model()
    monkeypatch.setattr(user._meta.get_field("email"), "unique", True)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE UNIQUE INDEX one_address ON {user._meta.db_table} (email)")
    assert register().status == 201
    answer = register(username="rack-8")
    assert (answer.status, list(answer.json())) == (400, ["email"])
    assert people() == 1


def test_nobody_is_written_to(register):
    assert mailed(register) == mail.outbox == []


@pytest.mark.parametrize("name", RIGHT)
def test_each_field_is_needed(api, name):
    body = {key: value for key, value in RIGHT.items() if key != name}
    answer = api("POST", "auth/registration/", body)
    assert (answer.status, answer.json()) == (400, {name: ["This field is required."]})
    assert people() == 0


def test_two_passwords_must_be_one(register):
    answer = register(password2="another one")
    assert answer.status == 400
    assert answer.json() == {"password2": ["The two password fields didn't match."]}
    assert people() == 0


@pytest.mark.parametrize("password", ["short", "password123"])
def test_a_password_that_breaks_the_rules_is_told_at_the_first_one(register, password):
    answer = register(password1=password, password2=password)
    assert (answer.status, list(answer.json())) == (400, ["password1"])
    assert people() == 0


@pytest.mark.parametrize("password", ["UserPassword", "maslotoniehaslo"])
def test_the_documents_passwords_are_good_enough(register, password):
    assert register(password1=password, password2=password).status == 201


@pytest.mark.parametrize(
    "name", ["rack-7", "RACK-7", " rack-7 ", "\N{FULLWIDTH LATIN SMALL LETTER R}ack-7"]
)
def test_a_name_that_is_taken_is_told_in_whatever_spelling(register, name):
    register()
    answer = register(username=name)
    assert (answer.status, list(answer.json())) == (400, ["username"])
    assert people() == 1


def test_nobody_registers_where_the_host_says_so(register, settings):
    settings.JWT_ACCOUNTS = {"REGISTRATION": "closed"}
    answer = register()
    assert (answer.status, answer.json()["code"]) == (403, "registration_closed")
    assert people() == 0
