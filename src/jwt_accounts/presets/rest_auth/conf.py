"""The host's ``REST_AUTH`` dict, and what it said to allauth, read when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings

from jwt_accounts.http.transports import Cookies, Transport, header

#: What of the dict is read. The rest has no effect; a check names it.
READ = frozenset(
    {
        "USE_JWT",
        "SESSION_LOGIN",
        "TOKEN_MODEL",
        "JWT_AUTH_COOKIE",
        "JWT_AUTH_REFRESH_COOKIE",
        "JWT_AUTH_SECURE",
        "JWT_AUTH_HTTPONLY",
        "JWT_AUTH_SAMESITE",
        "JWT_AUTH_COOKIE_DOMAIN",
        "JWT_AUTH_RETURN_EXPIRATION",
        "JWT_AUTH_COOKIE_ENFORCE_CSRF_ON_UNAUTHENTICATED",
        "OLD_PASSWORD_FIELD_ENABLED",
        "MFA_TOTP_ISSUER",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestAuthSettings:
    """The part this preset follows. ``signup_fields`` are allauth's: a star says that a field is
    needed."""

    transport: Transport
    tells_expiration: bool
    old_password_required: bool
    verification: str
    signup_fields: frozenset[str]
    login_methods: frozenset[str]
    http_only: bool
    totp_issuer: str

    @property
    def uses_cookies(self) -> bool:
        """Whether tokens travel in cookies alone."""
        return isinstance(self.transport, Cookies)

    @property
    def confirms(self) -> bool:
        """Whether a registration is asked to confirm its address."""
        return self.verification != "none"

    @property
    def confirmed_only(self) -> bool:
        """Whether nobody logs in before that."""
        return self.verification == "mandatory"


def given() -> Mapping[str, Any]:
    """The dict as it stands."""
    found = getattr(django_settings, "REST_AUTH", None)
    return found if isinstance(found, Mapping) else {}


def conf() -> RestAuthSettings:
    """The settings in force now."""
    raw = given()
    fields = getattr(django_settings, "ACCOUNT_SIGNUP_FIELDS", ["username*", "email"])
    return RestAuthSettings(
        transport=_transport(raw),
        tells_expiration=bool(raw.get("JWT_AUTH_RETURN_EXPIRATION", False)),
        old_password_required=bool(raw.get("OLD_PASSWORD_FIELD_ENABLED", True)),
        verification=str(getattr(django_settings, "ACCOUNT_EMAIL_VERIFICATION", "optional")),
        signup_fields=frozenset(fields),
        login_methods=frozenset(getattr(django_settings, "ACCOUNT_LOGIN_METHODS", ["username"])),
        http_only=bool(raw.get("JWT_AUTH_HTTPONLY", True)),
        totp_issuer=str(raw.get("MFA_TOTP_ISSUER") or ""),
    )


def _transport(raw: Mapping[str, Any]) -> Transport:
    """Cookies where one has a name and scripts may not read them; else the header and the body."""
    access, refresh = raw.get("JWT_AUTH_COOKIE"), raw.get("JWT_AUTH_REFRESH_COOKIE")
    if not (access or refresh) or not raw.get("JWT_AUTH_HTTPONLY", True):
        return header()
    # dj-rest-auth takes any case, and None for none, which browsers read as Lax.
    samesite: Any = str(raw.get("JWT_AUTH_SAMESITE") or "Lax").capitalize()
    return Cookies(
        access=str(access) if access else None,
        refresh=str(refresh or f"{access}-refresh"),
        # No browser takes the one without the other.
        secure=bool(raw.get("JWT_AUTH_SECURE", True)) or samesite == "None",
        samesite=samesite,
        domain=raw.get("JWT_AUTH_COOKIE_DOMAIN"),
        prefixed=False,
        csrf_everywhere=bool(raw.get("JWT_AUTH_COOKIE_ENFORCE_CSRF_ON_UNAUTHENTICATED", False)),
    )
