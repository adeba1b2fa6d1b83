"""Recovery by PIN: how long things hold, how often they are tried, and who may set a password.

Two phases in one row: a PIN that was sent, then the *window* its holder opened. Figures follow
ASVS 6.5.4 and 6.5.5 (twenty bits, ten minutes) and NIST SP 800-63B section 3.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

PIN_DIGITS = 6
PIN_LIFETIME = timedelta(minutes=10)
PIN_TRIES = 5
#: Wrong or right PINs of one account in a day, over all its PINs.
TRIES_A_DAY = 20
WINDOW_LIFETIME = timedelta(minutes=2)
#: How long who signed in with an expired password has to set a new one.
CHANGE_LIFETIME = timedelta(minutes=10)
#: New passwords that may be tried in a window: three that break the rules leave it open.
WINDOW_TRIES = 4


class WindowVerdict(Enum):
    """Whether a new password may be set."""

    OPEN = "open"
    """Yes."""
    CLOSED = "closed"
    """There is no window, or not for who asks. The two are never told apart."""
    EXPIRED = "expired"
    """There was one, and it was for who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is known of a window and of who wants to use it.

    ``secret``: whether its secret was presented; None where none was sent. ``same_client``:
    whether the address and the user agent are those that asked for the PIN and verified it.
    ``is_privileged``: whether the user is staff, a superuser, holds any permission or has a second
    factor.
    """

    is_open: bool
    is_used: bool
    is_expired: bool
    tries_left: int
    secret: bool | None
    same_client: bool
    is_privileged: bool


def judge_window(window: Window, *, tokenless: bool) -> WindowVerdict:
    """Whether the window is there for who asks. ``tokenless``: who has no secret may use it too,
    if it is the same client and the user holds no power over others."""
    bound = window.secret is True
    unbound = (
        window.secret is None and tokenless and window.same_client and not window.is_privileged
    )
    if not (bound or unbound):
        return WindowVerdict.CLOSED
    if not window.is_open or window.is_used or window.tries_left < 1:
        return WindowVerdict.CLOSED
    return WindowVerdict.EXPIRED if window.is_expired else WindowVerdict.OPEN


def pin_of(digest: str) -> str:
    """The PIN that a digest (64 hexadecimal digits, keyed) stands for: 000000 to 999999, each as
    likely as the others but for one part in 10**70.

    >>> pin_of("0" * 64), pin_of(f"{1_000_042:064x}")
    ('000000', '000042')
    """
    return f"{int(digest, 16) % 10**PIN_DIGITS:0{PIN_DIGITS}d}"
