"""How often users without an account may be searched for.

They are found by the host's own columns, which may have no index that fits: then the search reads
the whole user table. A small table is searched every time. A large one only so often that the
search takes a hundredth of the time, whoever is asked for: what it costs grows with nobody's
sign-in, and its time tells nothing about who exists. Meanwhile such a user signs in by the exact
user name; ``manage.py doctor`` makes all their accounts at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

_CHEAP = 0.005  # seconds
_SHARE = 100

_closed_until = 0.0


def is_due() -> bool:
    """Whether the next look-up searches for users without an account too."""
    return perf_counter() >= _closed_until


@contextmanager
def measured() -> Iterator[None]:
    """Time a search, and put off the next one if this one was dear."""
    global _closed_until
    begun = perf_counter()
    yield
    spent = perf_counter() - begun
    if spent > _CHEAP:
        _closed_until = begun + spent * _SHARE
