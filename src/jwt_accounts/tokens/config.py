"""simplejwt's settings, read when a token is made or read.

simplejwt itself reads some of them at import time; ``override_settings`` does not reach those.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string
from rest_framework_simplejwt.settings import DEFAULTS

from jwt_accounts.tokens.keys import OneKey

#: The keys simplejwt knows.
KNOWN_KEYS = frozenset(DEFAULTS)

_REFRESH_PURPOSE = "jwt_accounts.refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """The part of ``SIMPLE_JWT`` this library follows, and its two keys: see ``key_ring.py`` for
    what takes the place of the first."""

    access_lifetime: timedelta
    refresh_lifetime: timedelta
    rotates: bool
    user_id_claim: str
    token_type_claim: str | None
    jti_claim: str
    header_types: tuple[str, ...]
    access: OneKey
    refresh: OneKey


_cache: list[TokenSettings] = []


def token_settings() -> TokenSettings:
    """The settings in force now."""
    if not _cache:
        _cache.append(_read())
    return _cache[0]


def derived_key(purpose: str) -> bytes:
    """A key for one purpose alone, from the host's secret.

    The secret is the one tokens are signed with where that is symmetric; else ``SECRET_KEY``, so
    that a new private key ends nobody's session.
    """
    user = _user_settings()
    symmetric = str(user.get("ALGORITHM", DEFAULTS["ALGORITHM"])).startswith("HS")
    secret = user.get("SIGNING_KEY") if symmetric else None
    return hmac.new(
        str(secret or django_settings.SECRET_KEY).encode(), purpose.encode(), hashlib.sha256
    ).digest()


def keyed_digest(purpose: str, value: str) -> str:
    """A digest nobody can make or guess from the value alone, without the host's secret."""
    return hmac.new(derived_key(purpose), value.encode(), hashlib.sha256).hexdigest()


def _user_settings() -> Mapping[str, Any]:
    found: Mapping[str, Any] = getattr(django_settings, "SIMPLE_JWT", {})
    return found


def _read() -> TokenSettings:
    user = _user_settings()
    value: dict[str, Any] = {**DEFAULTS, "SIGNING_KEY": django_settings.SECRET_KEY, **user}
    shared = {
        "audience": value["AUDIENCE"],
        "issuer": value["ISSUER"],
        "leeway": value["LEEWAY"],
    }
    header_types = value["AUTH_HEADER_TYPES"]
    return TokenSettings(
        access_lifetime=value["ACCESS_TOKEN_LIFETIME"],
        refresh_lifetime=value["REFRESH_TOKEN_LIFETIME"],
        rotates=bool(value["ROTATE_REFRESH_TOKENS"]),
        user_id_claim=value["USER_ID_CLAIM"],
        token_type_claim=value["TOKEN_TYPE_CLAIM"],
        jti_claim=value["JTI_CLAIM"] or "jti",
        header_types=(header_types,) if isinstance(header_types, str) else tuple(header_types),
        access=OneKey(
            value["ALGORITHM"],
            value["SIGNING_KEY"],
            value["VERIFYING_KEY"],
            jwk_url=value["JWK_URL"],
            json_encoder=_imported(value["JSON_ENCODER"]),
            **shared,
        ),
        refresh=OneKey("HS256", derived_key(_REFRESH_PURPOSE).hex(), **shared),
    )


def _imported(encoder: type | str | None) -> Any:
    return import_string(encoder) if isinstance(encoder, str) else encoder


def _forget(*, setting: str, **_kwargs: object) -> None:
    if setting in {"SIMPLE_JWT", "SECRET_KEY"}:
        _cache.clear()


setting_changed.connect(_forget, dispatch_uid="jwt_accounts.tokens.config")
