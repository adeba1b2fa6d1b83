"""Two locks that are kept apart: by wrong passwords, and by staff."""

from __future__ import annotations

import pytest

from jwt_accounts.errors import AccountLocked, Forbidden, NotFound, SessionEnded, WrongCredentials
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.lock_account import lift_staff_lock, lock_account, unlock_account
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.types import EventKind, SessionEnd
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

ACTS = [lock_account, lift_staff_lock, unlock_account]


@pytest.fixture
def user(make_user):
    return make_user()


@pytest.fixture
def guard(make_user, make_role):
    """Somebody who locks and unlocks."""
    make_role("Guard", ["jwt_accounts.lock_account", "jwt_accounts.unlock_account"])
    return make_user("guard", groups=["Guard"])


def fail(ctx, user, times=5):
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")


def enters(ctx, user):
    try:
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    except AccountLocked:
        return False
    return True


def row(user):
    return Account.objects.values().get(user=user)


def test_staff_unlocks_and_the_wrong_passwords_are_forgotten(ctx, guard, user):
    fail(ctx, user)
    unlock_account(ctx, actor=guard, user_id=str(user.pk))
    fail(ctx, user, 4)
    assert enters(ctx, user)


def test_a_lock_without_end_is_unlocked_too(ctx, guard, user, settings):
    settings.JWT_ACCOUNTS = {"LOCKOUT_TIME": None}
    fail(ctx, user)
    unlock_account(ctx, actor=guard, user_id=str(user.pk))
    assert enters(ctx, user)


def test_a_lock_by_staff_ends_every_session_until_it_is_lifted(ctx, guard, user, enter):
    signed = enter(user)
    lock_account(ctx, actor=guard, user_id=str(user.pk))
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    session = UserSession.objects.get()
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.LOCKED_BY_STAFF)
    assert not enters(later(ctx, days=400), user)
    lift_staff_lock(ctx, actor=guard, user_id=str(user.pk))
    assert enters(ctx, user)


def test_lifting_a_lock_revives_no_session(ctx, guard, user, enter):
    signed = enter(user)
    lock_account(ctx, actor=guard, user_id=str(user.pk))
    lift_staff_lock(ctx, actor=guard, user_id=str(user.pk))
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)


def test_unlocking_does_not_lift_a_lock_by_staff(ctx, guard, user):
    lock_account(ctx, actor=guard, user_id=str(user.pk))
    unlock_account(ctx, actor=guard, user_id=str(user.pk))
    assert not enters(ctx, user)


def test_lifting_a_lock_by_staff_forgets_no_wrong_password(ctx, guard, user):
    fail(ctx, user)
    lock_account(ctx, actor=guard, user_id=str(user.pk))
    lift_staff_lock(ctx, actor=guard, user_id=str(user.pk))
    assert not enters(ctx, user)
    assert row(user)["failures"] == 5


def test_neither_lock_touches_whether_the_user_is_active(ctx, guard, make_user):
    user = make_user(is_active=False)
    for act in ACTS:
        act(ctx, actor=guard, user_id=str(user.pk))
        user.refresh_from_db()
        assert not user.is_active


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lock_account, EventKind.LOCKED_BY_STAFF),
        (lift_staff_lock, EventKind.STAFF_LOCK_LIFTED),
        (unlock_account, EventKind.ACCOUNT_UNLOCKED),
    ],
)
def test_each_act_is_recorded(ctx, guard, user, act, kind):
    act(ctx, actor=guard, user_id=str(user.pk))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (kind, user, guard)
    assert (event.at, event.ip) == (ctx.now, ctx.ip)


@pytest.mark.parametrize("act", ACTS)
def test_a_user_made_elsewhere_gets_an_account_on_the_way(ctx, guard, user, act):
    Account.objects.filter(user=user).delete()
    act(ctx, actor=guard, user_id=str(user.pk))
    assert Account.objects.filter(user=user).exists()


# Rights.

HELD = {
    lock_account: "jwt_accounts.lock_account",
    lift_staff_lock: "jwt_accounts.lock_account",
    unlock_account: "jwt_accounts.unlock_account",
}


@once
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("held", [None, "jwt_accounts.lock_account", "jwt_accounts.unlock_account"])
def test_each_act_needs_its_right(ctx, user, make_user, make_role, act, held):
    make_role("Some", [held] if held else [])
    actor = make_user(groups=["Some"])
    before = row(user)
    if held == HELD[act]:
        act(ctx, actor=actor, user_id=str(user.pk))
    else:
        with pytest.raises(Forbidden):
            act(ctx, actor=actor, user_id=str(user.pk))
        assert row(user) == before


@once
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "above", [{"is_superuser": True}, {"is_staff": True}, {"groups": ["High"]}]
)
def test_nobody_reaches_above_themselves(ctx, guard, make_user, make_role, act, above):
    make_role("High", ["delete_user"])
    target = make_user(**above)
    before = row(target)
    with pytest.raises(Forbidden):
        act(ctx, actor=guard, user_id=str(target.pk))
    assert row(target) == before
    assert not SecurityEvent.objects.exists()


def test_nobody_locks_themselves(ctx, root, guard):
    for actor in (root, guard):
        with pytest.raises(Forbidden):
            lock_account(ctx, actor=actor, user_id=str(actor.pk))
    assert not Account.objects.filter(staff_locked_at__isnull=False).exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_superuser_reaches_everybody(ctx, root, make_user, act):
    act(ctx, actor=root, user_id=str(make_user(is_superuser=True, is_staff=True).pk))
    assert SecurityEvent.objects.count() == 1


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "user_id",
    ["", "0", "-1", "9" * 30, "x", "\x00", "7" * 65, "00000000-0000-0000-0000-000000000000"],
)
def test_no_such_user_is_not_found(ctx, guard, act, user_id):
    with pytest.raises(NotFound):
        act(ctx, actor=guard, user_id=user_id)
