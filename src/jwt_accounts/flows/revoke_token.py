"""Revoke a token that one holds (RFC 7009): its session ends."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.adopt_token import read_any_refresh
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import RequestContext, SessionEnd


@sensitive_variables()
def revoke_token(ctx: RequestContext, *, token: str) -> None:
    """End the session of a refresh or an access token. A token that is none, or is dead already,
    is no error (RFC 7009 section 2.2): what the client wants is so."""
    try:
        session_id = read_any_refresh(ctx, token).session_id
    except TokenInvalid:
        try:
            session_id = AccessToken(token).session_id
        except TokenInvalid:
            return
    UserSession.objects.filter(pk=session_id, ended_at__isnull=True).update(
        ended_at=ctx.now, end_reason=SessionEnd.SIGNED_OUT
    )
