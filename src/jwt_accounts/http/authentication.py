"""Bearer tokens (RFC 6750), for this library's views and for the host's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from jwt_accounts.clients import context_from
from jwt_accounts.conf import settings
from jwt_accounts.errors import AccountError, CsrfFailed
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.http.transports import Cookies, Header, Transport
from jwt_accounts.tokens.access import stateless_user

if TYPE_CHECKING:
    from jwt_accounts.tokens.access import AccessToken


class AccountAuthentication(BaseAuthentication):
    """The user of a bearer token. Put it into ``DEFAULT_AUTHENTICATION_CLASSES``.

    ``request.auth`` is the access token (a simplejwt ``AccessToken``) and ``request.auth.session``
    its session. One query; none with ``ACCESS_CHECK = "stateless"``, where the user is simplejwt's
    ``TokenUser`` and a sign-out shows only when the token expires.
    """

    always_checks_session: ClassVar[bool] = False
    transport: ClassVar[Transport] = Header()

    def authenticate(self, request: Request) -> tuple[Any, AccessToken] | None:
        """User and token, or None where no token was sent.

        Raises ``AuthenticationFailed`` (a 401) for a token that does not count, and
        ``PermissionDenied`` for one in a cookie that no CSRF token comes with.
        """
        raw = self.transport.access_token(request)
        if raw is None:
            return None
        try:
            self.transport.admit(request, public=False)
            if not self.always_checks_session and settings.ACCESS_CHECK == "stateless":
                token = read_token(raw)
                return stateless_user(token), token
            found = authenticate(context_from(request.META), access_token=raw)
        except CsrfFailed as error:
            raise PermissionDenied(error.text, code=error.code) from error
        except AccountError as error:
            raise AuthenticationFailed(error.text, code=error.code) from error
        found.token.session = found.session
        return found.user, found.token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750 section 3)."""
        return 'Bearer realm="api"'


class CookieAuthentication(AccountAuthentication):
    """The same for front ends whose tokens travel in cookies (see ``http/transports.py``), with
    Django's CSRF token for what is not safe. Subclass it where the cookies have names of your own:
    ``transport = Cookies(access="my_access")``.
    """

    transport: ClassVar[Transport] = Cookies()
