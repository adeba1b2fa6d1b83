"""The document's requests, tried at the running demo with the real curl."""

from __future__ import annotations

import json
import re

import pytest

from tests.demo.conftest import curl
from tests.presets.back_office.documented import NEW_PASSWORD, Names, play, read_all

#: These leave a demo with another password than it says.
_CHANGES_A_PASSWORD = ("28-update-password-email", "29-update-password-phone")
#: The document gives two users one number; then nobody gets a PIN by it.
_BY_PHONE = ("23-request-pin-phone", "25-verify-pin-phone")
#: A demo's clock cannot be moved.
_TAKES_LONG = ("27-verify-pin-expired",)
DOCUMENTED = {each.name: each for each in read_all()}
ALL = [
    each
    for name, each in DOCUMENTED.items()
    if name not in {*_CHANGES_A_PASSWORD, *_BY_PHONE, *_TAKES_LONG}
]
ONE_A_PATH = list({(each.method, each.path): each for each in reversed(ALL)}.values())


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(fresh, documented):
    play(documented, fresh.send, names=fresh)


@pytest.mark.parametrize("documented", ONE_A_PATH, ids=lambda each: each.name)
def test_it_does_so_with_the_other_spelling_of_the_path(fresh, documented):
    slash = not documented.path.endswith("/")
    play(documented, fresh.send, names=fresh, slash=slash)


def test_a_number_of_two_users_is_nobodys(start, tmp_path):
    running = start(tmp_path / "data", "--pin-in-response")
    names = Names(running.send)
    for name in _BY_PHONE:
        play(DOCUMENTED[name], running.send, names=names)
    names.value("gica")
    asked = names.post("mail/", {"type": "phone", "value": "0771694307"})
    assert (asked.status, asked.json()) == (200, {"pin": None})


@pytest.mark.parametrize("name", _CHANGES_A_PASSWORD)
def test_a_forgotten_password_is_replaced(start, tmp_path, name):
    documented = DOCUMENTED[name]
    running = start(tmp_path / "data", "--pin-in-response")
    names = Names(running.send)
    before = names.log_in("eurogames")
    play(documented, running.send, names=names)
    assert names.post("token/refresh/", {"refresh": before["refresh"]}).status == 401
    assert names.post("login/", {"username": "eurogames", "password": "pyramid"}).status == 401
    assert names.log_in("eurogames", documented.fields(names)["password"])["role"] == "Cashier"
    again = running.send("POST", documented.path, documented.headers, documented.body.encode())
    assert (again.status, again.json()) == (404, {"code": 1})


def test_without_the_option_a_pin_travels_by_mail_and_message_alone(start, tmp_path):
    running = start(tmp_path / "data")
    names = Names(running.send)
    answers = {
        value: names.post("mail/", {"type": kind, "value": value})
        for kind, value in (
            ("email", "email@egt.com"),
            ("email", "nobody@egt.com"),
            ("phone", "0771694307"),
            ("phone", "0000000000"),
        )
    }
    assert {(each.status, each.body) for each in answers.values()} == {(200, b'{"pin":null}')}
    mails = [file.read_text() for file in (running.folder / "mail").iterdir()]
    texts = [file.read_text() for file in (running.folder / "sms").iterdir()]
    assert (len(mails), len(texts)) == (1, 1)
    assert "To: email@egt.com" in mails[0]
    assert texts[0].startswith("To: 0771694307")
    pin = re.search(r"PIN: ([0-9]{6})", texts[0])[1]
    opened = names.post("verify/", {"type": "phone", "value": "0771694307", "pin": pin})
    assert (opened.status, opened.body) == (200, b"{}")
    assert pin not in running.said


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
