"""What a user is told, and when a client is new to an account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jwt_accounts.policies.clients import rate_limit_key

#: A scope is somebody else's id, opaque here: a tenant's, where there are tenants.
LONGEST_SCOPE = 64

#: How many of one kind and scope a user has at most; the oldest go. By kind, so that nobody
#: pushes out the news of a stranger's sign-in with comments.
MOST_OF_A_KIND = 100

_LONGEST_USER_AGENT = 100


class Kind(StrEnum):
    """What a user is told."""

    NEW_CLIENT = "new_client"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind, not a password
    ACCOUNT_LOCKED = "account_locked"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Client:
    """Where a session was opened, and by what."""

    ip: str | None
    user_agent: str


def is_new(client: Client, earlier: Iterable[Client]) -> bool:
    """Whether no earlier client of the account is this one: the same user agent from the same
    network. Where there was none, everything is new and nothing is news.

    >>> phone, home = Client("192.0.2.7", "phone"), Client("2001:db8::1", "laptop")
    >>> is_new(phone, [home]), is_new(phone, [home, phone]), is_new(phone, [])
    (True, False, False)
    >>> is_new(Client("2001:db8::2", "laptop"), [home]), is_new(Client(None, "laptop"), [home])
    (False, True)
    """
    known = {(each.user_agent, rate_limit_key(each.ip)) for each in earlier}
    return bool(known) and (client.user_agent, rate_limit_key(client.ip)) not in known


def shown_user_agent(text: str) -> str:
    """A user agent as it is kept with a notification.

    >>> len(shown_user_agent("x" * 300))
    100
    """
    return text[:_LONGEST_USER_AGENT]
