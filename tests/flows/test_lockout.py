"""Wrong passwords lock for a while, whoever types what; and nobody learns who exists."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jwt_accounts.credentials import find
from jwt_accounts.credentials.tries import reserve
from jwt_accounts.errors import (
    AccountError,
    AccountLocked,
    AttemptsInFlight,
    WrongCredentials,
)
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, Attempt, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import account_locked
from jwt_accounts.types import EventKind
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NOBODY = "nobody@example.com"


def attempt(ctx, identifier, password="wrong"):
    """The refusal, or None where it is none."""
    try:
        sign_in(ctx, identifier=identifier, password=password)
    except AccountError as error:
        return error
    return None


def fail(ctx, identifier, times):
    for _ in range(times):
        assert isinstance(attempt(ctx, identifier), WrongCredentials)


@pytest.fixture
def name(make_user):
    """How a user signs in."""
    return identifier_of(make_user())


@pytest.fixture(params=["a user", "nobody"])
def anybody(request, name):
    """An identifier, of a user or of nobody."""
    return name if request.param == "a user" else NOBODY


def test_the_fifth_wrong_password_locks_and_answers_like_the_others(ctx, anybody):
    fail(ctx, anybody, 5)
    refusal = attempt(ctx, anybody)
    assert isinstance(refusal, AccountLocked)
    assert refusal.wait == 15 * 60


def test_four_wrong_passwords_lock_nothing(ctx, name):
    fail(ctx, name, 4)
    assert attempt(ctx, name, PASSWORD) is None


def test_the_right_password_does_not_open_a_lock(ctx, name):
    fail(ctx, name, 5)
    assert isinstance(attempt(ctx, name, PASSWORD), AccountLocked)


def test_a_locked_account_costs_no_hash(ctx, anybody):
    fail(ctx, anybody, 5)
    hashers.runs.clear()
    attempt(ctx, anybody, PASSWORD)
    assert hashers.runs == []


def test_the_wait_grows_shorter(ctx, anybody):
    fail(ctx, anybody, 5)
    waits = [attempt(later(ctx, seconds=s), anybody).wait for s in (0, 1, 60, 899, 899.5)]
    assert waits == [900, 899, 840, 1, 1]


def test_the_lock_ends_after_a_quarter_of_an_hour(ctx, name):
    fail(ctx, name, 5)
    assert isinstance(attempt(later(ctx, seconds=899), name, PASSWORD), AccountLocked)
    assert attempt(later(ctx, minutes=15), name, PASSWORD) is None


def test_asking_during_a_lock_does_not_lengthen_it(ctx, name):
    fail(ctx, name, 5)
    for minute in range(15):
        attempt(later(ctx, minutes=minute), name)
    assert attempt(later(ctx, minutes=15), name, PASSWORD) is None


def test_after_a_lock_counting_starts_afresh(ctx, anybody):
    fail(ctx, anybody, 5)
    again = later(ctx, minutes=15)
    fail(again, anybody, 5)
    assert isinstance(attempt(again, anybody), AccountLocked)


def test_a_success_forgets_the_wrong_passwords(ctx, name):
    for _ in range(3):
        fail(ctx, name, 4)
        assert attempt(ctx, name, PASSWORD) is None
    assert Account.objects.get().failures == 0


def test_wrong_passwords_are_forgotten_after_a_day(ctx, anybody):
    fail(ctx, anybody, 4)
    tomorrow = later(ctx, days=1)
    fail(tomorrow, anybody, 5)
    assert isinstance(attempt(tomorrow, anybody), AccountLocked)


def test_a_try_within_the_day_keeps_the_older_ones_counted(ctx, name):
    for hours in (0, 23, 46, 69):
        fail(later(ctx, hours=hours), name, 1)
    fail(later(ctx, hours=92), name, 1)
    assert isinstance(attempt(later(ctx, hours=92), name), AccountLocked)


def test_without_a_lockout_time_only_somebody_unlocks(ctx, anybody, settings):
    settings.JWT_ACCOUNTS = {"LOCKOUT_TIME": None}
    fail(ctx, anybody, 5)
    for days in (0, 1, 400):
        refusal = attempt(later(ctx, days=days), anybody, PASSWORD)
        assert isinstance(refusal, AccountLocked)
        assert refusal.wait is None


def test_the_limit_and_the_time_are_settings(ctx, anybody, settings):
    settings.JWT_ACCOUNTS = {"LOCKOUT_LIMIT": 2, "LOCKOUT_TIME": timedelta(seconds=30)}
    fail(ctx, anybody, 2)
    assert attempt(ctx, anybody).wait == 30


# One counter for one person.


def test_all_identifiers_of_a_user_share_one_counter(ctx, make_user):
    user = make_user("Bob", email="bob@example.com", phone="+48123666789")
    fields = user_fields()
    typed = ["BOB@example.com", "bob@EXAMPLE.com"]
    typed += ["bob", " BOB "] if fields.username else []
    typed += ["+48123666789", "0048 123-666-789"] if fields.phone else []
    for number in range(5):
        fail(ctx, typed[number % len(typed)], 1)
    for each in typed:
        assert isinstance(attempt(ctx, each, PASSWORD), AccountLocked)
    assert Account.objects.get(user=user).failures == 5
    assert not Attempt.objects.exists()


@pytest.mark.parametrize(
    "spellings",
    [
        ["Nobody", "nobody", " NOBODY ", "\uff2eobody", "noBODY"],
        [
            "No@Example.com",
            "no@example.com",
            "NO@EXAMPLE.COM",
            " no@example.com",
            "\uff2eo@example.com",
        ],
        ["+48123000000", "+48 123 000 000", "0048123000000", "+48-123-000-000", "0048 123000000"],
    ],
)
def test_all_spellings_of_nobody_share_one_counter(ctx, db, spellings):
    for each in spellings:
        fail(ctx, each, 1)
    assert isinstance(attempt(ctx, spellings[0]), AccountLocked)
    assert Attempt.objects.count() == 1


def test_one_locked_account_locks_no_other(ctx, make_user):
    victim, other = make_user(), make_user()
    fail(ctx, identifier_of(victim), 5)
    fail(ctx, NOBODY, 5)
    assert attempt(ctx, identifier_of(other), PASSWORD) is None


def test_what_nobody_typed_is_not_written_down(ctx, db):
    fail(ctx, "my-secret-password", 1)
    assert "secret" not in Attempt.objects.get().key


# Roles.


@pytest.mark.parametrize(
    ("roles", "limit", "minutes"),
    [
        ({"A": {"lockout_limit": 3}}, 3, 15),
        ({"A": {"lockout_limit": 3}, "B": {"lockout_limit": 2}}, 2, 15),
        ({"A": {"lockout_limit": 7}}, 7, 15),
        ({"A": {"lockout_time": timedelta(hours=1)}}, 5, 60),
        (
            {
                "A": {"lockout_limit": 3, "lockout_time": timedelta(minutes=1)},
                "B": {"lockout_limit": 4, "lockout_time": timedelta(minutes=2)},
            },
            3,
            2,
        ),
        ({"A": {}}, 5, 15),
    ],
)
def test_the_strictest_role_decides(ctx, make_user, make_role, roles, limit, minutes):
    for role, rules in roles.items():
        make_role(role, **rules)
    name = identifier_of(make_user(groups=[*roles, "No role"]))
    fail(ctx, name, limit)
    assert attempt(ctx, name).wait == minutes * 60


# Nobody learns who exists.


@pytest.mark.parametrize("limit", [5, 1])
def test_an_unknown_identifier_behaves_like_a_known_one(ctx, name, settings, limit):
    settings.JWT_ACCOUNTS = {"LOCKOUT_LIMIT": limit}

    def story(identifier):
        hashers.runs.clear()
        for at in [ctx] * 7 + [later(ctx, minutes=15)] * 2 + [later(ctx, days=2)]:
            with statements() as asked:
                refusal = attempt(at, identifier)
            yield type(refusal), str(refusal), refusal.wait, refusal.fields, len(asked)
        yield len(hashers.runs)

    assert list(story(name)) == list(story(NOBODY))


def test_a_wrong_password_is_two_statements(ctx, name):
    with statements() as asked:
        fail(ctx, name, 1)
    assert len(asked) == 2


# Staff.


def test_a_lock_by_staff_has_no_end(ctx, name):
    Account.objects.update(staff_locked_at=ctx.now)
    hashers.runs.clear()
    for days in (0, 1, 400):
        refusal = attempt(later(ctx, days=days), name, PASSWORD)
        assert isinstance(refusal, AccountLocked)
        assert refusal.wait is None
    assert hashers.runs == []


# Tries in flight. A try is taken before the password is checked; a worker may die in between.


def take(ctx, identifier, times):
    """Reserve tries as workers do that never come back."""
    return [reserve(find(identifier), ctx, durable=True) for _ in range(times)]


def test_while_all_tries_are_being_checked_nothing_is_locked(ctx, name):
    take(ctx, name, 5)
    refusal = attempt(ctx, name, PASSWORD)
    assert isinstance(refusal, AttemptsInFlight)
    assert refusal.wait == 1
    assert Account.objects.get().locked_at is None


def test_a_try_is_counted_before_it_is_checked(ctx, name):
    take(ctx, name, 4)
    assert attempt(ctx, name, PASSWORD) is None


def test_tries_that_a_dead_worker_took_count_as_failed(ctx, anybody):
    take(ctx, anybody, 5)
    minute = later(ctx, seconds=60)
    refusal = attempt(minute, anybody, PASSWORD)
    assert isinstance(refusal, AccountLocked)
    assert refusal.wait == 15 * 60
    assert attempt(later(minute, seconds=1), anybody, PASSWORD).wait == 15 * 60 - 1
    assert isinstance(attempt(later(minute, minutes=15), anybody), WrongCredentials)


def test_the_lock_begins_when_the_last_try_has_failed(ctx, name):
    take(ctx, name, 4)
    fail(ctx, name, 1)
    assert isinstance(attempt(ctx, name), AccountLocked)


# The trail.


@pytest.fixture
def told():
    """What ``account_locked`` was sent with."""
    received = []

    def receive(sender, **kwargs):
        received.append((sender, kwargs["user"], kwargs["ctx"]))

    account_locked.connect(receive)
    yield received
    account_locked.disconnect(receive)


def test_a_lock_is_recorded_and_told_once(ctx, make_user, told, django_capture_on_commit_callbacks):
    user = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(8):
            attempt(ctx, identifier_of(user))
    event = SecurityEvent.objects.get(kind=EventKind.ACCOUNT_LOCKED)
    assert (event.user, event.actor, event.at, event.ip) == (user, None, ctx.now, ctx.ip)
    assert told == [(type(user), user, ctx)]


def test_a_lock_of_nobody_is_recorded_and_not_told(
    ctx, db, told, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        fail(ctx, NOBODY, 5)
    assert SecurityEvent.objects.get().user is None
    assert told == []


def test_the_trail_holds_neither_identifier_nor_password(ctx, db):
    fail(ctx, "my-secret-password", 5)
    event = SecurityEvent.objects.get()
    assert event.details == {}
