"""Whether an access token counts at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from jwt_accounts.conf import settings
from jwt_accounts.errors import SessionEnded, TokenInvalid
from jwt_accounts.flows.adopt_token import read_any_refresh
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.tokens.lookup import is_alive, load
from jwt_accounts.types import RequestContext


@dataclass(frozen=True, slots=True)
class Verified:
    """The token counts, for ``expires_in`` more seconds."""

    session_id: UUID
    expires_in: int


def verify_token(ctx: RequestContext, *, access_token: str) -> Verified:
    """Check an access token as an authenticated request would: with its session, or by the
    signature alone where ``ACCESS_CHECK`` says so.

    Raises ``TokenInvalid`` or ``SessionEnded``.
    """
    token: AccessToken
    if settings.ACCESS_CHECK == "stateless":
        token = read_token(access_token)
    else:
        token = authenticate(ctx, access_token=access_token).token
    return _verified(ctx, token)


def verify_either_token(ctx: RequestContext, *, token: str) -> None:
    """The same for contracts that ask about refresh tokens as well: one counts as long as a refresh
    would take it. Raises the same errors."""
    try:
        claims = read_any_refresh(ctx, token)
    except TokenInvalid:
        verify_token(ctx, access_token=token)
        return
    session = load(claims.session_id)
    if session is None or str(session.user_id) != claims.user_id:
        raise TokenInvalid
    if claims.generation != session.generation or not is_alive(session, ctx.now):
        raise SessionEnded


def _verified(ctx: RequestContext, token: AccessToken) -> Verified:
    left = int(token.payload["exp"] - ctx.now.timestamp())
    return Verified(session_id=token.session_id, expires_in=max(0, left))
