"""An access token counts until something ends its session; the very next call knows."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from jwt_accounts.errors import AccountError, RefreshReused, SessionEnded, TokenInvalid
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import end_session
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.flows.verify_token import verify_token
from jwt_accounts.models import Account, UserSession
from jwt_accounts.rights import permission_name
from tests.clock import later
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


def user_of(signed):
    return get_user_model().objects.get(pk=signed.user.pk)


def change_password(signed):
    user = user_of(signed)
    user.set_password("another password")
    user.save()


def update_password(signed):
    other = user_of(signed)
    other.set_password("another password")
    get_user_model().objects.filter(pk=other.pk).update(password=other.password)


def deactivate(signed):
    user = user_of(signed)
    user.is_active = False
    user.save()


def replay(ctx, signed):
    refresh(ctx, refresh_token=signed.tokens.refresh)
    with pytest.raises(RefreshReused):
        refresh(later(ctx, minutes=1), refresh_token=signed.tokens.refresh)


ENDS = {
    "a sign-out": lambda ctx, signed: sign_out(ctx, access_token=read_token(signed.tokens.access)),
    "an ended session": lambda ctx, signed: end_session(
        ctx, user=signed.user, session_id=str(signed.tokens.session.pk)
    ),
    "a replayed refresh token": replay,
    "a password changed by save()": lambda ctx, signed: change_password(signed),
    "a password changed by update()": lambda ctx, signed: update_password(signed),
    "deactivated by save()": lambda ctx, signed: deactivate(signed),
    "deactivated by update()": lambda ctx, signed: get_user_model().objects.update(is_active=False),
    "locked by staff": lambda ctx, signed: Account.objects.update(staff_locked_at=ctx.now),
    "the absolute end": lambda ctx, signed: UserSession.objects.update(expires_at=ctx.now),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("check", [authenticate, verify_token])
def test_the_very_next_call_knows(ctx, enter, end, check):
    signed = enter()
    assert check(ctx, access_token=signed.tokens.access)
    end(ctx, signed)
    with pytest.raises(SessionEnded):
        check(ctx, access_token=signed.tokens.access)


def test_a_user_who_is_enabled_again_signs_in_again(ctx, enter):
    signed = enter()
    deactivate(signed)
    user = user_of(signed)
    user.is_active = True
    user.save()
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)


def test_a_deleted_user_is_unknown(ctx, enter):
    signed = enter()
    get_user_model().objects.all().delete()
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=signed.tokens.access)


def test_a_changed_role_shows_on_the_next_call(ctx, enter, make_user, make_role):
    make_role("Manager", rights=["view_user"])
    signed = enter(make_user(groups=["Manager"]))
    right = permission_name("view")
    before = authenticate(ctx, access_token=signed.tokens.access).user
    assert before.has_perm(right)
    Group.objects.get(name="Manager").permissions.clear()
    after = authenticate(ctx, access_token=signed.tokens.access).user
    assert not after.has_perm(right)


def test_user_account_and_session_come_in_one_statement(ctx, enter):
    token = enter().tokens.access
    with statements() as asked:
        found = authenticate(ctx, access_token=token)
        assert found.user.jwt_account.user is found.user
        assert found.session.user is found.user
    assert len(asked) == 1


def test_one_ended_session_leaves_the_others(ctx, enter):
    first = enter()
    second = enter(first.user)
    ENDS["a sign-out"](ctx, first)
    assert authenticate(ctx, access_token=second.tokens.access).user == first.user


def test_a_token_of_one_user_with_the_session_of_another_is_no_token(ctx, enter):
    mine, theirs = enter(), enter()
    UserSession.objects.filter(pk=mine.tokens.session.pk).update(user=theirs.user)
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=mine.tokens.access)


def test_failures_lock_the_door_and_not_who_is_inside(ctx, enter):
    signed = enter()
    Account.objects.update(failures=5, locked_at=ctx.now, locked_until=later(ctx, hours=1).now)
    assert authenticate(ctx, access_token=signed.tokens.access).user == signed.user


def test_a_stateless_check_costs_no_statement_and_knows_nothing(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": "stateless"}
    signed = enter()
    ENDS["a sign-out"](ctx, signed)
    with statements() as asked:
        verified = verify_token(ctx, access_token=signed.tokens.access)
    assert asked == []
    assert verified.session_id == signed.tokens.session.pk


def test_a_verified_token_says_how_long_it_counts(ctx, enter):
    signed = enter()
    assert verify_token(ctx, access_token=signed.tokens.access).expires_in in {299, 300}
    assert verify_token(later(ctx, minutes=4), access_token=signed.tokens.access).expires_in <= 60


def test_an_expired_token_is_no_token(ctx, enter, time_machine):
    signed = enter()
    time_machine.move_to(later(ctx, minutes=4, seconds=58).now)
    assert authenticate(ctx, access_token=signed.tokens.access)
    time_machine.move_to(later(ctx, minutes=5, seconds=1).now)
    for check in (authenticate, verify_token):
        with pytest.raises(TokenInvalid):
            check(ctx, access_token=signed.tokens.access)


@once
@pytest.mark.parametrize("junk", ["", ".", "..", "a.b.c", "e30.e30.", "\x00", "x" * 9000, "é.é.é"])
def test_junk_is_no_token(ctx, db, junk):
    with pytest.raises(AccountError) as refused:
        authenticate(ctx, access_token=junk)
    assert type(refused.value) is TokenInvalid
