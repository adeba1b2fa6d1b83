"""``POST token/refresh/``, ``token/verify/``, ``token/revoke/``."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.api.bodies import TokensBody, tokens_body
from jwt_accounts.flows.refresh import refresh as refresh_flow
from jwt_accounts.flows.revoke_token import revoke_token
from jwt_accounts.flows.verify_token import verify_token
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Inputs, Token


class RefreshInputs(Inputs):
    """``refresh``: the refresh token of the last answer."""

    refresh = Token()


class TokenInputs(Inputs):
    """``token``: the token that is meant."""

    token = Token()


class VerifiedBody(TypedDict):
    """A token that counts: its kind, its session and the seconds it has left."""

    token_type: str
    session: str
    expires_in: int


@action("POST", who=Who.ANYONE, inputs=RefreshInputs, limit="refresh", refresh="refresh")
def refresh(ask: Ask) -> Reply[TokensBody]:
    """New tokens for a refresh token, which is spent by it."""
    tokens = refresh_flow(ask.ctx, refresh_token=ask.data["refresh"])
    return Reply(tokens_body(tokens), tokens=tokens)


@action("POST", who=Who.ANYONE, inputs=TokenInputs, limit="verify")
def verify(ask: Ask) -> Reply[VerifiedBody]:
    """Whether an access token counts at this moment."""
    verified = verify_token(ask.ctx, access_token=ask.data["token"])
    return Reply(
        VerifiedBody(
            token_type="access",  # noqa: S106 - a kind, not a token
            session=str(verified.session_id),
            expires_in=verified.expires_in,
        )
    )


@action("POST", who=Who.ANYONE, inputs=TokenInputs, limit="revoke")
def revoke(ask: Ask) -> Reply[None]:
    """End the session of a token one holds (RFC 7009). 200, whatever the token was."""
    revoke_token(ask.ctx, token=ask.data["token"])
    return Reply(None)
