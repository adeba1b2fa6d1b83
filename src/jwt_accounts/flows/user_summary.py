"""What staff and the user see of a user: plain values, read without making model instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jwt_accounts.models.userfields import user_fields, user_model
from jwt_accounts.types import IdentifierKind

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

_OPTIONAL = ("last_login", "date_joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSummary:
    """A user as a contract shows one. Empty text where the host's model has no such field."""

    id: Any
    username: str = ""
    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    is_active: bool
    is_staff: bool
    is_superuser: bool
    email_confirmed: bool = False
    date_joined: datetime | None = None
    last_login: datetime | None = None
    roles: tuple[str, ...] = field(default=())


def summary_columns() -> dict[str, str]:
    """From a summary's field to the column of the users' query that holds it."""
    fields = user_fields()
    named = {
        "username": fields.username,
        "email": fields.email,
        "phone": fields.phone or "jwt_account__phone_as_written",
        **{name: name for name in fields.profile},
        **{name: name for name in _OPTIONAL if _has(name)},
    }
    flags = ("is_active", "is_staff", "is_superuser")
    return {
        "id": "pk",
        **{name: column for name, column in named.items() if column},
        **{name: name for name in flags if _has(name)},
        "_confirmed": "jwt_account__confirmed_email",
        "_canonical": "jwt_account__email",
    }


def summarise(row: Mapping[str, Any], roles: Iterable[str] = ()) -> UserSummary:
    """A summary of one row of ``values(*summary_columns().values())``."""
    columns = summary_columns()
    return build_summary(columns, tuple(row[column] for column in columns.values()), roles)


def build_summary(
    names: Iterable[str], values: Iterable[Any], roles: Iterable[str] = ()
) -> UserSummary:
    """A summary of values in the order of :func:`summary_columns`."""
    given = {
        name: "" if value is None else value for name, value in zip(names, values, strict=True)
    }
    confirmed, canonical = given.pop("_confirmed"), given.pop("_canonical")
    for name in _OPTIONAL:
        given[name] = given.get(name) or None
    return UserSummary(
        **{"is_staff": False, "is_superuser": False, **given},
        email_confirmed=bool(confirmed) and confirmed == canonical,
        roles=tuple(roles),
    )


def summary_of(user: AbstractUser, roles: Iterable[str] = ()) -> UserSummary:
    """A summary of a user that is loaded, with its account. Costs no query where both are."""
    fields = user_fields()
    account = getattr(user, "jwt_account", None)
    phone = fields.read(user, IdentifierKind.PHONE)
    if not phone and account is not None:
        phone = account.phone_as_written
    confirmed = account is not None and bool(account.confirmed_email)
    return UserSummary(
        id=user.pk,
        username=fields.read(user, IdentifierKind.USERNAME),
        email=fields.read(user, IdentifierKind.EMAIL),
        phone=phone,
        **{name: str(getattr(user, name) or "") for name in fields.profile},
        is_active=user.is_active,
        is_staff=getattr(user, "is_staff", False),
        is_superuser=getattr(user, "is_superuser", False),
        email_confirmed=confirmed and account.confirmed_email == account.email,
        **{name: getattr(user, name, None) for name in _OPTIONAL},
        roles=tuple(roles),
    )


def _has(name: str) -> bool:
    return any(each.name == name for each in user_model()._meta.concrete_fields)
