"""A form that says it is JSON: read here, and in no other contract."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tests.presets.calling import Api
from tests.presets.documented import ENCODINGS

pytestmark = pytest.mark.django_db

SECRET = "rack seven in the cellar"
RACK = {"username": "rack-7", "password1": SECRET, "password2": SECRET, "email": "a@b.example"}


def send(path, values, edit=lambda body: body, kind=None):
    label, body = ENCODINGS["mislabelled"](values)
    return Api("/")("POST", path, edit(body), content_type=kind or label)


def test_it_is_read_here():
    assert send("api/auth/registration/", RACK).status == 201
    assert get_user_model().objects.get().username == "rack-7"


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("api/register/", {"email": "a@b.example", "password": SECRET}),
        ("auth/users/", {"username": "rack-7", "email": "a@b.example", "password": SECRET}),
        ("accounts/register/", {"email": "a@b.example", "password": SECRET}),
        ("authentication/login/", {"username": "rack-7", "password": SECRET}),
    ],
)
def test_nowhere_else(path, values):
    label, body = ENCODINGS["mislabelled"](values)
    response = Api("/").client.generic("POST", f"/{path}", body, label)
    assert response.status_code in {400, 415}
    assert get_user_model().objects.count() == 0


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (lambda body: body[:-8], None),
        (lambda body: body, "application/json; boundary=another"),
        (lambda body: body, "application/json; boundary="),
        (lambda body: body, "application/json"),
        (lambda body: b"", None),
        (lambda body: b"{}", None),
        (lambda body: body.replace(b"rack-7", b"\xff\xfe"), None),
        (lambda body: body, "text/plain; boundary=----edge"),
    ],
)
def test_what_is_broken_is_refused_and_changes_nothing(edit, kind):
    answer = send("api/auth/registration/", RACK, edit, kind)
    assert answer.status in {400, 415}
    assert get_user_model().objects.count() == 0


def test_json_stays_json():
    registered = Api("/api/")("POST", "auth/registration/", RACK)
    assert registered.status == 201
    charset = "application/json; charset=utf-8"
    who = {"username": "rack-7", "password": SECRET}
    assert Api("/api/")("POST", "auth/token/", who, content_type=charset).status == 201


def test_a_file_is_no_value():
    def edit(body):
        return body.replace(b'name="username"', b'name="username"; filename="x"')

    answer = send("api/auth/registration/", RACK, edit)
    assert (answer.status, list(answer.json())) == (400, ["username"])
