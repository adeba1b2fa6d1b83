"""What ``manage.py check`` says of the place that passkeys are used at."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from jwt_accounts.contrib.mfa.relying_party import are_passkeys_wanted, present_party
from jwt_accounts.policies.passkeys import RelyingParty, host_of, is_secure, is_within


def check_passkeys(**_kwargs: Any) -> list[CheckMessage]:
    """E025 a page that may use no passkeys of this domain, W045 nothing says where they are used,
    W046 a page that browsers let use none at all."""
    try:
        wanted = apps.is_installed("jwt_accounts.contrib.mfa") and are_passkeys_wanted()
        party = present_party() if wanted else None
    except ImproperlyConfigured:
        return []  # another check says what is wrong
    if not wanted:
        return []
    if party is None:
        text = "SECOND_FACTORS has 'passkey', and nothing says where passkeys are used."
        hint = "Set FRONTEND_URL, or PASSKEY_ORIGINS and PASSKEY_RP_ID, or leave 'passkey' out."
        return [CheckWarning(text, hint=hint, id="jwt_accounts.W045")]
    return [*_strangers(party), *_insecure(party)]


def _strangers(party: RelyingParty) -> list[CheckMessage]:
    hosts = {origin: host_of(origin) for origin in party.origins}
    return [
        Error(
            f"Pages of {origin} cannot use passkeys of {party.domain!r}.",
            hint="PASSKEY_RP_ID must be the host of every web origin, or a domain above it.",
            id="jwt_accounts.E025",
        )
        for origin, host in hosts.items()
        if host and not is_within(host, party.domain)
    ]


def _insecure(party: RelyingParty) -> list[CheckMessage]:
    return [
        CheckWarning(
            f"Browsers let no page of {origin} use passkeys.",
            hint="Use HTTPS and a name; for development http://localhost will do.",
            id="jwt_accounts.W046",
        )
        for origin in party.origins
        if not is_secure(origin)
    ]
