"""How a request shows whose it is, as security schemes."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from drf_spectacular.plumbing import (
    ComponentRegistry,
    ResolvedComponent,
    build_bearer_security_scheme_object,
)

from jwt_accounts.http.actions import Action, Who
from jwt_accounts.http.transports import Cookies, Transport
from jwt_accounts.schema.components import Schema, component
from jwt_accounts.schema.names import camel
from jwt_accounts.tokens.config import token_settings

Requirements = list[dict[str, list[Any]]]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PUBLIC = frozenset({Who.ANYONE, Who.VISITOR})


class Security:
    """The schemes of one transport. Those that are needed become components."""

    def __init__(self, registry: ComponentRegistry, transport: Transport) -> None:
        self._registry = registry
        self._cookies = transport if isinstance(transport, Cookies) else None

    @property
    def has_cookies(self) -> bool:
        """Whether tokens travel in cookies."""
        return self._cookies is not None

    def of_host_view(self, method: str) -> Requirements:
        """A token in the header; or in a cookie, and what is not safe with the CSRF token."""
        if self._cookies is None or self._cookies.access_name is None:
            return [self._bearer()]
        safe = method.upper() in _SAFE
        cookie = self._cookie(self._cookies.access_name, "The access token.")
        return [self._bearer(), cookie if safe else {**cookie, **self._csrf()}]

    def of_action(self, found: Action[Any]) -> Requirements:
        """What an action reads of it. An empty requirement: nothing is needed."""
        if found.who is Who.VISITOR:
            return [*self.of_host_view(found.method), self._of_anyone(found)]
        if found.who is not Who.ANYONE:
            return self.of_host_view(found.method)
        public = self._of_anyone(found)
        if self._cookies is None or found.refresh is None:
            return [public]
        refresh = self._cookie(self._cookies.refresh_name, "The refresh token.")
        return [{**refresh, **self._csrf()}, public]

    def _of_anyone(self, found: Action[Any]) -> dict[str, list[Any]]:
        if self._cookies is None or found.method in _SAFE:
            return {}
        return self._csrf() if self._cookies.csrf_everywhere else {}

    def _bearer(self) -> dict[str, list[Any]]:
        prefix = token_settings().header_types[0]
        scheme = build_bearer_security_scheme_object("Authorization", prefix, "JWT")
        return self._scheme("accountBearer", scheme)

    def _cookie(self, name: str, description: str) -> dict[str, list[Any]]:
        scheme = {"type": "apiKey", "in": "cookie", "name": name, "description": description}
        return self._scheme(f"account{camel(name.replace('_', ' '))}Cookie", scheme)

    def _csrf(self) -> dict[str, list[Any]]:
        header = django_settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
        text = f"Django's CSRF token, as the cookie `{django_settings.CSRF_COOKIE_NAME}` has it."
        scheme = {"type": "apiKey", "in": "header", "name": header, "description": text}
        return self._scheme("accountCsrfToken", scheme)

    def _scheme(self, name: str, scheme: Schema) -> dict[str, list[Any]]:
        kind = ResolvedComponent.SECURITY_SCHEMA
        component(self._registry, (name,), name, lambda: scheme, kind)
        return {name: []}
