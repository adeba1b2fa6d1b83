"""What ``manage.py check`` says of the place that passkeys are used at."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.mfa import relying_party
from tests.checks.test_checks import accounts, found

pytestmark = pytest.mark.django_db

APP = "android:apk-key-hash:MLDSA44PublicKey"
APPS = ["django.contrib.auth", "django.contrib.contenttypes", "jwt_accounts"]
#: Of which nothing is said.
QUIET = [
    {"FRONTEND_URL": "https://app.example.com"},
    {"FRONTEND_URL": "https://app.example.com/at/work", "PASSKEY_RP_ID": "example.com"},
    {"FRONTEND_URL": "http://localhost:8000"},
    {"PASSKEY_ORIGINS": ["https://app.example.com", APP], "PASSKEY_RP_ID": "app.example.com"},
    {"PASSKEY_ORIGINS": ["https://A.example.com:8443"], "PASSKEY_RP_ID": "Example.com"},
    {"FRONTEND_URL": "", "SECOND_FACTORS": ["totp"]},
]
SAID = {
    "W045": [
        {"FRONTEND_URL": ""},
        {"FRONTEND_URL": "", "PASSKEY_ORIGINS": ["https://app.example.com"]},
        {"FRONTEND_URL": "", "PASSKEY_RP_ID": "example.com"},
    ],
    "W046": [
        {"FRONTEND_URL": "http://app.example.com"},
        {"FRONTEND_URL": "http://127.0.0.1:8000"},
        {"FRONTEND_URL": "https://[2001:db8::7]"},
    ],
    "E025": [
        {"FRONTEND_URL": "https://app.example.com", "PASSKEY_RP_ID": "www.app.example.com"},
        {"FRONTEND_URL": "https://badexample.com", "PASSKEY_RP_ID": "example.com"},
        {
            "FRONTEND_URL": "https://app.example.com",
            "PASSKEY_ORIGINS": ["https://app.example.com", "https://elsewhere.example.org"],
        },
    ],
}


def said(**settings):
    numbers = {"E025", "W045", "W046"}
    return {key: each for key, each in found(**settings).items() if key in numbers}


@pytest.mark.parametrize("values", QUIET, ids=str)
def test_a_place_where_passkeys_work_is_left_alone(values):
    assert said(**accounts(**values)) == {}


@pytest.mark.parametrize(("number", "values"), [(n, v) for n in SAID for v in SAID[n]], ids=str)
def test_a_place_where_they_do_not_is_named(number, values):
    messages = said(**accounts(**values))
    assert list(messages) == [number]
    assert messages[number].hint
    assert messages[number].is_serious() is (number == "E025")


def test_nothing_is_said_where_there_are_none(monkeypatch):
    nowhere = accounts(FRONTEND_URL="")
    assert said(INSTALLED_APPS=APPS, **nowhere) == {}
    monkeypatch.setattr(relying_party, "can_passkeys", lambda: False)
    assert said(**nowhere) == {}
