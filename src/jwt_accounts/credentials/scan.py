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

_CHEAP = 0.05  # seconds
_SHARE = 100

# A busy machine makes any search slow for a while: a table is large where not even the fastest of
# many searches was cheap. Tables grow, so it is found out anew each hour.
_ENOUGH = 10
_AN_HOUR = 3600

_searches = 0
_fastest = 0.0
_learning_since = 0.0
_closed_until = 0.0


def is_due() -> bool:
    """Whether the next look-up searches for users without an account too."""
    return perf_counter() >= _closed_until


@contextmanager
def measured() -> Iterator[None]:
    """Time a search, and put off the next one if searching is dear."""
    global _searches, _fastest, _learning_since, _closed_until
    begun = perf_counter()
    yield
    spent = perf_counter() - begun
    if not _searches or begun - _learning_since > _AN_HOUR:
        _searches, _fastest, _learning_since = 0, spent, begun
    _searches += 1
    _fastest = min(_fastest, spent)
    if _searches >= _ENOUGH and _fastest > _CHEAP:
        _closed_until = begun + _fastest * _SHARE
