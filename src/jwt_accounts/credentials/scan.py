"""How often users without an account may be searched for.

They are found by the host's own columns, which may have no index that fits: then the search reads
the whole user table. A small table is searched every time. A large one only so often that the
search takes a hundredth of the time, whoever is asked for: what it costs grows with nobody's
sign-in, and its time tells nothing about who exists. Meanwhile such a user signs in by the exact
user name; ``manage.py doctor`` makes all their accounts at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

_CHEAP = 0.05  # seconds
_SHARE = 100

# One busy moment makes any search slow: the table is large where three in a row were.
_spent: deque[float] = deque(maxlen=3)
_closed_until = 0.0


def is_due() -> bool:
    """Whether the next look-up searches for users without an account too."""
    return perf_counter() >= _closed_until


@contextmanager
def measured() -> Iterator[None]:
    """Time a search, and put off the next one if searching is dear."""
    global _closed_until
    begun = perf_counter()
    yield
    _spent.append(perf_counter() - begun)
    fastest = min(_spent)
    if len(_spent) == _spent.maxlen and fastest > _CHEAP:
        _closed_until = begun + fastest * _SHARE
