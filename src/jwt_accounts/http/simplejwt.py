"""simplejwt's three endpoints, which many an API has: each function makes one with the contract's
own status and lifetimes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sign_in import require_session, sign_in
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.flows.verify_token import verify_either_token
from jwt_accounts.http.actions import Action, Ask, Reply, Who, action
from jwt_accounts.http.inputs import Identifier, Inputs, Password, Token


class RefreshInputs(Inputs):
    """The refresh token of the sign-in."""

    refresh = Token()


class TokenInputs(Inputs):
    """An access token, or a refresh token."""

    token = Token()


class PairBody(TypedDict):
    """Both tokens."""

    refresh: str
    access: str


class AccessBody(TypedDict, total=False):
    """A new access token, and a new refresh token where the contract rotates."""

    access: str
    refresh: str


class NothingBody(TypedDict):
    """``{}``."""


def token_pair(
    inputs: type[Inputs],
    lifetimes: Callable[[], Lifetimes],
    *,
    status: int = 200,
    confirmed_only: Callable[[], bool] = bool,
) -> Action[PairBody]:
    """Sign in: ``inputs`` has a password and one other field, which says who. ``confirmed_only``:
    whether who was asked to confirm an address must have done so."""

    @action("POST", who=Who.ANYONE, inputs=inputs, limit="sign_in", status=status)
    def create(ask: Ask) -> Reply[PairBody]:
        """A pair of tokens."""
        data = dict(ask.data)
        password = data.pop("password")
        (identifier,) = data.values()
        result = sign_in(
            ask.ctx,
            identifier=identifier,
            password=password,
            lifetimes=lifetimes(),
            confirmed_only=confirmed_only(),
        )
        tokens = require_session(result).tokens
        body = PairBody(refresh=tokens.refresh or "", access=tokens.access)
        return Reply(body, tokens=tokens)

    return create


def token_refresh(lifetimes: Callable[[], Lifetimes], *, status: int = 200) -> Action[AccessBody]:
    """Use a refresh token."""

    @action(
        "POST",
        who=Who.ANYONE,
        inputs=RefreshInputs,
        limit="refresh",
        refresh="refresh",
        status=status,
    )
    def renew(ask: Ask) -> Reply[AccessBody]:
        """A new access token."""
        tokens = refresh(ask.ctx, refresh_token=ask.data["refresh"], lifetimes=lifetimes())
        body = AccessBody(access=tokens.access)
        if tokens.refresh is not None:
            body["refresh"] = tokens.refresh
        return Reply(body, tokens=tokens)

    return renew


@action("POST", who=Who.ANYONE, inputs=TokenInputs, limit="verify")
def token_verify(ask: Ask) -> Reply[NothingBody]:
    """Whether a token counts."""
    verify_either_token(ask.ctx, token=ask.data["token"])
    return Reply(NothingBody())


@action("POST", who=Who.ANYONE, inputs=TokenInputs, limit="verify")
def token_verify_empty(ask: Ask) -> Reply[None]:
    """The same without a body."""
    verify_either_token(ask.ctx, token=ask.data["token"])
    return Reply(None)


def sign_in_inputs(field: str) -> type[Inputs]:
    """Inputs of a password and one field of this name."""
    fields: dict[str, object] = {
        field: Identifier(),
        "password": Password(),
    }
    return type("SignInInputs", (Inputs,), {**fields, "__doc__": f"``{field}`` and a password."})
