"""What a comment may say, and which acts of the stream are for every scope."""

from __future__ import annotations

import re
from enum import StrEnum

from jwt_accounts.policies.identifiers import is_storable

LONGEST_COMMENT = 2000

#: A scope is somebody else's id, opaque here: a tenant's, where there are tenants.
LONGEST_SCOPE = 64

_NEWLINE = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Verb(StrEnum):
    """What the stream tells. Others read it: nothing in it says when or how somebody signs in."""

    REGISTERED = "registered"
    JOINED = "joined"
    COMMENTED = "commented"
    CHANGED_PROFILE = "changed_profile"


#: Acts that belong to no scope and that every scope may know of.
PERSONAL = (Verb.REGISTERED, Verb.CHANGED_PROFILE)


def canonical_comment(value: str) -> str | None:
    r"""The text with its lines ended by ``\n``, without outer white space; None where it is no
    comment: empty, too long, or with characters that steer a terminal.

    >>> canonical_comment(" Thank you.\r\nSee you. "), canonical_comment("  ")
    ('Thank you.\nSee you.', None)
    >>> canonical_comment("a\x00b"), canonical_comment("\x1b[2J"), canonical_comment("a" * 2001)
    (None, None, None)
    """
    if len(value) > 2 * LONGEST_COMMENT or not is_storable(value):
        return None
    text = _NEWLINE.sub("\n", value).strip()
    if not text or len(text) > LONGEST_COMMENT or _CONTROL.search(text):
        return None
    return text
