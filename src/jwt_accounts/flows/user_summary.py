"""What staff and the user see of a user: plain values, read without making model instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from jwt_accounts.models.userfields import (
    extra_names,
    public_id_column,
    user_fields,
    user_model,
)
from jwt_accounts.types import HostUser

_OPTIONAL = ("last_login", "date_joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSummary:
    """A user as a contract shows one. Empty text where the host's model has no such field.

    ``public_id`` stands for the key where a contract shows none (see ``public_ids.py``); None for
    a user whom no account knows yet. ``extra``: the host's ``REQUIRED_FIELDS`` that are none of
    these, by name.
    """

    id: Any
    public_id: UUID | None = None
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
    extra: Mapping[str, Any] = field(default_factory=dict)


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
    columns = user_model()._meta.concrete_fields
    flags = ("is_active", "is_staff", "is_superuser")
    return {
        "id": "pk",
        **{name: column for name, column in named.items() if column},
        **{name: name for name in flags if _has(name)},
        # A foreign key is its value: no query, and no instance in an answer.
        **{each.name: each.attname for each in columns if each.name in extra_names()},
        "confirmed_email": "jwt_account__confirmed_email",
        "canonical_email": "jwt_account__email",
        "public_id": public_id_column(),
    }


def build_summary(values: Mapping[str, Any], roles: Iterable[str] = ()) -> UserSummary:
    """A summary of values under the names of :func:`summary_columns`."""

    def text(name: str) -> str:
        return str(values.get(name) or "")

    confirmed = values.get("confirmed_email")
    return UserSummary(
        id=values["id"],
        public_id=values.get("public_id"),
        username=text("username"),
        email=text("email"),
        phone=text("phone"),
        first_name=text("first_name"),
        last_name=text("last_name"),
        name=text("name"),
        is_active=bool(values["is_active"]),
        is_staff=bool(values.get("is_staff")),
        is_superuser=bool(values.get("is_superuser")),
        email_confirmed=bool(confirmed) and confirmed == values.get("canonical_email"),
        date_joined=values.get("date_joined"),
        last_login=values.get("last_login"),
        roles=tuple(roles),
        extra={name: values.get(name) for name in extra_names()},
    )


def summary_of(user: HostUser, roles: Iterable[str] = ()) -> UserSummary:
    """A summary of a user that is loaded, with its account. Costs no query where both are."""
    return build_summary(
        {name: _value(user, column) for name, column in summary_columns().items()}, roles
    )


def _value(user: HostUser, column: str) -> Any:
    """What ``values(column)`` would give, off the instances."""
    relation, _, name = column.rpartition("__")
    owner = getattr(user, relation, None) if relation else user
    return None if owner is None else getattr(owner, name)


def _has(name: str) -> bool:
    return any(each.name == name for each in user_model()._meta.concrete_fields)
