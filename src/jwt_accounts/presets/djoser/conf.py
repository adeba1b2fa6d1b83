"""The host's ``DJOSER`` dict, read when it is used, so that it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

#: What of the dict is read. The rest has no effect; a check names it.
READ = frozenset(
    {
        "LOGIN_FIELD",
        "SEND_ACTIVATION_EMAIL",
        "ACTIVATION_URL",
        "PASSWORD_RESET_CONFIRM_URL",
        "USERNAME_RESET_CONFIRM_URL",
        "USER_CREATE_PASSWORD_RETYPE",
        "SET_PASSWORD_RETYPE",
        "PASSWORD_RESET_CONFIRM_RETYPE",
        "SET_USERNAME_RETYPE",
        "USERNAME_RESET_CONFIRM_RETYPE",
        "EMAIL_FRONTEND_DOMAIN",
        "EMAIL_FRONTEND_PROTOCOL",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DjoserSettings:
    """The part this preset follows. ``retypes`` are the fields that are sent twice."""

    login_field: str
    activates: bool
    activation_link: str
    password_link: str
    username_link: str
    given: Mapping[str, Any]

    def retypes(self, what: str) -> bool:
        """Whether a value is sent twice: ``SET_PASSWORD_RETYPE`` and its like."""
        return bool(self.given.get(f"{what}_RETYPE", False))


def given() -> Mapping[str, Any]:
    """The dict as it stands."""
    found = getattr(django_settings, "DJOSER", None)
    return found if isinstance(found, Mapping) else {}


def conf() -> DjoserSettings:
    """The settings in force now."""
    raw = given()
    login = str(raw.get("LOGIN_FIELD") or get_user_model().USERNAME_FIELD)
    return DjoserSettings(
        login_field=login,
        activates=bool(raw.get("SEND_ACTIVATION_EMAIL", False)),
        activation_link=_link(raw, "ACTIVATION_URL", "activate/{uid}/{token}"),
        password_link=_link(raw, "PASSWORD_RESET_CONFIRM_URL", "reset-password/{uid}/{token}"),
        username_link=_link(raw, "USERNAME_RESET_CONFIRM_URL", "reset-username/{uid}/{token}"),
        given=raw,
    )


def _link(raw: Mapping[str, Any], name: str, default: str) -> str:
    """Djoser's template of a link, on djoser's front end where that is configured."""
    path = str(raw.get(name) or f"#/{default}")
    domain = raw.get("EMAIL_FRONTEND_DOMAIN")
    if not domain:
        return path
    protocol = raw.get("EMAIL_FRONTEND_PROTOCOL") or "https"
    return f"{protocol}://{domain}/{path.lstrip('/')}"
