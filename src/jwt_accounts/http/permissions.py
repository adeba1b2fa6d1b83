"""Permissions for the host's own views: who must have shown a moment ago, or with two factors, who
they are.

They read the session that ``AccountAuthentication`` loads; with ``ACCESS_CHECK = "stateless"`` the
token's ``auth_time`` and ``amr``, which are as old as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.permissions import BasePermission, OperationHolderMixin

from jwt_accounts.conf import settings
from jwt_accounts.errors import MESSAGES, Code
from jwt_accounts.policies.mfa import has_second_factor
from jwt_accounts.policies.sessions import is_recent
from jwt_accounts.tokens.access import AccessToken

if TYPE_CHECKING:
    from rest_framework.request import Request


class RecentSignIn(OperationHolderMixin, BasePermission):
    """Who signed in, or showed again who it is, at most some minutes ago (RFC 9470, ``max_age``).

    ``permission_classes = [RecentSignIn(minutes=5)]``; the class itself: as ``RECENT_SIGN_IN``
    says. Everybody else gets a 403 with the code ``reauthentication_required``.
    """

    message = MESSAGES[Code.REAUTHENTICATION_REQUIRED]
    code = str(Code.REAUTHENTICATION_REQUIRED)

    def __init__(self, minutes: float | None = None) -> None:
        self.within = None if minutes is None else timedelta(minutes=minutes)

    def __call__(self) -> RecentSignIn:
        """REST framework calls what a view lists: this is ready."""
        return self

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the sign-in is recent enough. Without one of our tokens: no."""
        token = request.auth
        if not isinstance(token, AccessToken):
            return False
        within = settings.RECENT_SIGN_IN if self.within is None else self.within
        signed_in = _auth_time(token)
        return signed_in is not None and is_recent(signed_in, timezone.now(), within)


class SecondFactor(BasePermission):
    """Who signed in with two factors (``acr`` "2"). Everybody else gets a 403 with the code
    ``mfa_required``."""

    message = "Sign in with a second factor to do this."
    code = str(Code.MFA_REQUIRED)

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the session was opened with two factors."""
        token = request.auth
        return isinstance(token, AccessToken) and has_second_factor(_methods(token))


def _auth_time(token: AccessToken) -> datetime | None:
    if token.session is not None:
        return token.session.auth_time
    moment = token.payload.get("auth_time")
    try:
        return datetime.fromtimestamp(moment, UTC) if type(moment) is int else None
    except (OverflowError, ValueError, OSError):  # no moment that there is
        return None


def _methods(token: AccessToken) -> list[str]:
    if token.session is not None:
        return token.session.methods
    methods = token.payload.get("amr")
    return methods if isinstance(methods, list) else []
