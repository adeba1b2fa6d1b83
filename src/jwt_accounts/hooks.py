"""What only the host knows. Subclass :class:`AccountHooks` and name it in ``HOOKS``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any

from django.utils.module_loading import import_string

from jwt_accounts.conf import settings
from jwt_accounts.policies.user_agents import UNKNOWN_CLIENT, describe_client
from jwt_accounts.types import HostUser

SUPER_ADMIN = "Super Admin"
_LONGEST_WORDS = 100

logger = logging.getLogger("jwt_accounts")


class AccountHooks:
    """The one adapter class. Every method has a sensible answer; override what differs."""

    def get_role(self, user: HostUser, roles: Sequence[str]) -> str | None:
        """The one role a contract shows, of all the names in ``roles`` (roles with settings
        first, then by name). Superusers are shown as ``Super Admin``."""
        if user.is_superuser:
            return SUPER_ADMIN
        # A group of that name makes nobody one.
        return next((role for role in roles if role != SUPER_ADMIN), None)

    def may_register(self, *, username: str, email: str) -> bool:
        """Whether somebody may register, where ``REGISTRATION`` is open: say, only with an address
        of the company. Either text may be empty."""
        return True

    def make_username(self, *, email: str) -> str:
        """A user name for who registers where a contract asks for none. Not made of the address:
        names are shown to others."""
        return f"user-{token_hex(8)}"

    def get_claims(self, user: HostUser) -> dict[str, Any]:
        """More claims for the access token. They are readable by anybody who holds the token and
        as old as it is: no secrets, no rights. Overriding it costs a refresh one more query."""
        return {}

    def describe_client(self, user_agent: str) -> str:
        """A client in words, for lists of sessions and for messages: ``Firefox on Windows``. Name
        your own apps here, without versions: a client of other words is a new one."""
        return describe_client(user_agent)

    def get_place(self, ip: str) -> str:
        """Where an address is, as its user would say it; empty: not known. This library knows of
        none. It is asked for every session in a list: look it up on this machine."""
        return ""

    @property
    def adds_claims(self) -> bool:
        """Whether :meth:`get_claims` is overridden, so that a refresh must load the user."""
        return type(self).get_claims is not AccountHooks.get_claims


def hooks() -> AccountHooks:
    """The host's hooks."""
    made: AccountHooks = import_string(settings.HOOKS)()
    return made


def client_in_words(user_agent: str) -> str:
    """A client, as the host calls it."""
    return _said(lambda: hooks().describe_client(user_agent)) or UNKNOWN_CLIENT


def place_of(ip: str | None) -> str:
    """The place of an address, as the host calls it; empty where nobody knows."""
    return "" if ip is None else _said(lambda: hooks().get_place(ip))


def _said(ask: Callable[[], str]) -> str:
    """One line of what the host says. Nobody is kept out, and no list, by words that fail."""
    try:
        said = str(ask() or "")
    except Exception:
        logger.exception("A hook failed: nothing is said in its place")
        return ""
    return "".join(each for each in said[:_LONGEST_WORDS] if each.isprintable()).strip()
