"""What ``manage.py check`` says of the keys that sign access tokens."""

from __future__ import annotations

import jwt
import pytest
from django.core.checks import Error, Warning, run_checks  # noqa: A004 - Django's name

from jwt_accounts.models import SigningKey
from tests.checks.test_checks import accounts, found
from tests.key_ring import keeper, pair, ring_on

__all__ = ["keeper", "ring_on"]
pytestmark = pytest.mark.django_db


def said_of_the_database():
    return {
        message.id.removeprefix("jwt_accounts."): message
        for message in run_checks(databases=["default"])
        if message.id.startswith("jwt_accounts.")
    }


def test_the_key_of_before_the_ring_is_named_while_it_counts():
    assert found(**accounts(KEY_RING=True))["W041"].hint
    assert found(**accounts(KEY_RING="only")) == {}
    former = {"SIMPLE_JWT": {"ALGORITHM": "RS256"}}
    assert found(**accounts(KEY_RING=True), **former) == {}, "it is gone"


def test_a_ring_without_the_package_that_it_needs_is_named(monkeypatch):
    monkeypatch.setattr(jwt.algorithms, "has_crypto", False)
    message = found(**accounts(KEY_RING="only"))["E020"]
    assert isinstance(message, Error)
    assert "[keys]" in message.hint
    assert found() == {}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_an_rsa_key_that_is_too_short_is_named():
    assert "1024 bits" in found(SIMPLE_JWT=pair("RS256", 1024))["E021"].msg
    assert found(SIMPLE_JWT=pair("RS256", 2048)) == {}
    assert found(SIMPLE_JWT=pair("ES256")) == {}


def test_broken_settings_have_checks_of_their_own():
    assert "E002" in found(**accounts(KEY_RING="maybe"))
    nonsense = {"SIMPLE_JWT": {"ALGORITHM": "RS256", "SIGNING_KEY": "no key"}}
    assert list(found(**nonsense)) == ["E005"]


def test_a_ring_in_which_no_key_signs_is_named_where_the_database_is_asked(keeper, ring_on):
    assert isinstance(said_of_the_database()["W040"], Warning), "`migrate` goes on"
    keeper.signer()
    assert said_of_the_database() == {}
    ring_on(False)
    SigningKey.objects.all().delete()
    assert said_of_the_database() == {}
    assert found() == {}


def test_a_key_that_cannot_be_opened_is_named(keeper, ring_on, settings):
    kid = keeper.signer()
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "ENCRYPTION_KEYS": ["another " * 6]}
    message = said_of_the_database()["E022"]
    assert isinstance(message, Error)
    assert kid in message.msg


def test_before_the_tables_are_there_nothing_is_asked(ring_on, monkeypatch):
    monkeypatch.setattr(SigningKey._meta, "db_table", "not_yet")
    assert said_of_the_database() == {}
