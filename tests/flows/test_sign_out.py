"""Sign out, and revoke a token that one holds."""

from __future__ import annotations

import pytest

from jwt_accounts.errors import SessionEnded, TokenInvalid
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.revoke_token import revoke_token
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.models import UserSession
from jwt_accounts.types import SessionEnd
from tests.clock import later
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


def is_open(ctx, signed):
    try:
        authenticate(ctx, access_token=signed.tokens.access)
    except SessionEnded:
        with pytest.raises(SessionEnded):
            refresh(ctx, refresh_token=signed.tokens.refresh)
        return False
    return True


def leave(ctx, signed, **more):
    sign_out(ctx, access_token=read_token(signed.tokens.access), **more)


def test_a_sign_out_ends_access_and_refresh_in_one_statement(ctx, enter):
    signed = enter()
    with statements() as asked:
        leave(ctx, signed)
    assert len(asked) == 1
    assert not is_open(ctx, signed)
    session = UserSession.objects.get()
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.SIGNED_OUT)


def test_a_sign_out_leaves_other_clients_signed_in(ctx, enter):
    here = enter()
    there, stranger = enter(here.user), enter()
    leave(ctx, here)
    assert is_open(ctx, there)
    assert is_open(ctx, stranger)


def test_nobody_signs_out_twice(ctx, enter):
    signed = enter()
    leave(ctx, signed)
    with pytest.raises(SessionEnded):
        leave(later(ctx, minutes=1), signed)
    assert UserSession.objects.get().ended_at == ctx.now


def test_a_sign_out_with_the_refresh_token_of_the_session(ctx, enter):
    signed = enter()
    leave(ctx, signed, refresh_token=signed.tokens.refresh)
    assert not is_open(ctx, signed)


def test_a_sign_out_with_the_refresh_token_of_another_client_ends_both(ctx, enter):
    here = enter()
    there = enter(here.user)
    leave(ctx, here, refresh_token=there.tokens.refresh)
    assert not is_open(ctx, here)
    assert not is_open(ctx, there)


def test_nobody_ends_a_session_of_somebody_else(ctx, enter):
    mine, theirs = enter(), enter()
    with pytest.raises(TokenInvalid):
        leave(ctx, mine, refresh_token=theirs.tokens.refresh)
    assert is_open(ctx, mine)
    assert is_open(ctx, theirs)


@once
@pytest.mark.parametrize("junk", ["", "junk", 7, ["a"], {}])
def test_a_sign_out_with_junk_ends_nothing(ctx, enter, junk):
    signed = enter()
    with pytest.raises(TokenInvalid):
        leave(ctx, signed, refresh_token=junk)
    assert is_open(ctx, signed)


def test_an_access_token_is_no_refresh_token_at_sign_out(ctx, enter):
    signed = enter()
    with pytest.raises(TokenInvalid):
        leave(ctx, signed, refresh_token=signed.tokens.access)
    assert is_open(ctx, signed)


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_whoever_holds_a_token_can_revoke_its_session(ctx, enter, kind):
    signed, other = enter(), enter()
    revoke_token(ctx, token=getattr(signed.tokens, kind))
    assert not is_open(ctx, signed)
    assert is_open(ctx, other)


def test_a_spent_refresh_token_can_be_revoked(ctx, enter):
    signed = enter()
    refresh(ctx, refresh_token=signed.tokens.refresh)
    revoke_token(later(ctx, hours=1), token=signed.tokens.refresh)
    assert not is_open(ctx, signed)


def test_revoking_twice_changes_nothing(ctx, enter):
    signed = enter()
    revoke_token(ctx, token=signed.tokens.refresh)
    revoke_token(later(ctx, hours=1), token=signed.tokens.refresh)
    assert UserSession.objects.get().ended_at == ctx.now


@once
@pytest.mark.parametrize("junk", ["", "junk", "a.b.c", "\x00", str(NO_KEY), "x" * 9000])
def test_revoking_junk_is_no_error(ctx, enter, junk):
    signed = enter()
    revoke_token(ctx, token=junk)
    assert is_open(ctx, signed)
