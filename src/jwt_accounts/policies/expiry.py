"""When a password is too old. Off unless a role or the host asks for it (NIST SP 800-63B-4
section 3.1.1.2 advises against periodic change; PCI DSS 8.3.9 may require it)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta


def shortest_age(ages: Iterable[timedelta | None]) -> timedelta | None:
    """The strictest of several maximum ages; ``None`` means no limit.

    >>> shortest_age([None, timedelta(days=90), timedelta(days=30)])
    datetime.timedelta(days=30)
    """
    return min((age for age in ages if age is not None), default=None)


def expires_at(changed_at: datetime | None, maximum_age: timedelta | None) -> datetime | None:
    """The moment the password expires, or None where it never does.

    A password of unknown age does not expire: nobody is locked out by an upgrade.
    """
    if changed_at is None or maximum_age is None:
        return None
    return changed_at + maximum_age


def is_expired(changed_at: datetime | None, maximum_age: timedelta | None, now: datetime) -> bool:
    """Whether the password may no longer be used to sign in."""
    end = expires_at(changed_at, maximum_age)
    return end is not None and end <= now
