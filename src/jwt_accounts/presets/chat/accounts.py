"""``register/`` and ``user/``."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.flows.register import register as register_flow
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Email, Inputs, Password
from jwt_accounts.types import UserKey


class RegisterInputs(Inputs):
    """An address and a password."""

    email = Email()
    password = Password()


class UserBody(TypedDict):
    """A user as the chat shows one."""

    id: UserKey
    email: str
    is_email_confirmed: bool


@action("POST", who=Who.ANYONE, inputs=RegisterInputs, limit="registration", status=201)
def register(ask: Ask) -> Reply[UserBody]:
    """Register, and send a link that confirms the address."""
    mounted_at = ask.url_path.removesuffix("/").rpartition("/")[0]
    user = register_flow(
        ask.ctx,
        profile=Profile(email=ask.data["email"]),
        password=ask.data["password"],
        confirms=True,
        link=f"{mounted_at}/confirm-email/{{token}}/",
        code=False,
    )
    return Reply(_body(user))


@action("GET", who=Who.SIGNED_IN)
def me(ask: Ask) -> Reply[UserBody]:
    """The user who is signed in."""
    return Reply(_body(summary_of(ask.user)))


def _body(user: UserSummary) -> UserBody:
    return UserBody(id=user.id, email=user.email, is_email_confirmed=user.email_confirmed)
