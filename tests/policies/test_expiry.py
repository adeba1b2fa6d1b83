"""Password expiry: off unless somebody asks for it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.expiry import expires_at, is_expired, shortest_age

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)

ages = st.none() | st.timedeltas(min_value=SECOND, max_value=timedelta(days=36500))


@pytest.mark.parametrize(
    ("ages", "shortest"),
    [
        ([], None),
        ([None], None),
        ([None, None], None),
        ([None, 90 * DAY], 90 * DAY),
        ([30 * DAY, None, 90 * DAY], 30 * DAY),
    ],
)
def test_the_shortest_age_holds(ages, shortest):
    assert shortest_age(ages) == shortest


@given(st.lists(ages, max_size=6))
def test_the_shortest_age_is_never_laxer_than_any(every):
    result = shortest_age(every)
    assert result in every or (result is None and not every)
    for age in every:
        if age is not None:
            assert result is not None
            assert result <= age


@pytest.mark.parametrize(
    ("changed_at", "maximum", "expired"),
    [
        pytest.param(NOW - 100 * DAY, None, False, id="never, as NIST asks"),
        pytest.param(None, DAY, False, id="of unknown age"),
        pytest.param(NOW - DAY + SECOND, DAY, False, id="a second left"),
        pytest.param(NOW - DAY, DAY, True, id="at the end"),
        pytest.param(NOW - 2 * DAY, DAY, True, id="past the end"),
        pytest.param(NOW + DAY, DAY, False, id="changed by a clock ahead of ours"),
    ],
)
def test_a_password_expires_at_the_end_of_its_age(changed_at, maximum, expired):
    assert is_expired(changed_at, maximum, NOW) is expired


@given(ages, st.datetimes(timezones=st.just(UTC), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis adds the zone
def test_it_is_expired_from_the_moment_it_expires(age, changed):
    end = expires_at(changed, age)
    assert (end is None) == (age is None)
    if end is not None:
        assert is_expired(changed, age, end)
        assert not is_expired(changed, age, end - timedelta(microseconds=1))
