"""Thin rows: what the policies read of them, and what they are called in the admin."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import (
    Account,
    Attempt,
    Challenge,
    PasswordHistory,
    RoleSettings,
    SecurityEvent,
    UserSession,
)
from jwt_accounts.policies.lockout import Tries
from jwt_accounts.policies.sessions import SessionState
from jwt_accounts.types import EventKind, RequestContext

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.mark.parametrize("model", [Account, Attempt])
def test_the_tries_of_a_row_are_those_of_the_policy(ctx, model):
    row = model(failures=3, tried_at=ctx.now, locked_at=None, locked_until=None)
    assert row.tries == Tries(reserved=3, last_at=ctx.now)
    row.locked_at, row.locked_until = ctx.now, ctx.now + timedelta(minutes=1)
    assert row.tries == Tries(3, ctx.now, ctx.now, ctx.now + timedelta(minutes=1))


def test_the_state_of_a_session_is_that_of_the_policy(ctx, make_user):
    open_session(ctx, user=make_user(), amr=("pwd",))
    session = UserSession.objects.get()
    assert session.state == SessionState(
        generation=0,
        rotated_at=ctx.now,
        idle_expires_at=ctx.now + timedelta(days=1),
        expires_at=ctx.now + timedelta(days=90),
        ended=False,
    )
    session.ended_at = ctx.now
    assert session.state.ended


def test_an_event_says_who_what_whom_when_and_from_where(ctx, make_user):
    user, actor = make_user(), make_user()
    SecurityEvent.objects.record(
        EventKind.USER_CHANGED, ctx, user_id=user.pk, actor_id=actor.pk, details={"fields": ["a"]}
    )
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == ("user_changed", user, actor)
    assert (event.at, event.ip, event.user_agent) == (ctx.now, ctx.ip, ctx.user_agent)
    assert event.details == {"fields": ["a"]}


def test_the_trail_outlives_those_it_names(ctx, make_user):
    user = make_user()
    SecurityEvent.objects.record(EventKind.USER_CHANGED, ctx, user_id=user.pk, actor_id=user.pk)
    user.delete()
    event = SecurityEvent.objects.get()
    assert (event.user, event.actor) == (None, None)


def test_a_command_leaves_a_trail_without_an_address(ctx):
    SecurityEvent.objects.record(EventKind.ACCOUNT_UNLOCKED, RequestContext(now=ctx.now))
    assert SecurityEvent.objects.get().ip is None


def test_the_latest_event_comes_first(ctx):
    for minute in (2, 1, 3):
        moment = RequestContext(now=ctx.now + timedelta(minutes=minute))
        SecurityEvent.objects.record(EventKind.USER_CHANGED, moment, details={"minute": minute})
    minutes = [event.details["minute"] for event in SecurityEvent.objects.all()]
    assert minutes == [3, 2, 1]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (Attempt(key="0123456789abcdef"), "attempt 01234567"),
        (Challenge(key="ab" * 32, seed="cd" * 32, purpose="recovery"), "recovery challenge"),
        (PasswordHistory(user_id=7, password="counting$1$salt$hash"), "former password of 7"),
        (RoleSettings(role=Group(name="Cashier")), "settings of Cashier"),
    ],
)
def test_what_a_row_is_called_holds_no_secret(row, name):
    assert str(row) == name


def test_a_session_and_an_event_are_called_by_what_they_are(ctx):
    session = UserSession()
    assert str(session) == f"session {session.pk}"
    assert str(SecurityEvent(kind="user_changed", at=ctx.now)).startswith("user_changed at 20")


def test_a_group_that_goes_takes_its_rules_along(make_role):
    make_role("Cashier", lockout_limit=3)
    Group.objects.all().delete()
    assert not RoleSettings.objects.exists()
