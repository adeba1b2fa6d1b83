"""Whether who asks is there still, and is the owner: before something that matters (ASVS 7.5.1,
7.5.3, RFC 9470). A token that somebody else got hold of does not show it."""

from __future__ import annotations

from jwt_accounts.conf import settings
from jwt_accounts.errors import ReauthenticationRequired
from jwt_accounts.models import UserSession
from jwt_accounts.policies.mfa import has_second_factor
from jwt_accounts.policies.sessions import is_recent
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import RequestContext


def require_presence(ctx: RequestContext, session: UserSession) -> None:
    """Refuse a session whose sign-in, or re-authentication, is longer ago than ``RECENT_SIGN_IN``,
    or had one factor where its user has a second one.

    Raises :class:`ReauthenticationRequired`.
    """
    if not is_recent(session.auth_time, ctx.now, settings.RECENT_SIGN_IN):
        raise ReauthenticationRequired
    require_both_factors(session)


def require_presence_of_second(ctx: RequestContext, session: UserSession | None) -> None:
    """The same for who types the password in the same request: whose second factor is asked for
    no longer ago than that. None: the host's own code asks, and vouches."""
    if session is not None and user_has_factor(session.user):
        require_presence(ctx, session)


def require_both_factors(session: UserSession) -> None:
    """Raises :class:`ReauthenticationRequired` where the user has a second factor and the session
    was opened without."""
    if not has_second_factor(session.methods) and user_has_factor(session.user):
        raise ReauthenticationRequired
