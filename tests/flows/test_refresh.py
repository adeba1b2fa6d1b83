"""Refresh: rotation by generations, an idempotent grace, replays that end the session."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.contrib.auth import get_user_model

from jwt_accounts.errors import RefreshReused, SessionEnded, TokenInvalid
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import list_sessions
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.signals import refresh_reused
from jwt_accounts.types import EventKind, SessionEnd
from tests.clock import later
from tests.flows.conftest import KEEPS_REFRESH
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def generation():
    return UserSession.objects.get().generation


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


# Rotation.


def test_each_refresh_gives_a_new_refresh_token(ctx, enter):
    token, seen = enter().tokens.refresh, set()
    for second in range(6):
        seen.add(token)
        token = refresh(later(ctx, seconds=second), refresh_token=token).refresh
    assert len(seen) == 6
    assert generation() == 6


@pytest.mark.usefixtures("bare_tokens")
def test_the_good_path_is_one_statement(ctx, enter):
    token = enter().tokens.refresh
    with statements() as asked:
        refresh(ctx, refresh_token=token)
    assert len(asked) == 1


def test_no_row_is_written_for_a_refresh(ctx, enter):
    token = enter().tokens.refresh
    for _ in range(3):
        token = refresh(ctx, refresh_token=token).refresh
    assert UserSession.objects.count() == 1


def test_a_refresh_says_where_the_client_is_now(ctx, enter):
    token = enter().tokens.refresh
    from_elsewhere = type(ctx)(now=ctx.now, ip="2001:db8::7", user_agent="other")
    refresh(from_elsewhere, refresh_token=token)
    session = UserSession.objects.get()
    assert (session.ip, session.user_agent) == ("2001:db8::7", "other")


def test_the_new_access_token_counts(ctx, enter):
    signed = enter()
    tokens = refresh(ctx, refresh_token=signed.tokens.refresh)
    assert authenticate(ctx, access_token=tokens.access).user == signed.user
    assert tokens.access_expires_in == 300


def test_a_refresh_keeps_older_access_tokens_alive(ctx, enter):
    signed = enter()
    refresh(ctx, refresh_token=signed.tokens.refresh)
    assert authenticate(ctx, access_token=signed.tokens.access).user == signed.user


# The grace.


def test_a_lost_answer_is_given_again(ctx, enter):
    token = enter().tokens.refresh
    lost = refresh(ctx, refresh_token=token)
    again = refresh(later(ctx, seconds=9), refresh_token=token)
    assert again.refresh == lost.refresh
    assert generation() == 1


def test_a_repeat_writes_nothing(ctx, enter):
    token = enter().tokens.refresh
    refresh(ctx, refresh_token=token)
    before = UserSession.objects.values().get()
    refresh(later(ctx, seconds=5), refresh_token=token)
    assert UserSession.objects.values().get() == before


def test_the_repeated_token_goes_on(ctx, enter):
    token = enter().tokens.refresh
    refresh(ctx, refresh_token=token)
    again = refresh(ctx, refresh_token=token)
    assert refresh(ctx, refresh_token=again.refresh).refresh
    assert generation() == 2


def test_a_spent_token_after_the_grace_ends_the_session(ctx, enter):
    signed = enter()
    latest = refresh(ctx, refresh_token=signed.tokens.refresh)
    with pytest.raises(RefreshReused):
        refresh(later(ctx, seconds=10), refresh_token=signed.tokens.refresh)
    with pytest.raises(SessionEnded):
        refresh(later(ctx, seconds=10), refresh_token=latest.refresh)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=latest.access)


def test_an_older_generation_ends_the_session_within_the_grace_too(ctx, enter):
    token = enter().tokens.refresh
    second = refresh(ctx, refresh_token=token).refresh
    third = refresh(ctx, refresh_token=second).refresh
    with pytest.raises(RefreshReused):
        refresh(ctx, refresh_token=token)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=third)


def test_without_a_grace_a_second_use_ends_the_session(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"REFRESH_GRACE": timedelta(0)}
    token = enter().tokens.refresh
    latest = refresh(ctx, refresh_token=token).refresh
    with pytest.raises(RefreshReused):
        refresh(ctx, refresh_token=token)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=latest)


def test_the_grace_is_a_setting(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"REFRESH_GRACE": timedelta(minutes=2)}
    token = enter().tokens.refresh
    lost = refresh(ctx, refresh_token=token).refresh
    assert refresh(later(ctx, seconds=119), refresh_token=token).refresh == lost
    with pytest.raises(RefreshReused):
        refresh(later(ctx, seconds=120), refresh_token=token)


def test_a_replay_is_recognised_for_ever(ctx, enter):
    first = token = enter().tokens.refresh
    for hours in range(0, 300, 20):
        token = refresh(later(ctx, hours=hours), refresh_token=token).refresh
    with pytest.raises(RefreshReused):
        refresh(later(ctx, hours=300), refresh_token=first)


def test_after_a_replay_it_is_just_over(ctx, enter):
    token = enter().tokens.refresh
    refresh(ctx, refresh_token=token)
    with pytest.raises(RefreshReused):
        refresh(later(ctx, minutes=1), refresh_token=token)
    with pytest.raises(SessionEnded):
        refresh(later(ctx, minutes=1), refresh_token=token)
    assert SecurityEvent.objects.count() == 1


def test_a_replay_ends_only_its_own_session(ctx, enter):
    signed = enter()
    other = enter(signed.user).tokens
    refresh(ctx, refresh_token=signed.tokens.refresh)
    with pytest.raises(RefreshReused):
        refresh(later(ctx, minutes=1), refresh_token=signed.tokens.refresh)
    assert refresh(ctx, refresh_token=other.refresh).refresh


def test_a_replay_is_recorded_and_told(ctx, enter, django_capture_on_commit_callbacks):
    told = []

    def receive(sender, **kwargs):
        told.append((sender, kwargs["user"], kwargs["session"]))

    signed = enter()
    refresh(ctx, refresh_token=signed.tokens.refresh)
    replayed = later(ctx, minutes=1)
    refresh_reused.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True), pytest.raises(RefreshReused):
            refresh(replayed, refresh_token=signed.tokens.refresh)
    finally:
        refresh_reused.disconnect(receive)
    session = UserSession.objects.get()
    assert (session.ended_at, session.end_reason) == (replayed.now, SessionEnd.REFRESH_REUSED)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user) == (EventKind.REFRESH_REUSED, signed.user)
    assert event.details == {"session": session.pk.hex}
    assert told == [(get_user_model(), signed.user, session)]


# The ends.


def test_a_pause_that_is_too_long_ends_the_session(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"SESSION_IDLE_LIFETIME": timedelta(minutes=30)}
    token = enter().tokens.refresh
    for minute in (29, 58, 87):
        token = refresh(later(ctx, minutes=minute), refresh_token=token).refresh
    with pytest.raises(SessionEnded):
        refresh(later(ctx, minutes=117), refresh_token=token)


def test_the_longest_pause_is_the_refresh_tokens_lifetime(ctx, enter, settings):
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "REFRESH_TOKEN_LIFETIME": timedelta(days=3)}
    token = enter().tokens.refresh
    with pytest.raises(SessionEnded):
        refresh(later(ctx, days=3), refresh_token=token)
    assert refresh(later(ctx, days=3, seconds=-1), refresh_token=token).refresh


def test_no_refresh_moves_the_absolute_end(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"SESSION_LIFETIME": timedelta(hours=2)}
    token = enter().tokens.refresh
    for minute in (50, 100, 119):
        at = later(ctx, minutes=minute)
        tokens = refresh(at, refresh_token=token)
        token = tokens.refresh
        end = int((ctx.now + timedelta(hours=2)).timestamp())
        assert claims(token)["exp"] <= end
        assert claims(tokens.access)["exp"] <= end
    assert tokens.access_expires_in <= 60
    with pytest.raises(SessionEnded):
        refresh(later(ctx, minutes=120), refresh_token=token)


def test_the_refresh_token_says_when_it_ends(ctx, enter):
    token = enter().tokens.refresh
    rotated = later(ctx, minutes=5)
    token = refresh(rotated, refresh_token=token).refresh
    assert claims(token)["iat"] == int(rotated.now.timestamp())
    assert claims(token)["exp"] == int((rotated.now + timedelta(days=1)).timestamp())


# Contracts that return no new refresh token.


def test_a_contract_that_keeps_the_refresh_token_gives_access_alone(ctx, enter):
    signed = enter(lifetimes=KEEPS_REFRESH)
    for second in (0, 60, 3600):
        at = later(ctx, seconds=second)
        tokens = refresh(at, refresh_token=signed.tokens.refresh, lifetimes=KEEPS_REFRESH)
        assert tokens.refresh is None
        assert authenticate(at, access_token=tokens.access).user == signed.user
    assert generation() == 0


@pytest.mark.parametrize("access", [None, timedelta(hours=1)], ids=["simplejwt's", "its own"])
def test_a_session_outlives_a_kept_refresh_token_by_one_access_token(ctx, enter, access):
    kept = Lifetimes(access=access, refresh=timedelta(days=10), rotates=False)
    tokens = enter(lifetimes=kept).tokens
    end = ctx.now + timedelta(days=10)
    assert tokens.session.expires_at == end + (access or timedelta(minutes=5))
    assert claims(tokens.refresh)["exp"] == int(end.timestamp())
    last = refresh(later(ctx, days=10, seconds=-2), refresh_token=tokens.refresh, lifetimes=kept)
    assert last.access_expires_in == (access or timedelta(minutes=5)).total_seconds()
    with time_machine.travel(end, tick=False):
        assert authenticate(later(ctx, days=10), access_token=last.access)
        with pytest.raises(TokenInvalid):
            refresh(later(ctx, days=10), refresh_token=tokens.refresh, lifetimes=kept)


def test_a_kept_refresh_token_ends_by_idleness_too(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"SESSION_IDLE_LIFETIME": timedelta(hours=1)}
    kept = Lifetimes(refresh=timedelta(days=10), rotates=False)
    token = enter(lifetimes=kept).tokens.refresh
    refresh(later(ctx, minutes=59), refresh_token=token, lifetimes=kept)
    refresh(later(ctx, minutes=118), refresh_token=token, lifetimes=kept)
    with pytest.raises(SessionEnded):
        refresh(later(ctx, minutes=178), refresh_token=token, lifetimes=kept)


def test_a_contracts_own_lifetimes_hold(ctx, enter):
    own = Lifetimes(access=timedelta(days=1), refresh=timedelta(days=10))
    signed = enter(lifetimes=own)
    tokens = refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=own)
    assert tokens.access_expires_in == 86400
    assert claims(tokens.refresh)["exp"] == int((ctx.now + timedelta(days=10)).timestamp())


# What ends every session of a user.


def new_password(user):
    user.set_password("another password")


ENDS = {
    "a password changed by save()": lambda user: (new_password(user), user.save()),
    "a password changed by update()": lambda user: (
        new_password(user),
        type(user).objects.filter(pk=user.pk).update(password=user.password),
    ),
    "deactivated by save()": lambda user: (setattr(user, "is_active", False), user.save()),
    "deactivated by update()": lambda user: (
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    ),
    "locked by staff": lambda user: Account.objects.filter(user=user).update(
        staff_locked_at=user.last_login
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("lifetimes", [Lifetimes(), KEEPS_REFRESH], ids=["rotates", "keeps"])
def test_a_refresh_token_is_worth_nothing_after(ctx, enter, end, lifetimes):
    signed = enter(lifetimes=lifetimes)
    end(get_user_model().objects.get())
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=lifetimes)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_repeat_within_the_grace_is_worth_nothing_after(ctx, enter, end):
    signed = enter()
    refresh(ctx, refresh_token=signed.tokens.refresh)
    end(get_user_model().objects.get())
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=signed.tokens.refresh)


def test_a_session_that_a_new_password_ended_says_so(ctx, enter):
    signed = enter()
    ENDS["a password changed by update()"](signed.user)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=signed.tokens.refresh)
    assert UserSession.objects.get().end_reason == SessionEnd.PASSWORD_CHANGED
    assert list_sessions(ctx, user=get_user_model().objects.get()) == []


def test_a_deleted_user_has_no_tokens(ctx, enter):
    signed = enter()
    get_user_model().objects.all().delete()
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=signed.tokens.refresh)


def test_a_user_who_lost_the_account_row_keeps_the_session(ctx, enter):
    signed = enter()
    Account.objects.all().delete()
    assert refresh(ctx, refresh_token=signed.tokens.refresh).refresh
