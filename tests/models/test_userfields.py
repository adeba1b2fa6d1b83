"""Where the user model keeps what is needed, and what can be a user's key."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from jwt_accounts.models.userfields import UserFields, canonical, parse_user_id, user_fields
from jwt_accounts.types import IdentifierKind

pytestmark = pytest.mark.core

FIELDS = {
    "auth.User": UserFields("username", "email", None, ("first_name", "last_name")),
    "users_email.Member": UserFields(None, "email", None, ()),
    "users_uuid.Person": UserFields("username", "email", "phone", ("name",)),
}


def is_uuid():
    return django_settings.AUTH_USER_MODEL == "users_uuid.Person"


def test_the_fields_of_each_user_model_are_found():
    assert user_fields() == FIELDS[django_settings.AUTH_USER_MODEL]


def test_a_field_that_is_missing_reads_as_nothing():
    user = get_user_model()(email="a@example.com")
    fields = FIELDS[django_settings.AUTH_USER_MODEL]
    assert fields.read(user, IdentifierKind.EMAIL) == "a@example.com"
    assert fields.read(user, IdentifierKind.PHONE) == ""


@pytest.mark.parametrize("raw", ["7", 7])
def test_a_number_is_a_key_where_keys_are_numbers(raw):
    if is_uuid():
        with pytest.raises(ValueError, match="not a key"):
            parse_user_id(raw)
    else:
        assert parse_user_id(raw) == 7


@pytest.mark.parametrize("raw", ["12345678-1234-5678-1234-567812345678"])
def test_a_uuid_is_a_key_where_keys_are_uuids(raw):
    if is_uuid():
        assert parse_user_id(raw) == UUID(raw)
    else:
        with pytest.raises(ValueError, match="not a key"):
            parse_user_id(raw)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        *("", "x", "1.5", "\x00", "1\n", "7" * 65, "9" * 30, "-" + "9" * 30),
        *(True, False, None, 1.0, [], {}, b"7", 10**30, 10**400),
    ],
)
def test_what_no_user_can_have_is_no_key(raw):
    with pytest.raises(ValueError, match=r"."):
        parse_user_id(raw)


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        ("username", " Bob ", "bob"),
        ("username", "  ", None),
        ("email", "Bob@Example.com", "bob@example.com"),
        ("email", "", None),
        ("phone", "0048 123 666 789", "+48123666789"),
        ("phone", "0771694307", None),
    ],
)
def test_each_kind_has_its_form(kind, value, form):
    assert canonical(IdentifierKind(kind), value) == form


def test_the_country_of_national_numbers_is_a_setting(settings):
    settings.JWT_ACCOUNTS = {"PHONE_REGION": "RO"}
    assert canonical(IdentifierKind.PHONE, "0771694307") == "+40771694307"
