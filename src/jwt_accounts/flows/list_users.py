"""The users, a page at a time and never counted: a count reads a large table whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from jwt_accounts.errors import FieldError, InvalidInput, NotFound
from jwt_accounts.flows.user_summary import UserSummary, build_summary, summary_columns
from jwt_accounts.models.userfields import parse_user_id, user_model
from jwt_accounts.rights import VIEW_USER, require
from jwt_accounts.types import HostUser

if TYPE_CHECKING:
    from collections.abc import Sequence


_SEARCHED = ("username", "email", "phone", "first_name", "last_name", "name")
_LONGEST_OFFSET = 10**9


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some users in the order of their keys, and whether there are more."""

    users: tuple[UserSummary, ...]
    has_more: bool


def list_users(
    *,
    actor: HostUser,
    search: str = "",
    after: str = "",
    offset: int = 0,
    limit: int | None = None,
    with_roles: bool = False,
) -> UserPage:
    """Users whose name, address or number contains ``search``, ``limit`` of them at most, after
    the user with key ``after`` or behind ``offset`` others. One query, one more for the roles.

    Raises ``Forbidden`` or :class:`InvalidInput`.
    """
    require(actor, VIEW_USER)
    columns = summary_columns()
    users = user_model()._default_manager.order_by("pk")
    if search:
        users = users.filter(_containing(search, columns))
    if after:
        users = users.filter(pk__gt=_cursor(after))
    end = None if limit is None else min(offset, _LONGEST_OFFSET) + limit + 1
    found = users.values_list(*columns.values())[min(offset, _LONGEST_OFFSET) : end]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    has_more = limit is not None and len(rows) > limit
    shown = rows[:limit]
    roles = roles_of([row["id"] for row in shown]) if with_roles else {}
    summaries = tuple(build_summary(row, roles.get(row["id"], ())) for row in shown)
    return UserPage(users=summaries, has_more=has_more)


def get_user(*, actor: HostUser, user_id: str) -> UserSummary:
    """One user, with roles. Raises ``Forbidden`` or :class:`NotFound`."""
    require(actor, VIEW_USER)
    key = user_key(user_id)
    columns = summary_columns()
    row = user_model()._default_manager.filter(pk=key).values_list(*columns.values()).first()
    if row is None:
        raise NotFound("There is no such user.")
    values = dict(zip(columns, row, strict=True))
    return build_summary(values, roles_of([key]).get(key, ()))


def user_key(user_id: str) -> Any:
    """A user's key from a path. Raises :class:`NotFound` where no user can have it."""
    try:
        return parse_user_id(user_id)
    except ValueError as error:
        raise NotFound("There is no such user.") from error


def roles_of(keys: Sequence[Any]) -> dict[Any, tuple[str, ...]]:
    """The names of each user's roles, roles with settings first. One query."""
    found: dict[Any, list[tuple[bool, str]]] = {}
    rows = user_model()._default_manager.filter(pk__in=keys, groups__isnull=False)
    for key, name, role in rows.values_list("pk", "groups__name", "groups__role_settings__role_id"):
        found.setdefault(key, []).append((role is None, name))
    return {key: tuple(name for _, name in sorted(names)) for key, names in found.items()}


def _containing(search: str, columns: dict[str, str]) -> Q:
    if "\x00" in search or len(search) > 200:
        message = "Search for up to 200 characters of text."
        raise InvalidInput(fields={"search": (FieldError("invalid", message),)})
    named = [columns[name] for name in _SEARCHED if name in columns]
    return reduce(or_, (Q(**{f"{column}__icontains": search}) for column in named))


def _cursor(after: str) -> Any:
    try:
        return parse_user_id(after)
    except ValueError as error:
        message = "This is no cursor of an earlier page."
        raise InvalidInput(fields={"after": (FieldError("invalid", message),)}) from error
