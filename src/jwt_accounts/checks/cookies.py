"""What ``manage.py check`` says where tokens travel in cookies."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from jwt_accounts.http.mounted import Url, urls
from jwt_accounts.http.transports import Cookies

_SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"


def check_cookies(**_kwargs: Any) -> list[CheckMessage]:
    """E013 no session for the CSRF token, E014 settings of cookies that no browser takes, E015 two
    endpoints that a refresh cookie may mean, W029 a CSRF token that no script reads."""
    every = urls()
    messages = [*_check_settings(every), *_check_names(every)]
    if not _with_cookies(every):
        return messages
    if django_settings.CSRF_USE_SESSIONS and _SESSIONS not in django_settings.MIDDLEWARE:
        text = "CSRF_USE_SESSIONS is on, and no middleware brings the session."
        messages.append(Error(text, hint=f"Add {_SESSIONS!r}.", id="jwt_accounts.E013"))
    if django_settings.CSRF_COOKIE_HTTPONLY and not django_settings.CSRF_USE_SESSIONS:
        text = "CSRF_COOKIE_HTTPONLY is on: front ends cannot send back the CSRF token."
        hint = "Turn it off: it protects nothing. Or have a page of yours hold the token."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W029"))
    return messages


def check_deployed_cookies(**_kwargs: Any) -> list[CheckMessage]:
    """W038 tokens in cookies that go over plain HTTP, or with what every site sends."""
    loose = sorted(
        {
            url.contract.name
            for url, cookies in _with_cookies(urls())
            if url.contract is not None and (not cookies.secure or cookies.samesite == "None")
        }
    )
    if not loose:
        return []
    text = f"Cookies with tokens are not Secure, or SameSite=None: {', '.join(loose)}."
    hint = "Use Cookies() as it is: over HTTPS, for front ends on the same site."
    return [CheckWarning(text, hint=hint, id="jwt_accounts.W038")]


def _with_cookies(every: list[Url]) -> list[tuple[Url, Cookies]]:
    return [(url, url.transport) for url in every if isinstance(url.transport, Cookies)]


def _check_settings(every: list[Url]) -> list[CheckMessage]:
    for contract in {url.contract.name: url.contract for url in every if url.contract}.values():
        try:
            contract.transport()
        except ValueError as error:
            text = f"The settings of {contract.name} ask for what no browser takes: {error}."
            hint = "No request would be answered."
            return [Error(text, hint=hint, id="jwt_accounts.E014")]
    return []


def _check_names(every: list[Url]) -> list[CheckMessage]:
    places: defaultdict[str, set[str]] = defaultdict(set)
    for url in every:
        if url.name:
            places[url.beside(url.name)].add(url.pattern)
    asked = {url.beside(url.contract.refresh_at) for url, _ in _with_cookies(every) if url.contract}
    twice = sorted(name for name in asked if len(places[name]) > 1)
    if not twice:
        return []
    text = f"A refresh cookie may go to the wrong URL: more than one is named {', '.join(twice)}."
    hint = 'Give each mount a namespace: include(("x.urls", "x"), namespace="browser").'
    return [Error(text, hint=hint, id="jwt_accounts.E015")]
