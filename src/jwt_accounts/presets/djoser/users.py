"""``users/``, ``users/ID/`` and ``users/me/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from jwt_accounts.errors import Code, FieldError, Forbidden, InvalidInput
from jwt_accounts.flows.change_identifier import change_email, check_one
from jwt_accounts.flows.delete_account import delete_own_account, delete_user
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.list_users import get_user, list_users
from jwt_accounts.flows.manage_users import edit_user
from jwt_accounts.flows.register import register
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import Profile, UserValues
from jwt_accounts.http.actions import Action, Ask, Reply, Who, action
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.fields import (
    CurrentPasswordInputs,
    NewUserInputs,
    UserInputs,
    body,
    names,
    profile_of,
)
from jwt_accounts.types import HostBody, IdentifierKind

#: Which fields it has, the host's user model and settings decide.
Body = Annotated[dict[str, Any], HostBody(names)]

_CONTACTS = frozenset({IdentifierKind.PHONE})


@action("POST", who=Who.ANYONE, inputs=NewUserInputs, limit="registration", status=201)
def create(ask: Ask) -> Reply[Body]:
    """Register; with ``SEND_ACTIVATION_EMAIL`` the address must be confirmed before a log-in."""
    data = dict(ask.data)
    password = data.pop("password")
    settings = conf()
    user = register(
        ask.ctx,
        profile=profile_of(data),
        password=password,
        confirms=settings.activates,
        link=settings.activation_link,
        code=False,
    )
    return Reply(body(user, is_new=True))


@action("GET", who=Who.SIGNED_IN)
def listing(ask: Ask) -> Reply[list[Body]]:
    """Oneself; every user for who may see them."""
    try:
        _require_staff(ask)
        found = list_users(actor=ask.user, limit=None).users
    except Forbidden:
        found = (summary_of(ask.user),)
    return Reply([body(user) for user in found])


@action("GET", who=Who.SIGNED_IN)
def show(ask: Ask) -> Reply[Body]:
    """One user: oneself, or another for who may see them."""
    if _is_own(ask):
        return Reply(body(summary_of(ask.user)))
    _require_staff(ask)
    return Reply(body(get_user(actor=ask.user, user_id=ask.path["id"])))


@action(
    "DELETE",
    who=Who.SIGNED_IN,
    inputs=CurrentPasswordInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN, Code.LAST_SUPERUSER, Code.STILL_REFERENCED),
    status=204,
)
def delete(ask: Ask) -> Reply[None]:
    """Delete a user, with one's own password."""
    current = ask.data["current_password"]
    own = _is_own(ask)
    if own:
        delete_own_account(ask.ctx, user=ask.user, current=current, session=ask.session)
    else:
        _require_staff(ask)
        delete_user(
            ask.ctx,
            actor=ask.user,
            user_id=ask.path["id"],
            current=current,
            session=ask.session,
        )
    return Reply(None, forgets=own)


def _editing(method: str, *, partial: bool) -> Action[Body]:
    @action(method, who=Who.SIGNED_IN, inputs=UserInputs, partial=partial, limit="account_change")
    def edit(ask: Ask) -> Reply[Body]:
        """Change what was sent."""
        if _is_own(ask):
            return Reply(body(_edit_own(ask, ask.data)))
        _require_staff(ask)
        values = UserValues(**_changes(ask))
        edited = edit_user(
            ask.ctx, actor=ask.user, user_id=ask.path["id"], values=values, contacts=_CONTACTS
        )
        return Reply(body(edited))

    return edit


replace, change = _editing("PUT", partial=False), _editing("PATCH", partial=True)


def _changes(ask: Ask) -> dict[str, Any]:
    """What staff changes of another. A PUT repeats the rest, and vouches for nothing by it."""
    present = get_user(actor=ask.user, user_id=ask.path["id"])
    said = asdict(profile_of(ask.data))
    for kind in IdentifierKind:
        if said[kind] == getattr(present, kind):
            said[kind] = None
    return said


def _edit_own(ask: Ask, data: Mapping[str, Any]) -> UserSummary:
    """A new address takes effect when it is confirmed, so the answer has the present one."""
    profile: Profile = profile_of(data)
    present = summary_of(ask.user)
    if profile.email == "" and present.email:
        blank = FieldError("blank", "This field may not be blank.")
        raise InvalidInput(fields={"email": (blank,)})
    if profile.email and profile.email != present.email:
        check_one(ask.user, profile)  # a message goes out for a request that is taken as a whole
        link = conf().activation_link
        change_email(
            ask.ctx,
            user=ask.user,
            email=profile.email,
            session=ask.session,
            link=link,
            code=False,
        )
    edited = edit_profile(ask.ctx, user=ask.user, profile=profile, contacts=_CONTACTS)
    return summary_of(edited)


def _require_staff(ask: Ask) -> None:
    """Others are djoser's staff's business; the permission is asked for besides."""
    if not getattr(ask.user, "is_staff", False):
        raise Forbidden


def _is_own(ask: Ask) -> bool:
    return ask.path.get("id", str(ask.user.pk)) == str(ask.user.pk)
