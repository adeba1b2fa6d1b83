"""What a refresh that hit no row means."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.sessions import (
    RefreshVerdict,
    SessionRules,
    SessionState,
    explain_refresh,
    idle_end,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
RULES = SessionRules(idle=DAY, lifetime=90 * DAY, grace=10 * SECOND)
STATE = SessionState(
    generation=7,
    rotated_at=NOW - 5 * SECOND,
    idle_expires_at=NOW + DAY,
    expires_at=NOW + 90 * DAY,
    ended=False,
)
ENDED = replace(STATE, ended=True)

moments = st.timedeltas(min_value=-2 * DAY, max_value=2 * DAY).map(lambda delta: NOW + delta)
states = st.builds(
    SessionState,
    generation=st.integers(0, 9),
    rotated_at=moments,
    idle_expires_at=moments,
    expires_at=moments,
    ended=st.booleans(),
)
any_rules = st.builds(
    SessionRules,
    idle=st.just(DAY),
    lifetime=st.just(DAY),
    grace=st.timedeltas(min_value=timedelta(0), max_value=DAY),
)


@pytest.mark.parametrize(
    ("presented", "state", "rules", "verdict"),
    [
        pytest.param(6, STATE, RULES, "repeat", id="the previous one, within the grace"),
        pytest.param(
            6, replace(STATE, rotated_at=NOW - 10 * SECOND), RULES, "replay", id="grace is over"
        ),
        pytest.param(
            6, replace(STATE, rotated_at=NOW), replace(RULES, grace=0 * SECOND), "replay", id="none"
        ),
        pytest.param(
            6,
            replace(STATE, rotated_at=NOW + SECOND),
            replace(RULES, grace=0 * SECOND),
            "replay",
            id="none, and a clock behind",
        ),
        pytest.param(5, STATE, RULES, "replay", id="two generations old"),
        pytest.param(0, STATE, RULES, "replay", id="the first one"),
        pytest.param(7, STATE, RULES, "retry", id="the present one"),
        pytest.param(8, STATE, RULES, "unknown", id="never given out"),
        pytest.param(6, ENDED, RULES, "over", id="ended: previous"),
        pytest.param(0, ENDED, RULES, "over", id="ended: old"),
        pytest.param(8, ENDED, RULES, "over", id="ended: unknown"),
        pytest.param(7, replace(STATE, idle_expires_at=NOW), RULES, "over", id="idle too long"),
        pytest.param(7, replace(STATE, expires_at=NOW), RULES, "over", id="absolute end"),
    ],
)
def test_a_refresh_that_changed_nothing_is_explained(presented, state, rules, verdict):
    assert explain_refresh(presented, state, rules, NOW) is RefreshVerdict(verdict)


@given(st.integers(0, 12), states, any_rules)
def test_only_the_direct_predecessor_is_ever_repeated(presented, state, rules):
    if explain_refresh(presented, state, rules, NOW) is RefreshVerdict.REPEAT:
        assert presented == state.generation - 1
        assert state.rotated_at + rules.grace > NOW
        assert not state.ended
        assert min(state.expires_at, state.idle_expires_at) > NOW


@given(st.integers(0, 12), states)
def test_without_a_grace_nothing_is_repeated_whatever_the_clocks_say(presented, state):
    rules = replace(RULES, grace=timedelta(0))
    assert explain_refresh(presented, state, rules, NOW) is not RefreshVerdict.REPEAT


@given(st.integers(0, 12), states, any_rules)
def test_an_ended_session_stays_over(presented, state, rules):
    ended = replace(state, ended=True)
    assert explain_refresh(presented, ended, rules, NOW) is RefreshVerdict.OVER


@given(st.integers(0, 12), states, any_rules, moments)
def test_a_replay_never_becomes_a_repeat_later(presented, state, rules, later):
    if explain_refresh(presented, state, rules, NOW) is RefreshVerdict.REPLAY and later >= NOW:
        after = explain_refresh(presented, state, rules, later)
        assert after in {RefreshVerdict.REPLAY, RefreshVerdict.OVER}


@given(moments, st.timedeltas(min_value=SECOND, max_value=DAY))
def test_idleness_never_outlives_the_absolute_end(absolute, idle):
    end = idle_end(replace(RULES, idle=idle), NOW, absolute)
    assert end <= absolute
    assert end <= NOW + idle
    assert end in {absolute, NOW + idle}
