"""Whose an address or a number is, identifier or not: to whom a message may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jwt_accounts.credentials import scan
from jwt_accounts.credentials.find import check_text
from jwt_accounts.models import Account, strangers, written_as
from jwt_accounts.models.userfields import copy_of, user_fields, user_model
from jwt_accounts.types import HostUser, IdentifierKind


@dataclass(frozen=True, slots=True)
class Owner:
    """The one user with an address or a number; ``user`` is None where nobody, or more than one,
    has it, a mere claim not counted. ``copy`` is the value in the form it is compared in."""

    kind: IdentifierKind
    copy: str
    user: HostUser | None
    account: Account | None

    @property
    def address(self) -> str:
        """Where messages go: what is stored, never what was typed."""
        if self.user is None or self.account is None:
            return ""
        stored = user_fields().read(self.user, self.kind)
        return stored or (
            self.account.phone_as_written if self.kind is IdentifierKind.PHONE else ""
        )


def find_owner(kind: IdentifierKind, value: str) -> Owner:
    """Look up who has an address or a number, in whatever spelling. One statement.

    Raises ``InvalidInput`` for a text that is neither.
    """
    check_text(value)
    copy = copy_of(kind, value)
    rows = _rows(kind, copy, value.strip()) if copy else []
    if len(rows) != 1:
        return Owner(kind=kind, copy=copy, user=None, account=None)
    user = rows[0]
    account = getattr(user, "jwt_account", None) or Account.objects.adopt(user)
    return Owner(kind=kind, copy=copy, user=user, account=account)


def may_recover(owner: Owner) -> bool:
    """Whether the owner gets a PIN: an active user with a password of its own, not locked by
    staff."""
    if owner.user is None or owner.account is None:
        return False
    return (
        owner.user.is_active
        and owner.user.has_usable_password()
        and owner.account.staff_locked_at is None
    )


def _rows(kind: IdentifierKind, copy: str, typed: str) -> list[Any]:
    # What somebody merely claimed takes nothing from who has it.
    proved = Account.objects.filter(**{kind: copy}).exclude(unproved__contains=kind)
    known = proved.order_by().values("user_id")
    if not scan.is_due():
        return _users(known)
    unknown = strangers().filter(written_as(kind, typed)).order_by().values("pk")
    with scan.measured():
        return _users(known.union(unknown, all=True))


def _users(keys: Any) -> list[Any]:
    users = user_model()._default_manager.filter(pk__in=keys).select_related("jwt_account")
    # Two are as bad as many.
    return list(users.order_by()[:2])
