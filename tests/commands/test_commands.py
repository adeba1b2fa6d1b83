"""What an administrator types."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.utils import timezone

from jwt_accounts.errors import AccountLocked, WrongCredentials
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, Attempt, SecurityEvent
from jwt_accounts.types import EventKind
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def run(*arguments, **options):
    """What the command writes."""
    out = StringIO()
    call_command(*arguments, stdout=out, no_color=True, **options)
    return out.getvalue()


def fail(ctx, identifier):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier, password="wrong")


def test_unlock_ends_the_lock_of_a_user(ctx, make_user):
    user = make_user("bob")
    fail(ctx, identifier_of(user))
    assert run("unlock", "BOB@example.com") == "BOB@example.com: wrong passwords are forgotten.\n"
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


def test_unlock_ends_the_lock_of_a_name_that_nobody_has(ctx, db):
    fail(ctx, "nobody")
    assert "wrong passwords are forgotten" in run("unlock", "Nobody")
    assert not Attempt.objects.exists()


def test_unlock_says_that_staff_holds_a_lock_still(ctx, make_user):
    user = make_user()
    Account.objects.update(staff_locked_at=ctx.now)
    assert "add --staff-lock" in run("unlock", identifier_of(user))
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


@pytest.mark.parametrize("flag", [["--staff-lock"], []])
def test_unlock_lifts_a_lock_by_staff_on_request(ctx, make_user, flag):
    user = make_user()
    Account.objects.update(staff_locked_at=ctx.now)
    told = run("unlock", identifier_of(user), *flag)
    assert ("the lock by staff is lifted" in told) == bool(flag)
    assert (Account.objects.get().staff_locked_at is None) == bool(flag)


def test_unlock_names_whom_it_did_not_find(db):
    with pytest.raises(CommandError, match="Nobody signs in as 'nobody'"):
        run("unlock", "nobody")


def test_prune_says_how_much_it_deleted(ctx, db):
    for number in range(3):
        Attempt.objects.create(key=str(number), tried_at=timezone.now() - timedelta(days=2))
    SecurityEvent.objects.record(EventKind.USER_CREATED, later(ctx, days=-400))
    told = run("prune", "--batch", "2")
    counts = "0 sessions, 3 attempts, 0 challenges, 1 events, 0 users, 0 keys, 0 factors"
    assert told == f"Deleted {counts}.\n"


@pytest.mark.parametrize("batch", ["0", "-5", "1"])
def test_prune_takes_any_batch(db, batch):
    Attempt.objects.create(key="k", tried_at=timezone.now() - timedelta(days=2))
    assert "1 attempts" in run("prune", "--batch", batch)


def test_create_roles_says_what_was_made_and_what_was_there(db, settings):
    settings.JWT_ACCOUNTS = {"ROLES": {"Guard": ["jwt_accounts.unlock_account"]}}
    assert run("create_roles") == "Guard: made, 1 rights.\n"
    assert run("create_roles") == "Guard: was there, 1 rights.\n"


def test_create_roles_names_a_right_that_does_not_exist(db, settings):
    settings.JWT_ACCOUNTS = {"ROLES": {"Guard": ["jwt_accounts.no_such"]}}
    with pytest.raises(CommandError, match=r"no permission 'jwt_accounts\.no_such'"):
        run("create_roles")
    assert not Group.objects.exists()


def test_doctor_finds_and_mends(make_user, settings):
    settings.JWT_ACCOUNTS = {"IDENTIFIERS": []}
    user = make_user("bob", email="bob@example.com")
    settings.JWT_ACCOUNTS = {"IDENTIFIERS": ["email"]}
    found = f"user {user.pk}: email 'bob@example.com'"
    assert run("doctor") == (
        "0 accounts made.\n"
        f"{found} is a contact, no way in; --repair makes it one.\n"
        "0 shared, 1 contacts, 0 mended.\n"
    )
    assert Account.objects.get().email_key is None
    assert f"{found} signs in again.\n" in run("doctor", "--repair")
    assert run("doctor") == "0 accounts made.\n0 shared, 0 contacts, 0 mended.\n"


def test_doctor_makes_the_accounts_of_users_made_elsewhere(make_user):
    make_user()
    Account.objects.all().delete()
    assert run("doctor").startswith("1 accounts made.\n")
    assert Account.objects.count() == 1
