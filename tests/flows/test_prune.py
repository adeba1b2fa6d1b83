"""Prune deletes what is dead, in batches, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.prune import Pruned, prune
from jwt_accounts.models import Attempt, Challenge, SecurityEvent, UserSession
from jwt_accounts.types import EventKind
from tests.clock import later
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]

DAY = timedelta(days=1)


def ago(ctx, **delta):
    return ctx.now - timedelta(**delta)


@pytest.fixture
def session(ctx, make_user):
    """A factory of sessions."""
    user = make_user()

    def make(**values):
        made = open_session(ctx, user=user, amr=("fed",)).tokens.session
        UserSession.objects.filter(pk=made.pk).update(**values)
        return made

    return make


@pytest.mark.parametrize("end", ["ended_at", "expires_at", "idle_expires_at"])
def test_dead_sessions_are_kept_for_a_month(ctx, session, end):
    session(**{end: ago(ctx, days=30)})
    recent = session(**{end: ago(ctx, days=29)})
    alive = session()
    assert prune(ctx) == Pruned(sessions=1, attempts=0, challenges=0, events=0, users=0)
    assert set(UserSession.objects.all()) == {recent, alive}


def test_how_long_dead_sessions_are_kept_is_a_setting(ctx, session, settings):
    settings.JWT_ACCOUNTS = {"KEEP_DEAD_ROWS": timedelta(hours=1)}
    session(ended_at=ago(ctx, hours=1))
    session(ended_at=ago(ctx, minutes=59))
    assert prune(ctx).sessions == 1


ATTEMPTS = {
    "counts still": ({"tried_at": {"hours": 23}}, False),
    "is forgotten": ({"tried_at": {"days": 1}}, True),
    "is locked": (
        {"tried_at": {"days": 2}, "locked_at": {"days": 2}, "locked_until": {"days": -1}},
        False,
    ),
    "was locked a day ago": (
        {"tried_at": {"days": 3}, "locked_at": {"days": 3}, "locked_until": {"days": 1}},
        True,
    ),
    "is locked until unlocked": ({"tried_at": {"days": 300}, "locked_at": {"days": 300}}, False),
    "was given up": ({"tried_at": {"days": 400}, "locked_at": {"days": 400}}, True),
}


@pytest.mark.parametrize(("times", "is_dead"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_an_attempt_goes_when_it_counts_for_nothing(ctx, db, times, is_dead):
    Attempt.objects.create(
        key="k", failures=5, **{name: ago(ctx, **delta) for name, delta in times.items()}
    )
    assert prune(ctx).attempts == is_dead
    assert Attempt.objects.exists() is not is_dead


def test_challenges_that_expired_a_day_ago_go(ctx, db):
    """Until then they count what was sent and tried in the last day."""
    for minutes in (-1, 0, 1):
        expiry = later(ctx, days=-1, minutes=minutes).now
        Challenge.objects.create(
            key=f"key {minutes}",
            purpose="test",
            expires_at=expiry,
            sent_since=expiry,
            tried_since=expiry,
        )
    assert prune(ctx).challenges == 2
    assert Challenge.objects.get().key == "key 1"


def test_events_are_kept_for_a_year(ctx, db, settings):
    for days in (-364, -365, -366):
        SecurityEvent.objects.record(EventKind.USER_CREATED, later(ctx, days=days))
    assert prune(ctx).events == 2
    settings.JWT_ACCOUNTS = {"KEEP_EVENTS": 7 * DAY}
    assert prune(ctx).events == 1


def test_a_batch_is_the_most_that_one_statement_deletes(ctx, db):
    for number in range(5):
        Attempt.objects.create(key=str(number), tried_at=ago(ctx, days=2))
    with statements() as asked:
        assert prune(ctx, batch=2).attempts == 5
    deletions = [sql for sql in asked if sql.startswith("DELETE") and "attempt" in sql]
    assert len(deletions) == 3


def test_pruning_twice_does_nothing_more(ctx, session):
    session(ended_at=ago(ctx, days=31))
    prune(ctx)
    assert prune(ctx) == Pruned(sessions=0, attempts=0, challenges=0, events=0, users=0)
