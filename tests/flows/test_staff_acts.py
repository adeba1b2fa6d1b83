"""What else staff does to an account: end its sessions, demand a new password."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction

from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.errors import Forbidden, NotFound, SessionEnded
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.lock_account import demand_password_change, end_sessions
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.types import EventKind, SessionEnd
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

ACTS = [end_sessions, demand_password_change]
NEW_PASSWORD = "another horse battery"


@pytest.fixture
def user(make_user):
    return make_user("somebody")


@pytest.fixture
def guard(make_user, make_role):
    """Somebody who does both, and is neither staff nor superuser."""
    make_role("Guard", ["jwt_accounts.end_sessions", "change_user"])
    return make_user("guard", groups=["Guard"])


def is_over(ctx, signed):
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=signed.tokens.refresh)
    return True


def state(user):
    account = Account.objects.values().get(user=user)
    open_ = UserSession.objects.filter(user=user, ended_at__isnull=True)
    return account, set(open_.values_list("pk", flat=True))


# Ending sessions.


def test_every_session_ends_at_once_and_how_many_they_were_is_told(ctx, guard, user, enter):
    signed = [enter(user) for _ in range(3)]
    assert end_sessions(ctx, actor=guard, user_id=str(user.pk)) == 3
    assert all(is_over(ctx, each) for each in signed)
    reasons = set(UserSession.objects.values_list("ended_at", "end_reason"))
    assert reasons == {(ctx.now, SessionEnd.ENDED_BY_STAFF)}


def test_nobody_elses_session_ends(ctx, guard, user, enter):
    signed = enter()
    enter(user)
    end_sessions(ctx, actor=guard, user_id=str(user.pk))
    assert authenticate(ctx, access_token=signed.tokens.access)
    assert refresh(ctx, refresh_token=signed.tokens.refresh)


def test_what_was_over_before_keeps_its_reason(ctx, guard, user, enter):
    enter(user)
    UserSession.objects.update(ended_at=ctx.now, end_reason=SessionEnd.SIGNED_OUT)
    assert end_sessions(ctx, actor=guard, user_id=str(user.pk)) == 0
    assert UserSession.objects.get().end_reason == SessionEnd.SIGNED_OUT


def test_the_user_signs_in_again_with_the_same_password(ctx, guard, user, enter):
    enter(user)
    end_sessions(ctx, actor=guard, user_id=str(user.pk))
    assert authenticate(ctx, access_token=enter(user).tokens.access).user == user


def test_one_may_end_ones_own(ctx, guard, enter):
    signed = enter(guard)
    assert end_sessions(ctx, actor=guard, user_id=str(guard.pk)) == 1
    assert is_over(ctx, signed)


# Demanding a change.


def test_after_a_demand_nobody_is_in_and_nobody_comes_in(ctx, guard, user, enter):
    signed = [enter(user) for _ in range(2)]
    demand_password_change(ctx, actor=guard, user_id=str(user.pk))
    assert all(is_over(ctx, each) for each in signed)
    assert set(UserSession.objects.values_list("end_reason", flat=True)) == {
        SessionEnd.PASSWORD_EXPIRED
    }
    for moment in (ctx, later(ctx, days=400)):
        refused = sign_in(moment, identifier=identifier_of(user), password=PASSWORD)
        assert isinstance(refused, ChangeRequired)
        assert refused.reason is ChangeReason.DEMANDED
    assert not UserSession.objects.filter(ended_at__isnull=True).exists()


def test_the_demand_is_met_by_a_new_password_and_by_nothing_else(ctx, guard, user, enter):
    demand_password_change(ctx, actor=guard, user_id=str(user.pk))
    credentials = {"identifier": identifier_of(user), "password": PASSWORD}
    secret = sign_in(ctx, **credentials, gives_change_token=True).secret
    user.save()
    end_sessions(ctx, actor=guard, user_id=str(user.pk))
    assert Account.objects.get(user=user).must_change_password
    reset_password(ctx, secret=secret, password=NEW_PASSWORD)
    assert not Account.objects.get(user=user).must_change_password
    enter(user, password=NEW_PASSWORD)


def test_a_demand_does_not_touch_the_password_its_age_or_a_lock(ctx, guard, user):
    user.refresh_from_db()
    before, _ = state(user)
    demand_password_change(ctx, actor=guard, user_id=str(user.pk))
    after, _ = state(user)
    assert after == {**before, "must_change_password": True}
    former = user.password
    user.refresh_from_db()
    assert user.password == former


def test_a_demand_may_be_repeated(ctx, guard, user):
    for _ in range(2):
        demand_password_change(ctx, actor=guard, user_id=str(user.pk))
    assert Account.objects.get(user=user).must_change_password
    assert SecurityEvent.objects.count() == 2


# Both.


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (end_sessions, EventKind.SESSIONS_ENDED_BY_STAFF),
        (demand_password_change, EventKind.PASSWORD_CHANGE_DEMANDED),
    ],
)
def test_each_act_is_recorded_once(ctx, guard, user, enter, act, kind):
    enter(user)
    act(ctx, actor=guard, user_id=str(user.pk))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (kind, user, guard)
    assert (event.at, event.ip, event.user_agent) == (ctx.now, ctx.ip, ctx.user_agent)
    assert event.details == {}


class HostError(Exception):
    pass


@pytest.mark.parametrize("act", ACTS)
def test_rolled_back_there_is_neither_act_nor_event(ctx, guard, user, enter, act):
    enter(user)
    before = state(user)

    def host():
        with transaction.atomic():
            act(ctx, actor=guard, user_id=str(user.pk))
            assert SecurityEvent.objects.count() == 1
            raise HostError

    with pytest.raises(HostError):
        host()
    assert state(user) == before
    assert not SecurityEvent.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_what_cannot_be_recorded_is_not_done(ctx, guard, user, enter, act):
    def full(execute, sql, params, many, context):
        if sql.startswith("INSERT") and SecurityEvent._meta.db_table in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    enter(user)
    before = state(user)
    with connection.execute_wrapper(full), pytest.raises(OperationalError):
        act(ctx, actor=guard, user_id=str(user.pk))
    assert state(user) == before


@pytest.mark.parametrize("act", ACTS)
def test_a_user_made_elsewhere_gets_an_account_on_the_way(ctx, guard, user, act):
    Account.objects.filter(user=user).delete()
    act(ctx, actor=guard, user_id=str(user.pk))
    wanted = act is demand_password_change
    assert Account.objects.get(user=user).must_change_password is wanted


@pytest.mark.parametrize("act", ACTS)
def test_a_disabled_user_is_reached_too_and_stays_disabled(ctx, guard, make_user, act):
    user = make_user(is_active=False)
    act(ctx, actor=guard, user_id=str(user.pk))
    user.refresh_from_db()
    assert not user.is_active
    assert SecurityEvent.objects.count() == 1


# Rights.

HELD = {end_sessions: "jwt_accounts.end_sessions", demand_password_change: "change_user"}


@once
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "held", [None, "jwt_accounts.end_sessions", "change_user", "jwt_accounts.lock_account"]
)
def test_each_act_needs_its_right(ctx, user, make_user, make_role, enter, act, held):
    make_role("Some", [held] if held else [])
    actor = make_user("actor", groups=["Some"])
    enter(user)
    before = state(user)
    if held == HELD[act]:
        act(ctx, actor=actor, user_id=str(user.pk))
        assert state(user) != before
    else:
        with pytest.raises(Forbidden):
            act(ctx, actor=actor, user_id=str(user.pk))
        assert state(user) == before
        assert not SecurityEvent.objects.exists()


@once
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "above",
    [{"is_superuser": True}, {"is_staff": True}, {"groups": ["High"]}],
    ids=["superuser", "staff", "role"],
)
def test_nobody_reaches_above_themselves(ctx, guard, make_user, make_role, enter, act, above):
    make_role("High", ["delete_user"])
    target = make_user(**above)
    enter(target)
    before = state(target)
    with pytest.raises(Forbidden):
        act(ctx, actor=guard, user_id=str(target.pk))
    assert state(target) == before
    assert not SecurityEvent.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_superuser_reaches_everybody(ctx, root, make_user, enter, act):
    target = make_user(is_superuser=True, is_staff=True)
    enter(target)
    act(ctx, actor=root, user_id=str(target.pk))
    assert not UserSession.objects.filter(ended_at__isnull=True).exists()


@pytest.mark.parametrize("act", ACTS)
def test_an_actor_who_was_disabled_does_nothing(ctx, guard, root, user, enter, act):
    enter(user)
    before = state(user)
    for actor in (guard, root):
        actor.is_active = False
        with pytest.raises(Forbidden):
            act(ctx, actor=actor, user_id=str(user.pk))
    assert state(user) == before


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "user_id",
    ["", "0", "-1", "9" * 30, "x", "\x00", "7" * 65, "00000000-0000-0000-0000-000000000000"],
)
def test_no_such_user_is_not_found(ctx, guard, act, user_id):
    with pytest.raises(NotFound):
        act(ctx, actor=guard, user_id=user_id)
