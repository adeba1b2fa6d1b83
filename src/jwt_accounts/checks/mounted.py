"""What ``manage.py check`` says of the URLs that are mounted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from jwt_accounts.conf import settings
from jwt_accounts.http.mounted import urls
from jwt_accounts.presets.djoser import conf as djoser
from jwt_accounts.presets.rest_auth import conf as rest_auth

#: Without the first, a password is changed by who does not know the present one (a moment after a
#: sign-in); without the second, tokens are in the body and no cookie is set.
_ON = ("OLD_PASSWORD_FIELD_ENABLED", "JWT_AUTH_HTTPONLY")


def check_peers(**_kwargs: Any) -> list[CheckMessage]:
    """W021 simplejwt's plain authentication, W022 simplejwt's own views: they ignore a sign-out."""
    messages: list[CheckMessage] = []
    framework = getattr(django_settings, "REST_FRAMEWORK", {})
    classes = framework.get("DEFAULT_AUTHENTICATION_CLASSES", ())
    plain = ("rest_framework_simplejwt.authentication.JWT", "dj_rest_auth.jwt_auth.JWT")
    if any(isinstance(each, str) and each.startswith(plain) for each in classes):
        text = "simplejwt's JWTAuthentication accepts tokens of sessions that have ended."
        hint = "Use jwt_accounts.http.authentication.AccountAuthentication."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W021"))
    if any(_is_simplejwt(url.view) for url in urls()):
        text = "simplejwt's own views are mounted: their tokens belong to no session."
        hint = "Include jwt_accounts.urls, or a preset, in their place."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W022"))
    return messages


def check_mounted(**_kwargs: Any) -> list[CheckMessage]:
    """W026 messages have no link to hold, W027 settings of djoser that have no effect, W028 those
    of dj-rest-auth."""
    mounted = {url.contract.name: url.contract for url in urls() if url.contract is not None}
    messages: list[CheckMessage] = []
    lost = sorted(name for name, contract in mounted.items() if contract.needs_front_end)
    lost = [name for name in lost if not _has_front_end(name)]
    if lost:
        text = f"FRONTEND_URL is not set: messages of {', '.join(lost)} hold no link."
        hint = "Set JWT_ACCOUNTS['FRONTEND_URL'], such as 'https://app.example.com'."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W026"))
    ignored = sorted(set(djoser.given()) - djoser.READ)
    if "djoser" in mounted and ignored:
        text = f"DJOSER has keys that have no effect: {', '.join(map(str, ignored))}."
        hint = "The page of the djoser preset says what takes the place of each."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W027"))
    ignored = sorted(set(rest_auth.given()) - rest_auth.READ)
    if "rest_auth" in mounted and ignored:
        text = f"REST_AUTH has keys that have no effect: {', '.join(map(str, ignored))}."
        hint = "The guide for those who come from dj-rest-auth says what takes the place of each."
        messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W028"))
    return messages


def check_deployed(**_kwargs: Any) -> list[CheckMessage]:
    """W039 values of dj-rest-auth's settings that give something away."""
    unsafe = [name for name in _ON if not rest_auth.given().get(name, True)]
    if not unsafe or not any(url.contract and url.contract.name == "rest_auth" for url in urls()):
        return []
    text = f"REST_AUTH turns off what protects accounts: {', '.join(unsafe)}."
    hint = (
        "Leave them out: whoever finds a browser open takes the account, and scripts read tokens."
    )
    return [CheckWarning(text, hint=hint, id="jwt_accounts.W039")]


def _has_front_end(name: str) -> bool:
    try:
        domain = djoser.given().get("EMAIL_FRONTEND_DOMAIN") if name == "djoser" else None
        return bool(settings.FRONTEND_URL or domain)
    except ImproperlyConfigured:
        return True  # another check says what is wrong


def _is_simplejwt(view: Callable[..., Any]) -> bool:
    owner = getattr(view, "view_class", view)
    return getattr(owner, "__module__", "").startswith("rest_framework_simplejwt.")
