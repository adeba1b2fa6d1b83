"""Sign out: the session ends at once, for its access tokens too."""

from __future__ import annotations

from jwt_accounts.errors import NotAuthenticated, SessionEnded, TokenInvalid
from jwt_accounts.flows.adopt_token import read_any_refresh
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import RequestContext, SessionEnd


def sign_out(
    ctx: RequestContext, *, access_token: AccessToken | None, refresh_token: object = None
) -> None:
    """End the session of the access token, or of the refresh token, in one statement.

    Where both are sent they must be the same user's, and the sessions of both end. Raises
    :class:`TokenInvalid` where they are not, and then nothing ends; :class:`SessionEnded` where
    there was nothing left to end; :class:`NotAuthenticated` where neither was sent.
    """
    ids = set() if access_token is None else {access_token.session_id}
    if refresh_token is not None:
        claims = read_any_refresh(ctx, refresh_token)
        if access_token is not None and claims.user_id != access_token.user_id:
            raise TokenInvalid
        ids.add(claims.session_id)
    if not ids:
        raise NotAuthenticated
    ended = UserSession.objects.filter(pk__in=ids, ended_at__isnull=True).update(
        ended_at=ctx.now, end_reason=SessionEnd.SIGNED_OUT
    )
    if not ended:
        raise SessionEnded
