"""How long a session lives and what a refresh that did not hit its row means.

A refresh token is its session and a *generation*: the number of rotations before it. Nothing
else is remembered, so replays are recognised for ever (RFC 9700 section 4.14.2).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

#: What a sign-in by a mailed code or link is called in `amr`. RFC 8176 has no word for it.
BY_MAIL: Final = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """``idle``: the longest pause between refreshes. ``lifetime``: the absolute end, counted
    from the sign-in. ``grace``: how long the previous refresh token still gets the successor
    that was already made from it."""

    idle: timedelta
    lifetime: timedelta
    grace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionState:
    """What a look at the row found after a refresh that hit nothing."""

    generation: int
    rotated_at: datetime
    idle_expires_at: datetime
    expires_at: datetime
    ended: bool


class RefreshVerdict(Enum):
    """What to do about a refresh token that did not hit its row."""

    REPEAT = "repeat"
    """A lost answer or a second tab: give the same successor again."""
    REPLAY = "replay"
    """Spent: somebody else has it. End the session."""
    OVER = "over"
    """The session is ended or has expired."""
    RETRY = "retry"
    """The row would be hit now: another request changed it meanwhile."""
    UNKNOWN = "unknown"
    """A generation that was never given out."""


def idle_end(rules: SessionRules, now: datetime, absolute: datetime) -> datetime:
    """When a session used now ends by idleness; never after its absolute end."""
    return min(now + rules.idle, absolute)


def explain_refresh(
    presented: int, state: SessionState, rules: SessionRules, now: datetime
) -> RefreshVerdict:
    """Why presenting generation ``presented`` changed no row."""
    if state.ended or state.expires_at <= now or state.idle_expires_at <= now:
        return RefreshVerdict.OVER
    if presented > state.generation:
        return RefreshVerdict.UNKNOWN
    if presented == state.generation:
        return RefreshVerdict.RETRY
    previous = presented == state.generation - 1
    # Without grace not even a request that came before the rotation, by its own clock, repeats.
    if previous and rules.grace and now < state.rotated_at + rules.grace:
        return RefreshVerdict.REPEAT
    return RefreshVerdict.REPLAY


def is_recent(auth_time: datetime, now: datetime, within: timedelta) -> bool:
    """Whether who signed in then is taken to be there still."""
    return now - auth_time <= within


def used_password(amr: Collection[str]) -> bool:
    """Whether a sign-in by these methods (RFC 8176) used the password, so that its age matters.

    >>> used_password(["pwd", "otp"]), used_password(["fed"])
    (True, False)
    """
    return "pwd" in amr
