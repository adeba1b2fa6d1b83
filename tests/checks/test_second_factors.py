"""What ``manage.py check`` says of second factors."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest
from django.apps import apps
from django.core.checks import Error, Warning  # noqa: A004 - Django's name
from django.core.exceptions import ImproperlyConfigured

from jwt_accounts.contrib.mfa.apps import MfaConfig
from tests.checks.test_checks import accounts, found
from tests.checks.test_keys import said_of_the_database

pytestmark = pytest.mark.django_db

OURS = "jwt_accounts.contrib.mfa"


@pytest.fixture
def without(monkeypatch):
    """``without("app")``: as if it were not installed."""
    real = apps.is_installed

    def leave_out(*names):
        monkeypatch.setattr(apps, "is_installed", lambda name: name not in names and real(name))
        if OURS in names:
            monkeypatch.setattr("jwt_accounts.second_factors._kept", [])

    return leave_out


def test_second_factors_without_the_app_they_rest_on_are_named(without):
    without("django_otp")
    message = found()["E016"]
    assert isinstance(message, Error)
    assert "'django_otp'" in message.hint


def test_devices_that_no_sign_in_asks_for_are_named(without):
    without(OURS)
    message = found()["W042"]
    assert isinstance(message, Warning)
    assert OURS in message.hint


def test_a_host_with_neither_is_left_alone(without):
    without(OURS, "django_otp")
    assert found() == {}
    assert found(ROOT_URLCONF="tests.admin.urls") == {}


def test_an_admin_site_whose_form_asks_for_no_code_is_named():
    message = found(ROOT_URLCONF="tests.admin.urls")["W043"]
    assert isinstance(message, Warning)
    assert "ask_for_code(admin.site)" in message.hint
    message = found(ROOT_URLCONF="tests.contrib.mfa.urls")["W043"]
    assert message.msg.startswith("The log-in form of theirs asks")
    assert found(ROOT_URLCONF="jwt_accounts.urls") == {}


def test_roles_that_nobody_can_sign_in_with_are_named_where_the_database_is_asked(
    without, make_role
):
    for name in ("Careful", "Anxious"):
        make_role(name, require_mfa=True)
    make_role("Careless", require_mfa=False)
    assert "W044" not in said_of_the_database()
    without(OURS, "django_otp")
    message = said_of_the_database()["W044"]
    assert isinstance(message, Warning), "`migrate` goes on"
    assert ": Anxious, Careful." in message.msg
    assert found() == {}


def test_codes_by_sms_without_a_sender_are_no_fault():
    assert found(**accounts(SECOND_FACTORS=["totp", "sms"])) == {}


@pytest.mark.parametrize("missing", ["cryptography", "django_otp", "segno"])
def test_a_package_that_is_missing_is_said_with_what_installs_it(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install .*\[mfa\]") as told:
        MfaConfig(OURS, import_module(OURS))
    assert missing.replace("_", "-") in str(told.value)
