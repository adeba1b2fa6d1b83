"""Sign out: the session ends at once, for its access tokens too."""

from __future__ import annotations

from jwt_accounts.errors import SessionEnded, TokenInvalid
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.tokens.refresh import read_refresh
from jwt_accounts.types import RequestContext, SessionEnd


def sign_out(
    ctx: RequestContext, *, access_token: AccessToken, refresh_token: object = None
) -> None:
    """End the access token's session, in one statement.

    ``refresh_token``, where a contract asks for it, must be the same user's; its session ends as
    well. Raises :class:`TokenInvalid` where it is not, and then nothing ends;
    :class:`SessionEnded` where there was nothing left to end.
    """
    ids = {access_token.session_id}
    if refresh_token is not None:
        claims = read_refresh(refresh_token)
        if claims.user_id != access_token.user_id:
            raise TokenInvalid
        ids.add(claims.session_id)
    ended = UserSession.objects.filter(pk__in=ids, ended_at__isnull=True).update(
        ended_at=ctx.now, end_reason=SessionEnd.SIGNED_OUT
    )
    if not ended:
        raise SessionEnded
