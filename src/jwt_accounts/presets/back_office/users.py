"""``user/create/``, ``users`` and ``users/ID/edit/``."""

from __future__ import annotations

from typing import TypedDict

from rest_framework import serializers

from jwt_accounts.errors import Code
from jwt_accounts.flows import list_users, manage_users
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import UserValues
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Flag, Inputs, Password, Text
from jwt_accounts.http.paging import QueryNumber, QueryText, links
from jwt_accounts.presets.back_office.contract import CONTACTS, NothingBody
from jwt_accounts.rights import ADD_USER, CHANGE_USER, VIEW_USER
from jwt_accounts.types import UserKey

_SEARCH = QueryText(name="search", description="A part of a name, of an address or of a number.")
_PAGE = QueryNumber(name="page", description="Which page, from 1.", default=1, maximum=10**6)
_PAGE_SIZE = QueryNumber(
    name="page_size", description="How many on a page.", default=50, maximum=1000
)


class UserInputs(Inputs):
    """The documented fields. Flags may be ``"1"``, ``1`` or ``true``; a password may be digits."""

    username = Text(max_length=320)
    password = Password(numbers=True)
    first_name = Text(required=False, allow_blank=True, max_length=150)
    last_name = Text(required=False, allow_blank=True, max_length=150)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = Text(required=False, allow_blank=True, max_length=64)
    is_staff = Flag(required=False)
    is_superuser = Flag(required=False)


class UserBody(TypedDict):
    """A user as the back office shows one."""

    id: UserKey
    username: str
    first_name: str
    last_name: str
    email: str
    phone: str
    is_staff: bool
    is_superuser: bool


@action("POST", who=Who.SIGNED_IN, inputs=UserInputs, right=ADD_USER, status=201)
def create(ask: Ask) -> Reply[UserBody]:
    """Create a user."""
    user = manage_users.create_user(
        ask.ctx,
        actor=ask.user,
        values=UserValues(**ask.data),
        contacts=CONTACTS,
    )
    return Reply(_body(user))


@action("GET", who=Who.SIGNED_IN, right=VIEW_USER, query=(_SEARCH, _PAGE, _PAGE_SIZE))
def listing(ask: Ask) -> Reply[list[UserBody]]:
    """The documented array: all users, or a page of them where ``page`` or ``page_size`` is sent.

    A ``Link`` header (RFC 8288) names the page before and the page after.
    """
    paged = not ask.query.keys().isdisjoint({_PAGE.name, _PAGE_SIZE.name})
    page, size = _PAGE.read(ask.query), _PAGE_SIZE.read(ask.query)
    found = list_users.list_users(
        actor=ask.user,
        search=_SEARCH.read(ask.query),
        offset=(page - 1) * size if paged else 0,
        limit=size if paged else None,
    )
    headers = links(ask.url_path, ask.query, page, has_more=found.has_more) if paged else {}
    return Reply([_body(user) for user in found.users], headers=headers)


@action(
    "PUT",
    who=Who.SIGNED_IN,
    inputs=UserInputs,
    partial=True,
    right=CHANGE_USER,
    raises=(Code.REAUTHENTICATION_REQUIRED,),
)
def edit(ask: Ask) -> Reply[NothingBody]:
    """Change what was sent of a user."""
    manage_users.edit_user(
        ask.ctx,
        actor=ask.user,
        user_id=ask.path["user_id"],
        values=UserValues(**ask.data),
        contacts=CONTACTS,
        session=ask.session,
    )
    return Reply(NothingBody())


def _body(user: UserSummary) -> UserBody:
    return UserBody(
        id=user.id,
        username=user.username,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        phone=user.phone,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
    )
