"""The packages whose contracts presets have taken over, and the hosts that mount them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Host:
    """A project that mounts a peer."""

    user_model: str = "auth.User"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Peer:
    """A package, and what each of its hosts sets."""

    name: str
    mount: str
    hosts: Mapping[str, Host]
    settings: Mapping[str, Any]

    def settings_of(self, host: str) -> dict[str, Any]:
        """What a host sets."""
        return merged(self.settings, self.hosts[host].settings)


def merged(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Settings on top of others: what is a mapping is merged, anything else replaced."""
    return {
        **before,
        **{
            name: {**before.get(name, {}), **value} if isinstance(value, Mapping) else value
            for name, value in after.items()
        },
    }


DJOSER = Peer(
    name="djoser",
    mount="/auth/",
    hosts={
        "stock": Host(),
        "login_field": Host(settings={"DJOSER": {"LOGIN_FIELD": "email"}}),
        "email": Host(user_model="users_email.Member"),
        "uuid": Host(user_model="users_uuid.Person"),
    },
    # As hosts with JSON Web Tokens have it.
    settings={
        "DJOSER": {
            "TOKEN_MODEL": None,
            "ACTIVATION_URL": "activate/{uid}/{token}",
            "PASSWORD_RESET_CONFIRM_URL": "password/{uid}/{token}",
            "USERNAME_RESET_CONFIRM_URL": "username/{uid}/{token}",
            "EMAIL_FRONTEND_DOMAIN": "app.example.com",
            "EMAIL_FRONTEND_PROTOCOL": "https",
        }
    },
)

REST_AUTH = Peer(
    name="rest_auth",
    mount="/dj-rest-auth/",
    hosts={
        "stock": Host(),
        # Without the blacklist, and without a page for the links to a new password.
        "bare": Host(),
        # Whoever registers may leave out both.
        "loose": Host(
            settings={"ACCOUNT_SIGNUP_FIELDS": ["username", "email", "password1*", "password2*"]}
        ),
        "email": Host(
            user_model="users_email.Member",
            settings={
                "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
                "ACCOUNT_LOGIN_METHODS": ["email"],
                "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
            },
        ),
        "uuid": Host(user_model="users_uuid.Person"),
    },
    settings={
        "REST_AUTH": {
            "USE_JWT": True,
            "TOKEN_MODEL": None,
            "SESSION_LOGIN": False,
            # Both tokens in the body; the transcripts about cookies set it again.
            "JWT_AUTH_HTTPONLY": False,
        },
        "ACCOUNT_LOGIN_METHODS": ["username", "email"],
        "ACCOUNT_SIGNUP_FIELDS": ["username*", "email*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "optional",
    },
)

PEERS = {each.name: each for each in (DJOSER, REST_AUTH)}

#: The rules of passwords of all hosts.
VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator")
]
