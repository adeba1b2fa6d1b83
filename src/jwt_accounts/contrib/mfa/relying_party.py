"""Whether passkeys can be used here, and whose they are."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

from jwt_accounts.conf import settings
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.policies.passkeys import RelyingParty, relying_party


@cache
def can_passkeys() -> bool:
    """Whether the extra ``passkeys`` is installed."""
    return find_spec("webauthn") is not None


def are_passkeys_wanted() -> bool:
    """Whether people may set passkeys up: they can be used, and ``SECOND_FACTORS`` names them."""
    return can_passkeys() and FactorKind.PASSKEY in settings.SECOND_FACTORS


def present_party() -> RelyingParty | None:
    """Whose passkeys they are by the settings; None where these do not say."""
    return relying_party(settings.PASSKEY_ORIGINS, settings.PASSKEY_RP_ID, settings.FRONTEND_URL)
