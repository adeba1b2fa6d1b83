"""The document's requests, tried at the running demo with the real curl."""

from __future__ import annotations

import json

import pytest

from tests.demo.conftest import curl
from tests.presets.back_office.documented import NEW_PASSWORD, play, read_all

ALL = read_all()
ONE_A_PATH = list({(each.method, each.path): each for each in reversed(ALL)}.values())


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(fresh, documented):
    play(documented, fresh.send, names=fresh)


@pytest.mark.parametrize("documented", ONE_A_PATH, ids=lambda each: each.name)
def test_it_does_so_with_the_other_spelling_of_the_path(fresh, documented):
    slash = not documented.path.endswith("/")
    play(documented, fresh.send, names=fresh, slash=slash)


def as_data(values):
    return [option for name, value in values for option in ("--data-urlencode", f"{name}={value}")]


def as_form(values):
    return [option for name, value in values for option in ("--form-string", f"{name}={value}")]


@pytest.mark.parametrize("encode", [as_data, as_form])
def test_curls_own_forms_are_read(demo, fresh, encode):
    bearer = f"Authorization: Bearer {fresh.value('admin')}"
    name = fresh.value("new")
    base = f"{demo.address}/authentication"

    def send(path, values, *options):
        return curl(*options, "--header", bearer, *encode(values.items()), f"{base}/{path}")

    made = send(
        "user/create/",
        {
            "username": name,
            "password": NEW_PASSWORD,
            "first_name": "Zoë & co.",
            "phone": "+40 771",
            "is_staff": "0",
        },
    )
    assert made.status == 201, made
    user = made.json()
    assert (user["first_name"], user["phone"], user["is_staff"]) == ("Zoë & co.", "+40 771", False)
    path = f"users/{user['id']}/edit/"
    edited = send(path, {"is_staff": "1", "password": "12 34 56 gigi"}, "--request", "PUT")
    assert (edited.status, edited.body) == (200, b"{}")
    tokens = send("login/", {"username": name, "password": "12 34 56 gigi"}).json()
    refreshed = send("token/refresh/", {"refresh": tokens["refresh"]})
    assert list(refreshed.json()) == ["access"]
    bearer = f"Authorization: Bearer {tokens['access']}"
    assert send("logout/", {"refresh": tokens["refresh"]}).status == 200
    assert send("token/refresh/", {"refresh": tokens["refresh"]}).status == 401


def test_the_users_of_the_document_are_the_first_of_the_list(demo, fresh):
    answer = demo.send(
        "GET", "/authentication/users", {"Authorization": f"Bearer {fresh.value('admin')}"}, b""
    )
    assert answer.json()[0] == {
        "id": 1,
        "username": "eurogames",
        "first_name": "Sean Paul",
        "last_name": "",
        "email": "email@egt.com",
        "phone": "0771694307",
        "is_staff": False,
        "is_superuser": False,
    }


def test_a_body_over_the_limit_is_refused_by_the_real_server_too(demo):
    body = json.dumps({"username": "eurogames", "password": "a" * 3_000_000}).encode()
    headers = {"Content-Type": "application/json", "Expect": ""}
    answer = demo.send("POST", "/authentication/login/", headers, body)
    assert answer.status == 413
    assert list(answer.json()) == ["error", "detail"]
