"""Who an access token belongs to, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass

from jwt_accounts.errors import SessionEnded, TokenInvalid
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.tokens.lookup import is_alive, load
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The token's user and session, loaded together. ``session.auth_time`` is that of the token,
    where it was signed before the last re-authentication."""

    user: HostUser
    session: UserSession
    token: AccessToken


def read_token(access_token: str) -> AccessToken:
    """The token, checked by its signature and its claims alone. Costs no query.

    Raises :class:`TokenInvalid`.
    """
    return AccessToken(access_token)


def authenticate(ctx: RequestContext, *, access_token: str) -> Authenticated:
    """The token's user, in one query that sees a sign-out, a password change, a lock by staff, a
    deactivation or a changed role at once.

    Raises :class:`TokenInvalid` or :class:`SessionEnded`.
    """
    token = AccessToken(access_token)
    session = load(token.session_id)
    if session is None or str(session.user_id) != token.user_id:
        raise TokenInvalid
    if not is_alive(session, ctx.now):
        raise SessionEnded
    if token.auth_time is not None and token.auth_time < session.auth_time:
        # The owner has shown again since who it is; who has this older token may be another.
        session.auth_time = token.auth_time
    return Authenticated(user=session.user, session=session, token=token)
