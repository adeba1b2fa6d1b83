"""``user/create/``: what the document leaves to be read (READINGS.md)."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.models import Account

pytestmark = pytest.mark.django_db

KEYS = [
    "id",
    "username",
    "first_name",
    "last_name",
    "email",
    "phone",
    "is_staff",
    "is_superuser",
]


def new(**values):
    return {"username": "gica", "password": "gigi-pyramid-1", **values}


def everybody():
    """All but when somebody logged in last: whoever asks has."""
    rows = get_user_model().objects.order_by("pk").values()
    return [{name: value for name, value in row.items() if name != "last_login"} for row in rows]


def test_the_answer_is_the_user_as_the_list_shows_one(office):
    response = office("POST", "user/create/", new(first_name="gigi"), as_="admin")
    assert response.status_code == 201
    made = response.json()
    assert list(made) == KEYS
    assert made in office("GET", "users", as_="admin").json()
    assert (made["first_name"], made["last_name"], made["email"], made["phone"]) == (
        "gigi",
        "",
        "",
        "",
    )


def test_name_and_password_are_enough_and_the_new_user_logs_in(office):
    office("POST", "user/create/", new(), as_="manager")
    assert office.log_in("gica", "gigi-pyramid-1")["role"] is None


@pytest.mark.parametrize(
    ("spelling", "meaning"),
    [
        ("1", True),
        ("0", False),
        (1, True),
        (0, False),
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
    ],
)
@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_flag_is_read_however_it_is_spelled(office, flag, spelling, meaning):
    made = office("POST", "user/create/", new(**{flag: spelling}), as_="admin").json()
    assert made[flag] is meaning
    assert getattr(get_user_model().objects.get(pk=made["id"]), flag) is meaning


@pytest.mark.parametrize("spelling", ["2", "yes", "", 2, None, [], "1 or 0"])
def test_a_flag_that_is_neither_is_named(office, spelling):
    response = office("POST", "user/create/", new(is_staff=spelling), as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == ["is_staff"]


def test_a_password_may_be_a_number(office):
    office("POST", "user/create/", new(password=8041975236), as_="admin")
    assert office.log_in("gica", "8041975236")
    answer = office("POST", "login/", {"username": "gica", "password": 8041975236})
    assert answer.status_code == 200


@pytest.mark.parametrize("password", [True, 1.5, -12345678, None, [], {}])
def test_a_password_is_nothing_else(office, password):
    before = everybody()
    response = office("POST", "user/create/", new(password=password), as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == ["password"]
    assert everybody() == before


@pytest.mark.parametrize(
    "spelling",
    ["eurogames", "EuroGames", " eurogames ", "\N{FULLWIDTH LATIN SMALL LETTER E}urogames"],
)
def test_a_taken_name_is_taken_in_every_spelling(office, spelling):
    before = everybody()
    response = office("POST", "user/create/", new(username=spelling), as_="admin")
    assert response.status_code == 400
    assert response.content == b'{"username":["A user with that username already exists."]}'
    assert everybody() == before


@pytest.mark.parametrize("spelling", ["email@egt.com", "EMAIL@EGT.com"])
def test_a_taken_email_is_named(office, spelling):
    response = office("POST", "user/create/", new(email=spelling), as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == ["email"]


def test_several_wrong_fields_are_all_named(office):
    body = {"username": "", "password": "", "email": "nonsense", "is_staff": "maybe"}
    response = office("POST", "user/create/", body, as_="admin")
    assert response.status_code == 400
    assert set(response.json()) == {"username", "password", "email", "is_staff"}
    assert all(isinstance(each, list) for each in response.json().values())


def test_a_phone_may_repeat_and_is_shown_as_it_was_written(office):
    """The document shows one number at two users, and it is a national one."""
    for number in ("0771694307", "0771 694 307", "+40 (771) 694-307"):
        for name in ("a", "b"):
            body = new(username=f"{name}{len(everybody())}", phone=number)
            made = office("POST", "user/create/", body, as_="admin").json()
            assert made["phone"] == number


def test_nobody_signs_in_with_a_phone_here(office):
    body = new(phone="+40771694307")
    office("POST", "user/create/", body, as_="admin")
    answer = office("POST", "login/", {"username": "+40771694307", "password": "gigi-pyramid-1"})
    assert answer.status_code == 401


def test_an_address_set_by_staff_counts_as_confirmed(office):
    made = office("POST", "user/create/", new(email="G@g.com"), as_="manager").json()
    assert made["email"].lower() == "g@g.com"
    account = Account.objects.get(user=made["id"])
    assert account.confirmed_email == account.email == "g@g.com"


@pytest.mark.parametrize("password", ["short", "password123", "a" * 4097])
def test_a_password_that_breaks_the_rules_is_named_and_nobody_is_made(office, password):
    before = everybody()
    response = office("POST", "user/create/", new(password=password), as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == ["password"]
    assert everybody() == before


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_manager_makes_nobody_who_is_more(office, flag):
    before = everybody()
    for spelling in ("1", 1, True):
        response = office("POST", "user/create/", new(**{flag: spelling}), as_="manager")
        assert response.status_code == 403
        assert list(response.json()) == ["detail"]
    assert office("POST", "user/create/", new(**{flag: "0"}), as_="manager").status_code == 201
    assert len(everybody()) == len(before) + 1


@pytest.mark.parametrize("who", ["eurogames", "attendant"])
def test_a_role_without_the_right_is_403_and_makes_nobody(office, who):
    before = everybody()
    response = office("POST", "user/create/", new(), as_=who)
    assert response.status_code == 403
    assert everybody() == before


@pytest.mark.parametrize("code", ["pl", "ro", "de"])
def test_the_documented_words_are_the_same_in_every_language(office, settings, code):
    settings.LANGUAGE_CODE = code
    response = office(
        "POST", "user/create/", new(username="eurogames"), as_="admin", HTTP_ACCEPT_LANGUAGE=code
    )
    assert response.content == b'{"username":["A user with that username already exists."]}'
