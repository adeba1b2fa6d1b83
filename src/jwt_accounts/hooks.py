"""What only the host knows. Subclass :class:`AccountHooks` and name it in ``HOOKS``."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from django.utils.module_loading import import_string

from jwt_accounts.conf import settings
from jwt_accounts.types import HostUser

SUPER_ADMIN = "Super Admin"


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

    @property
    def adds_claims(self) -> bool:
        """Whether :meth:`get_claims` is overridden, so that a refresh must load the user."""
        return type(self).get_claims is not AccountHooks.get_claims


def hooks() -> AccountHooks:
    """The host's hooks."""
    made: AccountHooks = import_string(settings.HOOKS)()
    return made
