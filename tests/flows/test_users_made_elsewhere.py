"""Users whom this library did not make: they sign in with no command run, the account row appears
when it is needed and follows saves, and what several of them have signs nobody in."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management import call_command

from jwt_accounts.credentials import find, scan
from jwt_accounts.errors import AccountLocked, SessionEnded, WrongCredentials
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def built(name, **values):
    """A user who was not saved."""
    model, fields = get_user_model(), user_fields()
    values = {"email": f"{name}@example.com", "password": make_password(PASSWORD), **values}
    if fields.username:
        values[fields.username] = name
    known = {field.name for field in model._meta.concrete_fields}
    return model(**{key: value for key, value in values.items() if key in known})


def imported(*users):
    """The users, stored behind Django's signals."""
    get_user_model().objects.bulk_create(users)
    assert not Account.objects.exists()
    return users if len(users) > 1 else users[0]


def enters(ctx, identifier, password=PASSWORD):
    return sign_in(ctx, identifier=identifier, password=password).user


# Nobody runs a command.


def test_a_bulk_created_user_signs_in(ctx, db):
    user = imported(built("Bob", email="Bob@Example.com"))
    assert enters(ctx, identifier_of(user)) == user
    assert enters(ctx, "BOB@EXAMPLE.COM") == user
    assert Account.objects.get().user == user


@pytest.mark.parametrize("typed", ["BOB@example.com", "bob@EXAMPLE.com"])
def test_a_mixed_case_address_signs_in_the_first_time(ctx, db, typed):
    user = imported(built("someone", email="Bob@Example.com"))
    assert enters(ctx, typed) == user


def test_a_mixed_case_user_name_signs_in_the_first_time(ctx, db):
    if user_fields().username is None:
        pytest.skip("this user model has no user name")
    user = imported(built("Bob", email=""))
    assert enters(ctx, "bOB") == user


def test_a_phone_number_signs_in_the_first_time(ctx, db):
    if user_fields().phone is None:
        pytest.skip("this user model has no phone")
    user = imported(built("bob", phone="+48123666789"))
    assert enters(ctx, "+48123666789") == user


