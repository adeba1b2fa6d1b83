"""Lockout: which rule holds, and why a try was refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.lockout import (
    ABANDONED_AFTER,
    Abandoned,
    InFlight,
    Locked,
    LockoutRules,
    Tries,
    explain_refusal,
    lock_end,
    strictest,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

durations = st.none() | st.timedeltas(min_value=SECOND, max_value=timedelta(days=365))
rules = st.builds(LockoutRules, st.integers(1, 100), durations)


@pytest.mark.parametrize(
    ("given_rules", "expected"),
    [
        ([(5, MINUTE)], (5, MINUTE)),
        ([(5, MINUTE), (9, 2 * MINUTE)], (5, 2 * MINUTE)),
        ([(9, 2 * MINUTE), (5, MINUTE)], (5, 2 * MINUTE)),
        ([(5, MINUTE), (9, None)], (5, None)),
        ([(3, None), (5, None)], (3, None)),
    ],
)
def test_the_lowest_limit_and_the_longest_lock_hold(given_rules, expected):
    assert strictest(LockoutRules(*rule) for rule in given_rules) == LockoutRules(*expected)


@given(st.lists(rules, min_size=1, max_size=6))
def test_the_strictest_is_never_laxer_than_any(every):
    result = strictest(every)
    for rule in every:
        assert result.limit <= rule.limit
        if rule.duration is None:
            assert result.duration is None
        elif result.duration is not None:
            assert result.duration >= rule.duration


@given(st.lists(rules, min_size=1, max_size=6))
def test_the_strictest_is_made_of_what_was_given(every):
    result = strictest(every)
    assert result.limit in {rule.limit for rule in every}
    assert result.duration in {rule.duration for rule in every}
    assert strictest(reversed(every)) == result


def test_a_lock_ends_by_itself_or_never():
    assert lock_end(LockoutRules(5, MINUTE), NOW) == NOW + MINUTE
    assert lock_end(LockoutRules(5, None), NOW) is None


def locked(until):
    return Tries(reserved=5, last_at=NOW, locked_at=NOW - MINUTE, locked_until=until)


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        pytest.param(locked(NOW + MINUTE), Locked(wait=60), id="locked for a minute"),
        pytest.param(locked(NOW + SECOND / 2), Locked(wait=1), id="half a second is rounded up"),
        pytest.param(locked(NOW - SECOND), Locked(wait=1), id="over in this moment"),
        pytest.param(locked(None), Locked(wait=None), id="until unlocked"),
        pytest.param(Tries(5, NOW), InFlight(), id="others are being checked"),
        pytest.param(
            Tries(5, NOW - ABANDONED_AFTER + SECOND), InFlight(), id="slow, and perhaps alive"
        ),
        pytest.param(Tries(5, NOW - ABANDONED_AFTER), Abandoned(), id="nobody checks any more"),
        pytest.param(Tries(), InFlight(), id="free by now"),
    ],
)
def test_a_refusal_says_why(tries, expected):
    assert explain_refusal(tries, NOW) == expected


@given(st.timedeltas(max_value=timedelta(days=365), min_value=timedelta(days=-365)))
def test_a_wait_is_at_least_a_second_and_long_enough(left):
    verdict = explain_refusal(locked(NOW + left), NOW)
    assert isinstance(verdict, Locked)
    assert verdict.wait is not None
    assert verdict.wait >= 1
    assert NOW + timedelta(seconds=verdict.wait) >= NOW + left
