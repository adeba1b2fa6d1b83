"""Which clients a user signed in from last: short digests, the newest last."""

from __future__ import annotations

#: How many are remembered, and how long each is: together they fill the column.
KEPT, DIGEST_LENGTH = 20, 24


def is_news(known: str, digest: str) -> bool:
    """Whether this one is none of them. The very first one is no news.

    >>> is_news("a b", "c"), is_news("a b", "a"), is_news("", "a")
    (True, False, False)
    """
    return bool(known) and digest not in known.split()


def remember(known: str, digest: str) -> str:
    """The same with this one as the newest; the oldest is forgotten.

    >>> remember("a b", "c"), remember("a b", "a"), remember("", "a")
    ('a b c', 'b a', 'a')
    """
    others = [each for each in known.split() if each != digest]
    return " ".join([*others, digest][-KEPT:])
