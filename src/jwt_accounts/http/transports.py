"""How tokens travel, apart from what they are: in the body and the ``Authorization`` header, or in
cookies that no script reads.

A contract names its transport; a mount may name another one::

    path("accounts/", include("jwt_accounts.urls"), {"transport": Cookies()})
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from django.http import parse_cookie
from django.middleware.csrf import rotate_token
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response

from jwt_accounts.http.csrf import (
    check_csrf,
    check_origin,
    give_csrf_token,
    send_csrf_cookie,
)
from jwt_accounts.tokens.config import token_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

    from jwt_accounts.flows.tokens import Tokens

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Transport(Protocol):
    """How the tokens of a contract come and go. ``brings_refresh``: no client sends the refresh
    token in a body, so that without one nobody is signed in."""

    brings_refresh: ClassVar[bool]

    def access_token(self, request: Request) -> str | None:
        """The access token of a request."""

    def refresh_token(self, request: Request) -> str | None:
        """The refresh token of a request, where it is not in the body."""

    def admit(self, request: Request, *, public: bool) -> None:
        """Refuse what another site made a browser send. Raises ``CsrfFailed``.

        ``public``: the action reads no access token.
        """

    def body(self, body: Any, tokens: Tokens) -> Any:
        """The body of an answer that gives tokens."""

    def give(
        self, request: Request, response: Response, tokens: Tokens, refresh_at: str, *, is_new: bool
    ) -> None:
        """Send tokens besides the body. ``refresh_at``: the URL name of the endpoint that takes
        the refresh token; ``is_new``: they are those of a sign-in."""

    def forget(self, request: Request, response: Response, refresh_at: str) -> None:
        """Take back what was given."""

    def finish(self, request: Request, response: Response) -> None:
        """The last word on every answer, refusals too."""


class Header:
    """``Authorization: Bearer`` (RFC 6750), and both tokens in the body."""

    brings_refresh: ClassVar[bool] = False

    def access_token(self, request: Request) -> str | None:
        """The header's."""
        return bearer_token(request)

    def refresh_token(self, request: Request) -> str | None:
        """It is in the body."""
        return None

    def admit(self, request: Request, *, public: bool) -> None:
        """No browser sends a header of itself."""

    def body(self, body: Any, tokens: Tokens) -> Any:
        """As it is."""
        return body

    def give(
        self, request: Request, response: Response, tokens: Tokens, refresh_at: str, *, is_new: bool
    ) -> None:
        """They are in the body."""

    def forget(self, request: Request, response: Response, refresh_at: str) -> None:
        """The client has them."""

    def finish(self, request: Request, response: Response) -> None:
        """Nothing to add."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """For browsers: both tokens in cookies that no script reads (``HttpOnly``), and never in the
    body, where their places are empty. The refresh cookie is sent to its endpoint alone. ``access``
    None: the access token stays in the body and the header, for front ends that keep it in memory.

    ``secure``: over HTTPS only (browsers make an exception of ``localhost``); the names then begin
    with ``__Host-`` or, where the cookie is bound to a path or a ``domain``, ``__Secure-`` (RFC
    6265bis), unless ``prefixed`` is False. ``samesite``: ``None`` is for a front end on another
    site, and lets every site send them.

    What is not safe (RFC 9110 section 9.2.1) needs Django's CSRF token, sign-in too: any GET gives
    it as a cookie, and it is sent back in the header ``X-CSRFToken``. Django's settings of it hold
    (``CSRF_TRUSTED_ORIGINS``). With ``csrf_everywhere`` False only what reads a cookie needs it;
    the ``Origin`` is always checked. A request with a bearer header is no browser's doing and needs
    none.

    Raises ``ValueError`` for what no browser takes: another ``samesite``, ``"None"`` without
    ``secure``; and for one name for both.
    """

    brings_refresh: ClassVar[bool] = True

    access: str | None = "jwt_access"
    refresh: str = "jwt_refresh"
    secure: bool = True
    samesite: Literal["Strict", "Lax", "None"] = "Strict"
    domain: str | None = None
    prefixed: bool = True
    csrf_everywhere: bool = True

    def __post_init__(self) -> None:
        if self.samesite not in {"Strict", "Lax", "None"}:
            raise ValueError(f"samesite is 'Strict', 'Lax' or 'None', not {self.samesite!r}")
        if self.samesite == "None" and not self.secure:
            raise ValueError("samesite='None' needs secure=True")
        if self.access == self.refresh:
            raise ValueError("the two cookies need two names")

    @property
    def access_name(self) -> str | None:
        """The name of the access cookie; None where there is none."""
        if self.access is None:
            return None
        prefix = "__Secure-" if self.domain else "__Host-"
        return f"{prefix}{self.access}" if self.secure and self.prefixed else self.access

    @property
    def refresh_name(self) -> str:
        """The name of the refresh cookie."""
        return f"__Secure-{self.refresh}" if self.secure and self.prefixed else self.refresh

    def access_token(self, request: Request) -> str | None:
        """The header's; else the cookie's."""
        found = bearer_token(request)
        if found is None and self.access_name is not None:
            found = _cookie(request, self.access_name)
        return found

    def refresh_token(self, request: Request) -> str | None:
        """The cookie's."""
        return _cookie(request, self.refresh_name)

    def admit(self, request: Request, *, public: bool) -> None:
        """Raises ``CsrfFailed``."""
        if request.method in _SAFE:
            return
        refreshes = self.refresh_token(request) is not None
        if not public and not refreshes and bearer_token(request):
            return
        if self.csrf_everywhere or refreshes or (not public and self.access_token(request)):
            check_csrf(_plain(request))
        else:
            check_origin(_plain(request))

    def body(self, body: Any, tokens: Tokens) -> Any:
        """Without the tokens."""
        return _emptied(body, {tokens.refresh, tokens.access if self.access else None})

    def give(
        self, request: Request, response: Response, tokens: Tokens, refresh_at: str, *, is_new: bool
    ) -> None:
        """Set the cookies, and at a sign-in a new CSRF token with them."""
        if is_new:
            rotate_token(_plain(request))
        if self.access_name is not None:
            self._set(response, self.access_name, tokens.access, tokens.access_expires_in, "/")
        path = _path_of(request, refresh_at)
        if tokens.refresh is not None and path is not None:
            seconds = tokens.refresh_expires_in
            self._set(response, self.refresh_name, tokens.refresh, seconds, path)

    def forget(self, request: Request, response: Response, refresh_at: str) -> None:
        """Delete the cookies."""
        if self.access_name is not None:
            self._set(response, self.access_name, "", 0, "/")
        path = _path_of(request, refresh_at)
        if path is not None:
            self._set(response, self.refresh_name, "", 0, path)

    def finish(self, request: Request, response: Response) -> None:
        """Give a CSRF token to who reads. No cache takes one answer for another's."""
        if request.method in _SAFE:
            give_csrf_token(_plain(request))
        send_csrf_cookie(_plain(request), response)
        patch_vary_headers(response, ("Cookie",))

    def _set(self, response: Response, name: str, value: str, max_age: int, path: str) -> None:
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path=path,
            domain=self.domain,
            secure=self.secure,
            httponly=True,
            samesite=self.samesite,
        )


