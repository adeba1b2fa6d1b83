"""The id that stands for a user where a contract shows no keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jwt_accounts.errors import NotFound
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import public_id_column
from jwt_accounts.types import HostUser


def public_id_of(user: HostUser) -> UUID:
    """The user's public id: the key where that is a UUID, else the account's. No query where the
    account is loaded; a user made elsewhere gets one."""
    if public_id_column() == "pk":
        key: Any = user.pk
        return UUID(str(key))
    account = getattr(user, "jwt_account", None) or Account.objects.adopt(user)
    found: UUID = account.public_id
    return found


def parse_public_id(text: str) -> UUID:
    """A public id from a path, in its one spelling. Raises :class:`NotFound`."""
    try:
        found = UUID(text)
    except ValueError as error:
        raise NotFound from error
    if str(found) != text.lower():
        raise NotFound
    return found
