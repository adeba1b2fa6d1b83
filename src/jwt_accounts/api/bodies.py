"""The bodies contract zero answers with."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from jwt_accounts.flows.tokens import Tokens
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.types import UserKey


class UserBody(TypedDict):
    """A user. ``id`` is a number or a text, as the host's key is."""

    id: UserKey
    username: str
    email: str
    phone: str
    first_name: str
    last_name: str
    name: str
    is_active: bool
    is_staff: bool
    is_superuser: bool
    email_confirmed: bool
    date_joined: str | None
    last_login: str | None


class UserWithRolesBody(UserBody):
    """A user with the names of its roles."""

    roles: list[str]


class TokensBody(TypedDict):
    """RFC 6749 section 5.1, plus the session's id."""

    access: str
    refresh: str
    token_type: str
    expires_in: int
    session: str


def user_body(user: UserSummary) -> UserBody:
    """A user without roles."""
    return UserBody(
        id=user.id,
        username=user.username,
        email=user.email,
        phone=user.phone,
        first_name=user.first_name,
        last_name=user.last_name,
        name=user.name,
        is_active=user.is_active,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        email_confirmed=user.email_confirmed,
        date_joined=moment(user.date_joined),
        last_login=moment(user.last_login),
    )


def user_with_roles_body(user: UserSummary) -> UserWithRolesBody:
    """A user with roles."""
    return UserWithRolesBody(**user_body(user), roles=list(user.roles))


def tokens_body(tokens: Tokens) -> TokensBody:
    """Both tokens. Contract zero always rotates, so there is a refresh token each time."""
    return TokensBody(
        access=tokens.access,
        refresh=tokens.refresh or "",
        token_type="Bearer",  # noqa: S106 - a type, not a token
        expires_in=tokens.access_expires_in,
        session=str(tokens.session.pk),
    )


def moment(value: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return None if value is None else f"{value:%Y-%m-%dT%H:%M:%SZ}"
