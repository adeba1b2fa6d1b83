"""How many sessions one user may have at once, and what a sign-in beyond it does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import RefreshToken

from jwt_accounts.errors import SessionLimitReached
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import end_session, list_sessions
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.types import SessionEnd
from tests.clock import later
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]


@pytest.fixture
def limited(settings):
    """``limited(2, action="refuse")``."""

    def limit(number, **more):
        named = {f"SESSION_LIMIT_{name.upper()}": value for name, value in more.items()}
        settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "SESSION_LIMIT": number, **named}

    return limit


@pytest.fixture
def refusing(limited):
    limited(2, action="refuse")


def key(signed):
    return signed.tokens.session.pk


def alive(ctx, user):
    return {session.pk for session in list_sessions(ctx, user=user)}


def test_without_a_limit_there_are_as_many_as_one_likes(ctx, make_user, enter):
    user = make_user()
    keys = {key(enter(user, at=later(ctx, minutes=minute))) for minute in range(12)}
    assert alive(ctx, user) == keys


def test_the_session_used_longest_ago_ends(ctx, make_user, enter, limited):
    limited(2)
    user = make_user()
    first, second = (enter(user, at=later(ctx, minutes=minute)) for minute in (0, 1))
    refresh(later(ctx, minutes=2), refresh_token=first.tokens.refresh)
    third = enter(user, at=later(ctx, minutes=3))
    assert alive(ctx, user) == {key(first), key(third)}
    ended = UserSession.objects.get(pk=key(second))
    assert (ended.ended_at, ended.end_reason) == (
        later(ctx, minutes=3).now,
        SessionEnd.SESSION_LIMIT,
    )


def test_a_limit_that_came_later_ends_all_that_are_too_many(ctx, make_user, enter, limited):
    user = make_user()
    keys = [key(enter(user, at=later(ctx, minutes=minute))) for minute in range(5)]
    limited(3)
    last = enter(user, at=later(ctx, minutes=9))
    assert alive(ctx, user) == {*keys[-2:], key(last)}


def test_nobody_elses_session_counts(ctx, make_user, enter, limited):
    limited(1)
    users = [make_user(), make_user()]
    keys = [key(enter(user)) for user in users]
    assert [alive(ctx, user) for user in users] == [{each} for each in keys]


@pytest.mark.usefixtures("refusing")
def test_a_sign_in_beyond_the_limit_is_refused_and_writes_nothing(ctx, make_user, enter):
    user = make_user()
    keys = {key(enter(user)), key(enter(user))}
    before = Account.objects.filter(user=user).values().get()
    user.refresh_from_db()
    signed_in_at = user.last_login
    for _ in range(7):  # more often than wrong passwords lock
        with pytest.raises(SessionLimitReached):
            enter(user, at=later(ctx, minutes=5))
    user.refresh_from_db()
    after = Account.objects.filter(user=user).values().get()
    assert alive(ctx, user) == keys
    assert user.last_login == signed_in_at
    # When the last try was is not given back.
    assert {**after, "tried_at": None} == {**before, "tried_at": None}
    assert not SecurityEvent.objects.exists()


@pytest.mark.usefixtures("refusing")
def test_there_is_room_again_when_one_is_signed_out(ctx, make_user, enter):
    user = make_user()
    first, _ = enter(user), enter(user)
    end_session(ctx, user=user, session_id=str(key(first)))
    assert enter(user)


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize("end", ["ended_at", "expires_at", "idle_expires_at"])
def test_what_is_over_takes_no_room(ctx, make_user, enter, end):
    user = make_user()
    first, _ = enter(user), enter(user)
    UserSession.objects.filter(pk=key(first)).update(**{end: ctx.now})
    assert enter(user, at=later(ctx, seconds=1))


@pytest.mark.usefixtures("refusing")
def test_sessions_of_an_older_password_take_no_room(make_user, enter):
    user = make_user()
    _ = enter(user), enter(user)
    user.set_password("another password")
    user.save(update_fields=["password"])
    assert enter(user, password="another password")


@pytest.mark.parametrize(
    ("of_site", "of_roles", "limit"),
    [
        (None, [3], 3),
        (2, [3], 2),
        (4, [3], 3),
        (None, [3, 2], 2),
        (2, [None], 2),
        (None, [None], None),
    ],
)
def test_the_lowest_limit_holds(
    ctx, make_user, make_role, enter, limited, of_site, of_roles, limit
):
    limited(of_site)
    names = [f"R{number}" for number, _ in enumerate(of_roles)]
    for name, own in zip(names, of_roles, strict=True):
        make_role(name, session_limit=own)
    user = make_user(groups=[*names, "A mere group"])
    for minute in range(6):
        enter(user, at=later(ctx, minutes=minute))
    assert len(alive(ctx, user)) == (limit or 6)


@pytest.mark.usefixtures("refusing")
def test_a_session_of_the_host_counts_and_is_refused_too(ctx, make_user):
    user = make_user()
    for _ in range(2):
        open_session(ctx, user=user, amr=("fed", "mfa"))
    with pytest.raises(SessionLimitReached):
        open_session(ctx, user=user, amr=("fed", "mfa"))


def test_a_token_of_simplejwt_is_no_way_round_it(ctx, make_user, settings):
    user = make_user()
    Account.objects.filter(user=user).update(password_changed_at=ctx.now - timedelta(days=1))
    old = [str(RefreshToken.for_user(user)) for _ in range(3)]
    settings.JWT_ACCOUNTS = {"ADOPT_SIMPLEJWT_REFRESH": True, "SESSION_LIMIT": 2}
    for minute, token in enumerate(old):
        refresh(later(ctx, minutes=minute), refresh_token=token)
        # A lost answer that is asked for again is no further session.
        refresh(later(ctx, minutes=minute), refresh_token=token)
        assert len(alive(ctx, user)) == min(minute + 1, 2)


@pytest.mark.parametrize(
    ("limit", "more"), [(None, 0), (5, 1), (2, 2)], ids=["none", "room", "no room"]
)
def test_a_limit_costs_two_statements_at_most(make_user, enter, limited, limit, more):
    user = make_user()
    _ = enter(user), enter(user)
    with statements() as without:
        enter(user)
    limited(limit)
    with statements() as seen:
        enter(user)
    assert len(seen) == len(without) + more
