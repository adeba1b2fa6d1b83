"""``login/`` and ``logout/``."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.flows.sign_in import require_session, sign_in
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Identifier, Inputs, Password, Token
from jwt_accounts.presets.back_office.contract import LIFETIMES


class LoginInputs(Inputs):
    """``username`` may be an e-mail as well."""

    username = Identifier()
    password = Password(numbers=True)


class LoginBody(TypedDict):
    """``role``: ``Super Admin`` or a group's name; null for a user without one."""

    refresh: str
    access: str
    role: str | None


class LogoutInputs(Inputs):
    """The bearer token says which session; ``refresh`` may be left out."""

    refresh = Token(required=False)


class MessageBody(TypedDict):
    """The documented words, spelled as documented."""

    message: str


@action("POST", who=Who.ANYONE, inputs=LoginInputs, limit="sign_in")
def login(ask: Ask) -> Reply[LoginBody]:
    """Log in."""
    result = sign_in(
        ask.ctx,
        identifier=ask.data["username"],
        password=ask.data["password"],
        lifetimes=LIFETIMES,
    )
    session = require_session(result)
    tokens = session.tokens
    body = LoginBody(refresh=tokens.refresh or "", access=tokens.access, role=session.role)
    return Reply(body, tokens=tokens)


@action("POST", who=Who.HOLDER, inputs=LogoutInputs)
def logout(ask: Ask) -> Reply[MessageBody]:
    """Log out."""
    sign_out(ask.ctx, access_token=ask.token, refresh_token=ask.data.get("refresh"))
    return Reply(MessageBody(message="Succesfully log out  refreshToken"), forgets=True)
