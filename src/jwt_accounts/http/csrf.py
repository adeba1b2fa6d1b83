"""Tokens in cookies: Django's defence against requests that another site makes a browser send."""

from __future__ import annotations

from copy import copy

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import REASON_BAD_ORIGIN, get_token
from rest_framework.authentication import CSRFCheck

from jwt_accounts.errors import CsrfFailed


class _Check(CSRFCheck):
    def has_foreign_origin(self, request: HttpRequest) -> bool:
        # Browsers send it with every unsafe request; nothing else does.
        return "HTTP_ORIGIN" in request.META and not self._origin_verified(request)  # type: ignore[attr-defined] # the stubs lack it


def check_csrf(request: HttpRequest) -> None:
    """The whole of Django's check: origin, referer over HTTPS, and the token, in its header alone.

    Raises :class:`CsrfFailed`.
    """
    # Of a POST Django would read the body, which is the contract's parsers' business.
    probe = copy(request)
    probe.method = "PUT"
    reason = _checker(request).process_view(probe, _unused, (), {})
    if reason is not None:
        raise CsrfFailed(str(reason))


def check_origin(request: HttpRequest) -> None:
    """The origin alone. Raises :class:`CsrfFailed`."""
    if getattr(request, "_dont_enforce_csrf_checks", False):
        return  # as Django's own check, for test suites
    if _checker(request).has_foreign_origin(request):
        raise CsrfFailed(REASON_BAD_ORIGIN % "it")


def give_csrf_token(request: HttpRequest) -> None:
    """Have the answer set the cookie, where the browser has none."""
    _checker(request)
    get_token(request)


def send_csrf_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookie where one is due, whether or not the host has Django's middleware."""
    _checker(request).process_response(request, response)


def _checker(request: HttpRequest) -> _Check:
    """One that has read the cookie, as the middleware would have."""
    check = _Check(_unused)
    if "CSRF_COOKIE" not in request.META:
        check.process_request(request)
    return check


def _unused(_request: HttpRequest) -> HttpResponseBase:
    raise NotImplementedError
