"""What a client writes cannot write a line of our log (ASVS 16.4.1)."""

from __future__ import annotations

import logging
import unicodedata
from urllib.parse import quote

import pytest
from django.db import OperationalError

from jwt_accounts.flows import list_users
from jwt_accounts.models import SecurityEvent, UserSession
from tests.conftest import PASSWORD, identifier_of

pytestmark = pytest.mark.django_db

HOSTILE = [
    "x\r\nERROR root has signed in",
    "x\nERROR root has signed in",
    "x\x0bfolded",
    "x\x85next line",
    "x\u2028line separator",
    "x\x1b[2K\x1b[1A over the line before",
    "x\u202eright to left",
    "x\x00zero",
    "x\x7fdelete",
]


def is_one_line(text):
    return not any(unicodedata.category(letter) in {"Cc", "Cf", "Zl", "Zp"} for letter in text)


def test_the_check_itself_sees_each_of_them():
    assert [is_one_line(each) for each in HOSTILE] == [False] * len(HOSTILE)
    assert is_one_line("curl/8 (Zürich)")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_user_agent_is_kept_on_one_line(ask, make_user, hostile):
    user = make_user()
    for password in [PASSWORD, *["wrong"] * 5]:
        body = {"identifier": identifier_of(user), "password": password}
        ask("POST", "/accounts/sign-in/", body, **{"User-Agent": hostile})
    stored = [UserSession.objects.get().user_agent, SecurityEvent.objects.get().user_agent]
    assert all(each.startswith("x") for each in stored)
    assert all(is_one_line(each) for each in stored)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_name_writes_no_line(ask, caplog, hostile):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "django.db.backends")
    for _ in range(6):
        answer = ask("POST", "/accounts/sign-in/", {"identifier": hostile, "password": "wrong"})
        assert answer.status_code in {400, 401, 423}
    assert caplog.records
    assert [
        each.getMessage() for each in caplog.records if not is_one_line(each.getMessage())
    ] == []


@pytest.mark.parametrize("error", [RuntimeError("broken"), OperationalError("away")])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_path_writes_no_line(ask, caplog, make_superuser, tokens_of, monkeypatch, hostile, error):
    def broken(**_kwargs):
        raise error

    token = tokens_of(make_superuser()).access
    monkeypatch.setattr(list_users, "get_user", broken)
    answer = ask("GET", f"/accounts/users/{quote(hostile)}/", token=token)
    assert answer.status_code in {500, 503}
    ours = [each.getMessage() for each in caplog.records if each.name == "jwt_accounts"]
    assert len(ours) == 1
    assert "/accounts/users/x" in ours[0]
    assert is_one_line(ours[0])