_HEADER = Header()


def header() -> Transport:
    """What a contract uses that says nothing of its own."""
    return _HEADER


def bearer_token(request: Request) -> str | None:
    """The token in the ``Authorization`` header; None where there is none of our kind."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = header.strip().partition(" ")
    known = {each.lower() for each in token_settings().header_types}
    return token.strip() if scheme.lower() in known and token.strip() else None


def _cookie(request: Request, name: str) -> str | None:
    """The first one of exactly this name, which is the one that is bound to the longest path (RFC
    6265 section 5.4): what was mounted here before may have left one for the whole site. None where
    it is empty.

    ``request.COOKIES`` is not asked: Django strips any white space of Unicode from a name, and with
    some before it a sibling host sets what browsers keep from it by the prefixes.
    """
    for pair in request.META.get("HTTP_COOKIE", "").split(";"):
        if pair.partition("=")[0].strip(" \t") == name:
            return parse_cookie(pair).get(name) or None
    return None


def _emptied(body: Any, given: set[str | None]) -> Any:
    if isinstance(body, Mapping):
        return {name: _emptied(value, given) for name, value in body.items()}
    if isinstance(body, list):
        return [_emptied(value, given) for value in body]
    return "" if isinstance(body, str) and body in given else body


def _path_of(request: Request, refresh_at: str) -> str | None:
    """Where the refresh token is taken, next to the endpoint that was asked: with the prefix of
    this mount, and what is captured in it. None where the contract has no such endpoint."""
    match = _plain(request).resolver_match
    if match is None:
        return None
    own = {*match.captured_kwargs, *match.extra_kwargs}  # type: ignore[attr-defined] # the stubs lack them
    captured = {name: value for name, value in match.kwargs.items() if name not in own}
    try:
        found = reverse(":".join([*match.namespaces, refresh_at]), kwargs=captured)
    except NoReverseMatch:
        return None
    # A browser sends it to what lies below as well: the form with the slash. In an attribute of a
    # cookie a semicolon would begin the next one.
    return found.rstrip("/").replace(";", "%3B")


def _plain(request: Request) -> HttpRequest:
    return request._request  # noqa: SLF001 - DRF keeps Django's request there
