"""``login/``, ``logout/`` and ``token/refresh/``."""

from __future__ import annotations

from typing import TypedDict, assert_never

from jwt_accounts.errors import PasswordExpired
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sign_in import ChangeRequired, sign_in
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.http.inputs import Identifier, Inputs, Password, Token
from jwt_accounts.http.view import Ask, Reply, Who, action
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


class RefreshInputs(Inputs):
    """The refresh token of the log-in."""

    refresh = Token()


class AccessBody(TypedDict):
    """A new access token."""

    access: str


@action("POST", who=Who.ANYONE, inputs=LoginInputs, limit="sign_in")
def login(ask: Ask) -> Reply[LoginBody]:
    """Log in."""
    result = sign_in(
        ask.ctx,
        identifier=ask.data["username"],
        password=ask.data["password"],
        lifetimes=LIFETIMES,
    )
    match result:
        case SignedIn(tokens=tokens, role=role):
            body = LoginBody(refresh=tokens.refresh or "", access=tokens.access, role=role)
            return Reply(body)
        case ChangeRequired():
            raise PasswordExpired
        case _:
            assert_never(result)


@action("POST", who=Who.HOLDER, inputs=LogoutInputs)
def logout(ask: Ask) -> Reply[MessageBody]:
    """Log out."""
    sign_out(ask.ctx, access_token=ask.token, refresh_token=ask.data.get("refresh"))
    return Reply(MessageBody(message="Succesfully log out  refreshToken"))


@action("POST", who=Who.ANYONE, inputs=RefreshInputs, limit="refresh")
def token_refresh(ask: Ask) -> Reply[AccessBody]:
    """A new access token."""
    tokens = refresh(ask.ctx, refresh_token=ask.data["refresh"], lifetimes=LIFETIMES)
    return Reply(AccessBody(access=tokens.access))
