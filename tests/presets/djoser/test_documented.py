"""The ticket project's requests, one by one."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tests.presets.djoser.documented import ALL, NAMED, Names
from tests.presets.documented import play

pytestmark = pytest.mark.django_db

#: What is answered of these where the user model does not have them, as here.
NOT_SHOWN = ', "name": "Tom Hanks", "phone": "+48123666789"'


@pytest.fixture
def names(send, settings):
    settings.DJOSER = {"LOGIN_FIELD": "email"}
    return Names(send, instead={NOT_SHOWN: ""})


def test_the_whole_document_is_here():
    assert {(each.method, each.path, each.status) for each in ALL} == {
        ("POST", "/auth/users/", 201),
        ("POST", "/auth/jwt/create", 200),
        ("POST", "/auth/jwt/refresh", 200),
        ("POST", "/auth/jwt/refresh", 401),
        ("POST", "/auth/jwt/verify", 200),
        ("POST", "/auth/jwt/verify", 401),
    }


@pytest.mark.parametrize("slash", [True, False], ids=["with a slash", "without a slash"])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(send, names, documented, slash):
    play(documented, send, names=names, slash=slash)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_it_does_so_when_the_values_come_as_a_form(send, names, documented, encoding):
    play(documented, send, names=names, encode=encoding)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["jwt/verify", "jwt/refresh", "jwt/create", "users/"])
def test_an_empty_cell_and_brak_are_405_but_for_the_list_of_users(djoser, ann, path, method):
    for slash in ("", "/"):
        for as_ in (None, ann):
            where = path.removesuffix("/") + slash
            answer = djoser(method, where, as_=as_)
            if (path, method) == ("users/", "GET"):
                assert answer.status == (401 if as_ is None else 200)
            else:
                assert answer.status == 405
                assert list(answer.json()) == ["detail"]
                allowed = "GET, HEAD, POST" if path == "users/" else "POST"
                assert answer.headers["Allow"] == allowed


def test_the_json_variable_of_a_get_is_not_read(djoser, ann):
    """The document's text says so; none of its tables does."""
    tail = f'?json={{"username": "ann", "token": "{djoser.pair(ann)["access"]}"}}'
    assert djoser("GET", f"jwt/verify{tail}").status == 405
    assert djoser("GET", f"jwt/create{tail}").status == 405
    assert djoser("GET", f"users/{tail}").status == 401


def test_the_account_works_at_once(djoser, names):
    names.value("account")
    access = names.value("access")
    assert djoser("GET", "users/me/", token=access).json()["email"] == "arus@arus.com"


def test_name_and_phone_are_optional_and_a_phone_may_repeat(send, names):
    for number in range(2):
        names.made(
            "/auth/users/", {"email": f"a{number}@arus.com", "password": "maslotonie", **NAMED}
        )
    names.made("/auth/users/", {"email": "b@arus.com", "password": "maslotoniehaslo"})
    people = get_user_model().objects.values_list("username", flat=True)
    assert len(set(people)) == 3
    assert all(people)


@pytest.mark.parametrize("missing", ["email", "password"])
def test_what_is_needed_is_400_and_named(djoser, names, missing):
    body = {"email": "arus@arus.com", "password": "maslotoniehaslo"}
    del body[missing]
    for path in ("users/", "jwt/create"):
        answer = djoser("POST", path, body)
        assert (answer.status, answer.json()) == (400, {missing: ["This field is required."]})


def test_a_request_without_a_token_or_with_an_unreadable_one_is_401(djoser):
    for header in ({}, {"authorization": "Bearer XXX"}, {"authorization": "Bearer"}):
        answer = djoser("GET", "users/me/", **header)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/json")
