"""What ``manage.py check`` says of the URLs that are mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from jwt_accounts.conf import settings
from jwt_accounts.http.contract import Contract
from jwt_accounts.presets.djoser.conf import READ, given


def check_peers(**_kwargs: Any) -> list[CheckMessage]:
    """W021 simplejwt's plain authentication, W022 simplejwt's own views: they ignore a sign-out."""
    messages: list[CheckMessage] = []
    framework = getattr(django_settings, "REST_FRAMEWORK", {})
    classes = framework.get("DEFAULT_AUTHENTICATION_CLASSES", ())
    plain = "rest_framework_simplejwt.authentication.JWT"
    if any(isinstance(each, str) and each.startswith(plain) for each in classes):
        text = "simplejwt's JWTAuthentication accepts tokens of sessions that have ended."
        hint = "Use jwt_accounts.http.authentication.AccountAuthentication."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W021"))
    if any(_is_simplejwt(view) for view in _views(get_resolver().url_patterns)):
        text = "simplejwt's own views are mounted: their tokens belong to no session."
        hint = "Include jwt_accounts.urls, or a preset, in their place."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W022"))
    return messages


def check_mounted(**_kwargs: Any) -> list[CheckMessage]:
    """W026 messages have no link to hold, W027 settings of djoser that have no effect."""
    mounted = {each.name: each for each in _contracts(get_resolver().url_patterns)}
    messages: list[CheckMessage] = []
    lost = sorted(name for name, contract in mounted.items() if contract.needs_front_end)
    lost = [name for name in lost if not _has_front_end(name)]
    if lost:
        text = f"FRONTEND_URL is not set: messages of {', '.join(lost)} hold no link."
        hint = "Set JWT_ACCOUNTS['FRONTEND_URL'], such as 'https://app.example.com'."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W026"))
    ignored = sorted(set(given()) - READ)
    if "djoser" in mounted and ignored:
        text = f"DJOSER has keys that have no effect: {', '.join(map(str, ignored))}."
        hint = "The page of the djoser preset says what takes the place of each."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W027"))
    return messages


def _has_front_end(name: str) -> bool:
    try:
        domain = given().get("EMAIL_FRONTEND_DOMAIN") if name == "djoser" else None
        return bool(settings.FRONTEND_URL or domain)
    except ImproperlyConfigured:
        return True  # another check says what is wrong


def _contracts(patterns: Iterable[URLPattern | URLResolver]) -> Iterable[Contract]:
    for view in _views(patterns):
        contract = getattr(view, "view_initkwargs", {}).get("contract")
        if isinstance(contract, Contract):
            yield contract


def _views(patterns: Iterable[URLPattern | URLResolver]) -> Iterable[Callable[..., Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback


def _is_simplejwt(view: Callable[..., Any]) -> bool:
    owner = getattr(view, "view_class", view)
    return getattr(owner, "__module__", "").startswith("rest_framework_simplejwt.")
