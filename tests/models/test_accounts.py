"""The account: how it comes to be, what it copies from its user and whom it yields to."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from jwt_accounts.models import Account
from jwt_accounts.models.userfields import KEY_LENGTH, user_fields
from jwt_accounts.types import IdentifierKind
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]

EMAIL, PHONE, USERNAME = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME


def keys(account):
    return {kind: account.key_of(kind) for kind in IdentifierKind}


def written(account):
    return account.username, account.email, account.phone, account.phone_as_written


@pytest.fixture
def user(make_user):
    """Somebody with everything that the user model has."""
    return make_user("Bob", email="Bob@Example.com", phone="+48 123 666 789")


@pytest.fixture
def taken(user):
    """``taken()`` is what a new account takes from the user."""
    Account.objects.all().delete()

    def take(**options):
        account = Account(user=user)
        account.take_from(user, **options)
        return account

    return take


def expected(**values):
    """What is expected, without the kinds that the user model lacks."""
    fields = user_fields()
    return {
        kind: values.get(kind) if kind is EMAIL or fields.name_of(kind) else None
        for kind in IdentifierKind
    }


ALL = {"username": "bob", "email": "bob@example.com", "phone": "+48123666789"}


def test_an_account_takes_the_canonical_identifiers(taken):
    assert keys(taken()) == expected(**ALL)


def test_a_contact_is_written_down_only(taken):
    account = taken(contacts={EMAIL, PHONE})
    assert keys(account) == expected(username="bob")
    assert account.email == "bob@example.com"


def test_a_kind_that_is_no_identifier_here_is_written_down_only(taken, settings):
    settings.JWT_ACCOUNTS = {"IDENTIFIERS": ["email"]}
    account = taken()
    assert keys(account) == expected(email="bob@example.com")
    assert account.username == ("bob" if user_fields().username else "")


def test_a_phone_is_kept_as_it_was_written(taken):
    account = taken()
    if user_fields().phone is None:
        account.phone_as_written = "+48 123 666 789"
        account.take_from(account.user)
    assert account.phone_as_written == "+48 123 666 789"
    assert account.phone == account.phone_key == "+48123666789"


def test_what_another_account_has_is_written_down_only(taken, user):
    account = taken()
    Account.objects.create(user=user, email_key="bob@example.com", email="bob@example.com")
    other = get_user_model()(pk=user.pk, email="BOB@example.com")
    stranger = Account(user_id="00000000-0000-0000-0000-000000000001")
    if isinstance(user.pk, int):
        stranger.user_id = user.pk + 1
    stranger.take_from(other)
    assert stranger.email_key is None
    assert stranger.email == "bob@example.com"
    assert account.email_key == "bob@example.com"


def test_an_account_is_no_rival_of_itself(user):
    account = Account.objects.get()
    before = keys(account)
    account.take_from(user)
    assert keys(account) == before


def test_who_lost_a_field_loses_the_identifier(user):
    account = Account.objects.get()
    if user_fields().phone:
        user.phone = ""
    user.email = ""
    account.take_from(user)
    assert account.email_key is None
    if user_fields().phone:
        assert (account.phone_key, account.phone, account.phone_as_written) == (None, "", "")


def test_a_change_is_seen_and_a_repetition_is_none(user):
    account = Account.objects.get()
    assert account.changed_kinds(user) == set()
    user.email = "BOB@EXAMPLE.COM"
    assert account.changed_kinds(user) == set(), "another spelling is no change"
    user.email = "other@example.com"
    assert account.changed_kinds(user) == {EMAIL}


def test_a_name_that_outgrows_its_column_still_fits(make_user):
    if user_fields().username is None:
        pytest.skip("this user model has no user name")
    one = make_user("\ufdfa" * 149 + "a", email="")
    other = make_user("\ufdfa" * 149 + "b", email="")
    first, second = (Account.objects.get(user=user).username_key for user in (one, other))
    assert len(first) == len(second) == KEY_LENGTH
    assert first != second


@pytest.mark.parametrize("kind", IdentifierKind)
def test_the_database_holds_an_identifier_once(make_user, kind):
    first, second = (Account.objects.get(user=make_user()) for _ in range(2))
    for account in (first, second):
        setattr(account, f"{kind}_key", "+48123666789")
    first.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


def test_accounts_without_an_identifier_do_not_collide(make_user):
    for _ in range(3):
        Account.objects.filter(user=make_user()).update(
            username_key=None, email_key=None, phone_key=None
        )
    assert Account.objects.count() == 3


# Adoption.


def test_a_user_is_adopted_with_everything(user):
    Account.objects.all().delete()
    account = Account.objects.adopt(user)
    assert account == Account.objects.get()
    assert keys(account) == expected(**ALL)
    assert account.password_changed_at == getattr(user, "date_joined", None)


def test_adopting_twice_is_adopting_once(user):
    first = Account.objects.get()
    Account.objects.update(failures=3)
    again = Account.objects.adopt(user)
    assert (again.pk, again.failures) == (first.pk, 3)


def test_who_comes_second_gets_what_is_left(make_user, user):
    if user_fields().username is None:
        pytest.skip("this user model's addresses are unique")
    late = make_user("late", email="BOB@example.com")
    account = Account.objects.get(user=late)
    assert keys(account) == expected(username="late")
    assert account.email == "bob@example.com"


# Following.


def test_following_a_user_who_did_not_change_writes_nothing(user):
    with statements() as asked:
        Account.objects.follow(user, created=False)
    assert [sql for sql in asked if not sql.startswith("SELECT")] == []


def test_following_keeps_what_is_no_copy(user, ctx):
    Account.objects.update(
        failures=4, tried_at=ctx.now, staff_locked_at=ctx.now, must_change_password=True
    )
    before = Account.objects.values().get()
    user.email = "fresh@example.com"
    user.save()
    after = Account.objects.values().get()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"email", "email_key"}


def test_following_a_user_without_an_account_makes_one(user):
    Account.objects.all().delete()
    user.save()
    assert keys(Account.objects.get()) == expected(**ALL)


def test_what_a_row_is_called_holds_no_secret(user):
    assert str(Account.objects.get()) == f"account of {user.pk}"
