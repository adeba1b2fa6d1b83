"""``users/``, ``users/ID/`` and what staff does to an account."""

from __future__ import annotations

from typing import TypedDict

from rest_framework import serializers

from jwt_accounts.api.bodies import (
    UserWithRolesBody,
    user_with_roles_body,
)
from jwt_accounts.conf import settings
from jwt_accounts.errors import Code
from jwt_accounts.flows import delete_account as deleting
from jwt_accounts.flows import list_users as reading
from jwt_accounts.flows import lock_account as locking
from jwt_accounts.flows import manage_users as writing
from jwt_accounts.flows.assign_role import assign_role as role_flow
from jwt_accounts.flows.invite import invite_user
from jwt_accounts.flows.write_user import UserValues
from jwt_accounts.http import paging
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Flag, Inputs, Password, Phone, Text
from jwt_accounts.rights import (
    ADD_USER,
    ASSIGN_ROLE,
    CHANGE_USER,
    DELETE_USER,
    END_SESSIONS,
    LOCK_ACCOUNT,
    UNLOCK_ACCOUNT,
    VIEW_USER,
)

_SEARCH = paging.QueryText(
    name="search", description="A part of a name, of an address or of a number."
)
_AFTER = paging.QueryText(name="after", description="The `next` of the page before.")
_PAGE_SIZE = paging.QueryNumber(
    name="page_size", description="How many on a page.", default=50, maximum=200
)


class UserInputs(Inputs):
    """A user, whole or in part. What the host's user model lacks is not kept."""

    username = Text(required=False, max_length=320)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = Phone(required=False)
    first_name = Text(required=False, allow_blank=True, max_length=150)
    last_name = Text(required=False, allow_blank=True, max_length=150)
    name = Text(required=False, allow_blank=True, max_length=255)
    password = Password(required=False)
    is_active = Flag(required=False)
    is_staff = Flag(required=False)
    is_superuser = Flag(required=False)
    must_change_password = Flag(required=False)


class RoleInputs(Inputs):
    """``role``: the name of a role, or null for none."""

    role = Text(max_length=150, allow_null=True)


class UsersBody(TypedDict):
    """A page of users; ``next`` is the ``after`` of the following one, None at the end."""

    users: list[UserWithRolesBody]
    next: str | None


@action("GET", who=Who.SIGNED_IN, right=VIEW_USER, query=(_SEARCH, _AFTER, _PAGE_SIZE))
def list_users(ask: Ask) -> Reply[UsersBody]:
    """A page of users, in the order of their keys."""
    page = reading.list_users(
        actor=ask.user,
        search=_SEARCH.read(ask.query),
        after=_AFTER.read(ask.query),
        limit=_PAGE_SIZE.read(ask.query),
        with_roles=True,
    )
    following = str(page.users[-1].id) if page.has_more else None
    return Reply(UsersBody(users=[user_with_roles_body(u) for u in page.users], next=following))


@action("POST", who=Who.SIGNED_IN, inputs=UserInputs, right=ADD_USER, status=201)
def create_user(ask: Ask) -> Reply[UserWithRolesBody]:
    """Make a user."""
    user = writing.create_user(ask.ctx, actor=ask.user, values=UserValues(**ask.data))
    return Reply(user_with_roles_body(user))


@action("GET", who=Who.SIGNED_IN, right=VIEW_USER)
def get_user(ask: Ask) -> Reply[UserWithRolesBody]:
    """One user."""
    user = reading.get_user(actor=ask.user, user_id=ask.path["user_id"])
    return Reply(user_with_roles_body(user))


@action(
    "PATCH",
    who=Who.SIGNED_IN,
    inputs=UserInputs,
    right=CHANGE_USER,
    raises=(Code.REAUTHENTICATION_REQUIRED,),
)
def edit_user(ask: Ask) -> Reply[UserWithRolesBody]:
    """Change what is sent of a user."""
    user = writing.edit_user(
        ask.ctx,
        actor=ask.user,
        user_id=ask.path["user_id"],
        values=UserValues(**ask.data),
        session=ask.session,
    )
    return Reply(user_with_roles_body(user))


@action("DELETE", who=Who.SIGNED_IN, right=DELETE_USER, status=204)
def delete_user(ask: Ask) -> Reply[None]:
    """Delete a user."""
    deleting.delete_user(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(None)


@action(
    "POST",
    who=Who.SIGNED_IN,
    right=ADD_USER,
    raises=(Code.INVALID, Code.REGISTRATION_CLOSED),
    status=202,
)
def invite(ask: Ask) -> Reply[None]:
    """Send a user without a password a link to choose one."""
    invite_user(
        ask.ctx,
        actor=ask.user,
        user_id=ask.path["user_id"],
        link=settings.LINKS["invitation"],
    )
    return Reply(None)


@action("PUT", who=Who.SIGNED_IN, inputs=RoleInputs, right=ASSIGN_ROLE, status=204)
def assign_role(ask: Ask) -> Reply[None]:
    """Give the user one role, in the place of those it has; null takes them all."""
    role_flow(ask.ctx, actor=ask.user, user_id=ask.path["user_id"], role=ask.data["role"])
    return Reply(None)


@action("DELETE", who=Who.SIGNED_IN, right=END_SESSIONS, status=204)
def end_sessions(ask: Ask) -> Reply[None]:
    """End every session of the account."""
    locking.end_sessions(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(None)


@action("POST", who=Who.SIGNED_IN, right=UNLOCK_ACCOUNT, status=204)
def unlock(ask: Ask) -> Reply[None]:
    """End the lock that wrong passwords began."""
    locking.unlock_account(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(None)


@action("PUT", who=Who.SIGNED_IN, right=LOCK_ACCOUNT, status=204)
def lock(ask: Ask) -> Reply[None]:
    """Lock the account until staff lifts it; its sessions end."""
    locking.lock_account(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(None)


@action("DELETE", who=Who.SIGNED_IN, right=LOCK_ACCOUNT, status=204)
def lift_lock(ask: Ask) -> Reply[None]:
    """Lift a lock by staff."""
    locking.lift_staff_lock(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(None)