def test_a_superuser_of_createsuperuser_signs_in(ctx, db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    model = get_user_model()
    asked = {model.USERNAME_FIELD, *model.REQUIRED_FIELDS}
    answers = {"email": "Boss@Example.com", "username": "Boss"}
    options = {name: answers[name] for name in asked}
    call_command("createsuperuser", interactive=False, verbosity=0, **options)
    assert enters(ctx, options[model.USERNAME_FIELD].upper()).is_superuser


def test_a_user_of_a_fixture_signs_in(ctx, make_user, tmp_path):
    user = make_user("Bob", email="Bob@example.com")
    dumped = StringIO()
    call_command("dumpdata", get_user_model()._meta.label, stdout=dumped)
    get_user_model().objects.all().delete()
    fixture = tmp_path / "users.json"
    fixture.write_text(dumped.getvalue())
    call_command("loaddata", str(fixture), verbosity=0)
    assert enters(ctx, "bob@example.com") == user


def test_a_whole_dump_is_loaded_again(ctx, make_user, tmp_path):
    user = make_user("Bob", email="Bob@example.com")
    enters(ctx, identifier_of(user))
    Account.objects.update(staff_locked_at=ctx.now)
    label = get_user_model()._meta.label
    dumped = StringIO()
    call_command("dumpdata", label, "jwt_accounts", stdout=dumped)
    get_user_model().objects.all().delete()
    for rows in (json.loads(dumped.getvalue()), json.loads(dumped.getvalue())[::-1]):
        fixture = tmp_path / "all.json"
        fixture.write_text(json.dumps(rows))
        call_command("loaddata", str(fixture), verbosity=0)
        with pytest.raises(AccountLocked):
            enters(ctx, identifier_of(user))


def test_a_wrong_password_counts_before_there_is_an_account(ctx, db):
    user = imported(built("bob"))
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            enters(ctx, identifier_of(user), "wrong")
    with pytest.raises(AccountLocked):
        enters(ctx, identifier_of(user))


def test_the_age_of_a_password_is_that_of_its_user_or_unknown(ctx, make_role, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": timedelta(days=30)}
    user = imported(built("bob"))
    assert enters(ctx, identifier_of(user)) == user
    joined = getattr(user, "date_joined", None)
    assert Account.objects.get().password_changed_at == joined


def test_whom_nobody_looked_for_has_no_account(ctx, db):
    one, other = imported(built("one"), built("other"))
    enters(ctx, identifier_of(one))
    assert Account.objects.get().user == one
    assert find(identifier_of(other)).user == other


# The account follows saves.


def test_a_saved_user_has_an_account_at_once(make_user):
    user = make_user("Bob", email="Bob@Example.com")
    account = Account.objects.get()
    assert (account.user, account.email_key) == (user, "bob@example.com")
    assert account.username_key == ("bob" if user_fields().username else None)


def test_a_renamed_user_signs_in_by_the_new_name_alone(ctx, make_user):
    user = make_user("someone", email="old@example.com")
    user.email = "New@example.com"
    user.save()
    assert enters(ctx, "new@example.com") == user
    assert find("old@example.com").user is None


def test_save_with_other_update_fields_leaves_the_account(make_user):
    user = make_user("someone", email="old@example.com")
    user.email = "unsaved@example.com"
    with statements() as asked:
        user.save(update_fields=["last_login"])
    assert len(asked) == 1
    assert Account.objects.get().email_key == "old@example.com"


def test_a_name_given_up_is_free_for_the_next(ctx, make_user):
    first = make_user("first", email="shared@example.com")
    first.email = "first@example.com"
    first.save()
    second = make_user("second", email="shared@example.com")
    assert enters(ctx, "shared@example.com") == second


def test_a_deleted_user_takes_the_account_along(make_user):
    make_user().delete()
    assert not Account.objects.exists()


def test_a_password_saved_by_the_host_ends_sessions_and_is_young(ctx, make_user, enter):
    user = make_user()
    Account.objects.update(password_changed_at=None, must_change_password=True)
    user.set_password("another password")
    user.save()
    account = Account.objects.get()
    assert account.password_changed_at is not None
    assert not account.must_change_password
    signed = enter(user, password="another password")
    user.set_password(PASSWORD)
    user.save()
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)


def test_a_save_without_a_new_password_is_no_new_password(make_user):
    user = get_user_model().objects.get(pk=make_user().pk)
    Account.objects.update(password_changed_at=None, must_change_password=True)
    user.save()
    account = Account.objects.get()
    assert account.password_changed_at is None
    assert account.must_change_password


# What several have signs nobody in.


@pytest.fixture
def twins(db):
    """Two users older than this library, with one address and with names of their own."""
    if user_fields().username is None:
        pytest.skip("this user model's addresses are unique")
    return imported(built("one", email="both@example.com"), built("two", email="Both@example.com"))


def test_an_address_of_two_signs_nobody_in(ctx, twins):
    with pytest.raises(WrongCredentials):
        enters(ctx, "both@example.com")


def test_it_signs_nobody_in_after_the_first_was_seen(ctx, twins):
    assert enters(ctx, "one") == twins[0]
    assert find("both@example.com").user is None


def test_it_signs_nobody_in_after_both_were_seen(ctx, twins):
    assert enters(ctx, "one") == twins[0]
    assert enters(ctx, "two") == twins[1]
    assert find("both@example.com").user is None


def test_it_signs_nobody_in_after_one_was_saved(ctx, twins):
    twins[0].save()
    assert find("both@example.com").user is None
    enters(ctx, "two")
    assert find("both@example.com").user is None


def test_a_third_does_not_get_it(ctx, twins, make_user):
    enters(ctx, "one")
    enters(ctx, "two")
    make_user("three", email="both@example.com")
    assert find("both@example.com").user is None


def test_who_gets_another_address_signs_in_by_it(ctx, twins):
    enters(ctx, "one")
    enters(ctx, "two")
    twins[0].email = "mine@example.com"
    twins[0].save()
    assert enters(ctx, "mine@example.com") == twins[0]


def test_the_first_who_was_saved_keeps_an_address(ctx, make_user):
    if user_fields().username is None:
        pytest.skip("this user model's addresses are unique")
    first = make_user("one", email="both@example.com")
    second = make_user("two", email="BOTH@example.com")
    assert enters(ctx, "both@example.com") == first
    assert enters(ctx, "two") == second


# Users without an account are searched for by columns that may have no index.


def test_a_dear_search_is_put_off_and_the_exact_name_still_signs_in(ctx, db, monkeypatch):
    user = imported(built("Bob", email="Bob@Example.com"))
    monkeypatch.setattr(scan, "_CHEAP", -1)
    monkeypatch.setattr(scan, "_SHARE", 10**9)
    for _ in range(scan._ENOUGH):
        find("somebody else")
    assert not scan.is_due()
    assert find("BOB@example.com").user is None
    assert enters(ctx, identifier_of(user)) == user
    assert enters(ctx, "BOB@example.com") == user, "known by its account from now on"


def test_a_look_up_is_one_statement_however_thorough(ctx, make_user, monkeypatch):
    make_user()
    for until in (0.0, 1e12):
        monkeypatch.setattr(scan, "_closed_until", until)
        with statements() as asked:
            find("nobody@example.com")
        assert len(asked) == 1
