"""The sessions a person can see and end."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.errors import NotFound
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import (
    end_every_session,
    end_other_sessions,
    end_session,
    list_sessions,
)
from jwt_accounts.models import UserSession
from jwt_accounts.types import SessionEnd
from tests.clock import later
from tests.conftest import NO_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def three(ctx, enter):
    """Three sessions of one user, the oldest first."""
    first = enter()
    return [first, *(enter(first.user, at=later(ctx, minutes=minute)) for minute in (1, 2))]


def keys(sessions):
    return [session.pk for session in sessions]


def key(signed):
    return signed.tokens.session.pk


def test_the_open_sessions_are_listed_the_last_used_first(ctx, three, enter):
    enter()
    user = three[0].user
    assert keys(list_sessions(ctx, user=user)) == [key(each) for each in reversed(three)]
    refresh(later(ctx, minutes=3), refresh_token=three[0].tokens.refresh)
    assert list_sessions(ctx, user=user)[0].pk == key(three[0])


@pytest.mark.parametrize("end", ["ended_at", "expires_at", "idle_expires_at"])
def test_what_is_over_is_not_listed(ctx, three, end):
    UserSession.objects.filter(pk=key(three[0])).update(**{end: ctx.now})
    assert set(keys(list_sessions(ctx, user=three[0].user))) == {key(three[1]), key(three[2])}


def test_sessions_of_an_older_password_are_not_listed(ctx, three):
    user = get_user_model().objects.get()
    user.set_password("another password")
    user.save()
    assert list_sessions(ctx, user=user) == []


@pytest.mark.parametrize(
    "written", [str, lambda found: found.hex, lambda found: str(found).upper()]
)
def test_one_session_is_ended(ctx, three, written):
    end_session(ctx, user=three[0].user, session_id=written(key(three[0])))
    session = UserSession.objects.get(pk=key(three[0]))
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.ENDED_BY_USER)
    assert len(list_sessions(ctx, user=three[0].user)) == 2


def test_an_ended_session_is_not_found_again(ctx, three):
    end_session(ctx, user=three[0].user, session_id=str(key(three[0])))
    with pytest.raises(NotFound):
        end_session(ctx, user=three[0].user, session_id=str(key(three[0])))


def test_a_session_of_somebody_else_is_not_found(ctx, three, enter):
    with pytest.raises(NotFound):
        end_session(ctx, user=enter().user, session_id=str(key(three[0])))
    assert UserSession.objects.get(pk=key(three[0])).ended_at is None


@pytest.mark.parametrize("session_id", ["", "7", "x" * 36, "\x00", str(NO_KEY)])
def test_no_such_session_is_not_found(ctx, three, session_id):
    with pytest.raises(NotFound):
        end_session(ctx, user=three[0].user, session_id=session_id)


def test_all_others_are_ended_and_the_present_one_stays(ctx, three, enter):
    stranger = enter()
    assert end_other_sessions(ctx, user=three[0].user, keep=key(three[1])) == 2
    assert keys(list_sessions(ctx, user=three[0].user)) == [key(three[1])]
    assert keys(list_sessions(ctx, user=stranger.user)) == [key(stranger)]


def test_staff_ends_every_session_of_one_user(ctx, three, enter):
    stranger = enter()
    ended = end_every_session(ctx, user_id=three[0].user.pk, reason=SessionEnd.ENDED_BY_STAFF)
    assert ended == 3
    assert list_sessions(ctx, user=three[0].user) == []
    assert keys(list_sessions(ctx, user=stranger.user)) == [key(stranger)]
