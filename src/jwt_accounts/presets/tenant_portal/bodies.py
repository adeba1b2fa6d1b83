"""How the portal shows users."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.tenants.flows.active_tenant import Active, active_tenant
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.http.actions import Ask
from jwt_accounts.types import HostUser


class UserBody(TypedDict):
    """A user. ``pk`` is a UUID, whatever the host's keys are."""

    pk: str
    username: str
    email: str
    first_name: str
    last_name: str


class SignedInBody(TypedDict):
    """The token, and whose it is."""

    token: str
    user: UserBody


def user_body(user: UserSummary) -> UserBody:
    """A user as others of the tenant see one."""
    return UserBody(
        pk=str(user.public_id),
        username=user.username,
        email=user.email,
        first_name=user.first_name,
        last_name=user.last_name,
    )


def own_body(user: HostUser) -> UserBody:
    """The user who is signed in."""
    public_id_of(user)  # a user made elsewhere has none before
    return user_body(summary_of(user))


def here(ask: Ask) -> Active:
    """The tenant that the request is made in. Raises ``Forbidden``."""
    return active_tenant(user=ask.user, session=ask.session, token=ask.token)
