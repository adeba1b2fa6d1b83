"""Whose an address or a number is, identifier or not: to whom a message may be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, Value, When

from jwt_accounts.credentials import scan
from jwt_accounts.credentials.find import check_text
from jwt_accounts.models import Account, strangers, written_as
from jwt_accounts.models.userfields import copy_of, user_fields, user_model
from jwt_accounts.types import HostUser, IdentifierKind


@dataclass(frozen=True, slots=True)
class Owner:
    """The one user with an address or a number; ``user`` is None where nobody has it, or more than
    one with the same right to it. ``copy`` is the value in the form it is compared in."""

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

    Who has proved it, or was given it by staff, comes before who merely claimed it as a way in,
    and that one before who only wrote it down. A number that is only claimed is nobody's: an SMS
    to it would cost its owner (ASVS 6.6.1). An address is not: the mail shows whose it is.

    Raises ``InvalidInput`` for a text that is neither.
    """
    check_text(value)
    copy = copy_of(kind, value)
    user = _first(_rows(kind, copy, value.strip())) if copy else None
    if user is None:
        return Owner(kind=kind, copy=copy, user=None, account=None)
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


def _first(rows: list[Any]) -> Any:
    """The one with the best right; None where two have the same."""
    if not rows or (len(rows) > 1 and rows[0].jwt_claim == rows[1].jwt_claim):
        return None
    return rows[0]


def _rows(kind: IdentifierKind, copy: str, typed: str) -> list[Any]:
    known = Account.objects.filter(**{kind: copy})
    if kind is IdentifierKind.PHONE:
        known = known.exclude(unproved__contains=kind)
    keys = known.order_by().values("user_id")
    if not scan.is_due():
        return _users(kind, copy, keys)
    unknown = strangers().filter(written_as(kind, typed)).order_by().values("pk")
    with scan.measured():
        return _users(kind, copy, keys.union(unknown, all=True))


def _users(kind: IdentifierKind, copy: str, keys: Any) -> list[Any]:
    """The two with the best right."""
    claim = Case(
        When(jwt_account__isnull=True, then=Value(0)),
        When(~Q(jwt_account__unproved__contains=kind), then=Value(0)),
        When(**{f"jwt_account__{kind}_key": copy}, then=Value(1)),
        default=Value(2),
    )
    users = user_model()._default_manager.filter(pk__in=keys).select_related("jwt_account")
    return list(users.annotate(jwt_claim=claim).order_by("jwt_claim")[:2])
