"""Users as comments and the stream name them: no key, no address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models.userfields import public_id_column, user_fields
from jwt_accounts.types import HostUser, IdentifierKind


@dataclass(frozen=True, slots=True)
class Person:
    """A user by the public id and the user name; that is empty where users have none."""

    public_id: UUID
    username: str


def person_of(user: HostUser) -> Person:
    """A user that is loaded. A user made elsewhere gets an account, and with it a public id."""
    return Person(public_id_of(user), user_fields().read(user, IdentifierKind.USERNAME))


def person_columns(relation: str) -> dict[str, F]:
    """What a query asks of a related user, for :func:`read_person`."""
    columns = {f"{relation}_public_id": F(f"{relation}__{public_id_column()}")}
    if username := user_fields().username:
        columns[f"{relation}_username"] = F(f"{relation}__{username}")
    return columns


def read_person(row: Mapping[str, Any], relation: str) -> Person | None:
    """The related user of a row; None where there is none."""
    public_id = row[f"{relation}_public_id"]
    if public_id is None:
        return None
    return Person(public_id, row.get(f"{relation}_username") or "")
