"""How many wrong passwords lock an account, and for how long (ASVS 6.3.1, NIST SP 800-63B 3.2.2).

A try is *reserved* before the password is checked and stays counted until a success gives it
back. So the number reserved is the number failed plus the number in flight, and with parallel
requests a refusal can mean three things, which :func:`explain_refusal` tells apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

#: A reservation older than this belongs to a worker that died; its try counts as failed.
ABANDONED_AFTER = timedelta(seconds=60)

#: Wrong passwords further back than this are forgotten (unless they locked until unlocked).
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LockoutRules:
    """``limit`` wrong passwords lock for ``duration``; ``None`` = until somebody unlocks."""

    limit: int
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class Tries:
    """What is known of an identifier's tries."""

    reserved: int = 0
    last_at: datetime | None = None
    locked_at: datetime | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """The lock holds for ``wait`` more seconds; ``None`` = until unlocked."""

    wait: int | None


@dataclass(frozen=True, slots=True)
class InFlight:
    """Every try is being checked at this moment: ask again, nothing is locked."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Every try is used and nobody is checking any more: the lock begins now."""


def strictest(rules: Iterable[LockoutRules]) -> LockoutRules:
    """The lowest limit and the longest lock of all (``None`` is the longest).

    >>> strictest([LockoutRules(5, timedelta(minutes=1)), LockoutRules(9, None)])
    LockoutRules(limit=5, duration=None)
    """
    every = list(rules)
    durations = [rule.duration for rule in every]
    finite = [duration for duration in durations if duration is not None]
    longest = max(finite) if len(finite) == len(durations) else None
    return LockoutRules(limit=min(rule.limit for rule in every), duration=longest)


def lock_end(rules: LockoutRules, now: datetime) -> datetime | None:
    """When a lock that begins now ends by itself."""
    return None if rules.duration is None else now + rules.duration


def explain_refusal(tries: Tries, now: datetime) -> Locked | InFlight | Abandoned:
    """Why a try could not be reserved. ``tries`` was read after the refusal."""
    if tries.locked_at is not None:
        if tries.locked_until is None:
            return Locked(wait=None)
        # Over by now, in the moment between the refusal and this look: one second more.
        return Locked(wait=max(1, ceil((tries.locked_until - now).total_seconds())))
    if tries.last_at is not None and tries.last_at <= now - ABANDONED_AFTER:
        return Abandoned()
    return InFlight()
