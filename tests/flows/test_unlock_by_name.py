"""Unlock by what a person types, also when that belongs to nobody."""

from __future__ import annotations

import pytest

from jwt_accounts.errors import AccountLocked, InvalidInput, NotFound, WrongCredentials
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.unlock_by_name import Unlocked, unlock_by_name
from jwt_accounts.models import Account, Attempt, SecurityEvent
from jwt_accounts.types import EventKind
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NOTHING_OF_STAFF = Unlocked(staff_lock_lifted=False, is_locked_by_staff=False)


def fail(ctx, identifier):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier, password="wrong")


def unlock(ctx, identifier, *, staff_lock=False):
    return unlock_by_name(ctx, identifier=identifier, staff_lock=staff_lock)


def test_a_user_is_unlocked_by_any_spelling(ctx, make_user):
    user = make_user("bob", email="Bob@example.com")
    fail(ctx, identifier_of(user))
    assert unlock(ctx, " BOB@example.com ") == NOTHING_OF_STAFF
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


def test_unlocking_is_recorded(ctx, make_user):
    user = make_user()
    unlock(ctx, identifier_of(user))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (EventKind.ACCOUNT_UNLOCKED, user, None)


def test_a_name_of_nobody_is_unlocked(ctx, db):
    fail(ctx, "nobody")
    assert unlock(ctx, "NOBODY") == NOTHING_OF_STAFF
    assert not Attempt.objects.exists()
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier="nobody", password="wrong")


def test_a_name_that_nobody_has_and_nobody_tried_is_not_found(ctx, db):
    with pytest.raises(NotFound):
        unlock(ctx, "nobody")


def test_what_no_identifier_can_be_is_refused(ctx, db):
    with pytest.raises(InvalidInput):
        unlock(ctx, "x" * 321)


def test_a_lock_by_staff_is_told_and_stays(ctx, make_user):
    user = make_user()
    Account.objects.update(staff_locked_at=ctx.now)
    assert unlock(ctx, identifier_of(user)).is_locked_by_staff
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


def test_a_lock_by_staff_is_lifted_on_request(ctx, make_user):
    user = make_user()
    Account.objects.update(staff_locked_at=ctx.now)
    done = unlock(ctx, identifier_of(user), staff_lock=True)
    assert done == Unlocked(staff_lock_lifted=True, is_locked_by_staff=False)
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert set(SecurityEvent.objects.values_list("kind", flat=True)) == {
        EventKind.ACCOUNT_UNLOCKED,
        EventKind.STAFF_LOCK_LIFTED,
    }


def test_nothing_is_lifted_where_staff_holds_no_lock(ctx, make_user):
    user = make_user()
    assert unlock(ctx, identifier_of(user), staff_lock=True) == NOTHING_OF_STAFF
    assert SecurityEvent.objects.get().kind == EventKind.ACCOUNT_UNLOCKED


def test_a_user_made_elsewhere_is_unlocked(ctx, make_user):
    user = make_user()
    Account.objects.all().delete()
    assert unlock(ctx, identifier_of(user)) == NOTHING_OF_STAFF
