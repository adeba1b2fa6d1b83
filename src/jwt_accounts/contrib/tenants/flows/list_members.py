"""Who is in a tenant. Nothing here looks outside of the one that is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Q, QuerySet

from jwt_accounts.contrib.tenants.flows.active_tenant import memberships_of
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.errors import FieldError, InvalidInput, NotFound
from jwt_accounts.flows.public_ids import parse_public_id, public_id_of
from jwt_accounts.flows.user_summary import UserSummary, build_summary, summary_columns
from jwt_accounts.models.userfields import public_id_column, user_model
from jwt_accounts.types import HostUser

#: Not by telephone number, which members do not show one another.
_SEARCHED = ("username", "email", "first_name", "last_name", "name")
_LONGEST_SEARCH = 200
_LONGEST_OFFSET = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A user, and what they are in the tenant."""

    user: UserSummary
    role: str
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPage:
    """Some members in the order of their keys, and how many there are in the tenant."""

    count: int
    members: tuple[Member, ...]

    @property
    def users(self) -> tuple[UserSummary, ...]:
        """The same without their roles."""
        return tuple(member.user for member in self.members)


def list_tenants(*, user: HostUser) -> list[Membership]:
    """A user's tenants that are active, as memberships, the one joined first before the others."""
    return list(memberships_of(user.pk))


def list_members(
    *, tenant: Tenant, offset: int, limit: int, search: str = "", with_inactive: bool = False
) -> MemberPage:
    """Members whose name or address contains ``search``, ``limit`` of them at most behind
    ``offset`` others. Two queries, and more where the host made members without an account.

    Whose account is disabled is shown only ``with_inactive``, which is for those who manage the
    members. Raises :class:`InvalidInput` naming ``search``.
    """
    columns = _columns()
    users = _of(tenant, with_inactive=with_inactive)
    if search:
        users = users.filter(_containing(search, columns))
    start = min(offset, _LONGEST_OFFSET)
    found = users.order_by("pk").values_list(*columns.values())[start : start + limit]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    _adopt([row for row in rows if row["public_id"] is None])
    members = tuple(_member(row) for row in rows)
    return MemberPage(count=users.count(), members=members)


def get_member(
    *, tenant: Tenant, public_id: str | UUID, with_inactive: bool = False
) -> UserSummary:
    """One member. Raises :class:`NotFound`; somebody of another tenant is as unknown as nobody."""
    columns = _columns()
    users = _of(tenant, with_inactive=with_inactive)
    named = users.filter(**{public_id_column(): parse_public_id(str(public_id))})
    row = named.values_list(*columns.values()).first()
    if row is None:
        raise NotFound("There is no such user.")
    return _member(dict(zip(columns, row, strict=True))).user


def find_member(*, tenant: Tenant, public_id: str | UUID) -> HostUser:
    """One member as an instance, with the account, for what is written about them. Raises
    :class:`NotFound` as :func:`get_member` does."""
    users = _of(tenant, with_inactive=False).select_related("jwt_account")
    found = users.filter(**{public_id_column(): parse_public_id(str(public_id))}).first()
    if found is None:
        raise NotFound("There is no such user.")
    return found


def _of(tenant: Tenant, *, with_inactive: bool) -> QuerySet[HostUser]:
    users = user_model()._default_manager.filter(jwt_memberships__tenant=tenant.pk)
    return users if with_inactive else users.filter(is_active=True)


def _columns() -> dict[str, str]:
    """As the summary wants them, and those of the membership, over the join of :func:`_of`."""
    return {
        **summary_columns(),
        "member_role": "jwt_memberships__role",
        "joined_at": "jwt_memberships__joined_at",
    }


def _adopt(rows: list[dict[str, Any]]) -> None:
    """Give an account, and with it a public id, to users made elsewhere."""
    users = user_model()._default_manager.in_bulk([row["id"] for row in rows]) if rows else {}
    for row in rows:
        # Who was deleted a moment ago has one that leads nowhere.
        user = users.get(row["id"])
        row["public_id"] = uuid4() if user is None else public_id_of(user)


def _member(values: dict[str, Any]) -> Member:
    return Member(
        user=build_summary(values), role=values["member_role"], joined_at=values["joined_at"]
    )


def _containing(search: str, columns: dict[str, str]) -> Q:
    if "\x00" in search or len(search) > _LONGEST_SEARCH:
        message = f"Search for up to {_LONGEST_SEARCH} characters of text."
        raise InvalidInput(fields={"search": (FieldError("invalid", message),)})
    named = [columns[name] for name in _SEARCHED if name in columns]
    return reduce(or_, (Q(**{f"{column}__icontains": search}) for column in named))
