"""Numbers that are no settings, and the defaults of the rate limits."""

from __future__ import annotations

from collections.abc import Mapping

#: Passwords longer than this (characters) are refused before they are hashed.
PASSWORD_MAX_LENGTH = 4096

#: No rule can ask for longer passwords, or for more of the former ones to be remembered.
LONGEST_MINIMUM, LONGEST_HISTORY = 128, 24

#: Requests per client address and period, by public endpoint. Numbers that an office behind one
#: address can live with; what protects an account is counted in the database instead.
DEFAULT_RATE_LIMITS: Mapping[str, str] = {
    "sign_in": "120/m",
    "refresh": "600/m",
    "verify": "600/m",
    "revoke": "600/m",
    "password_rules": "600/m",
    "recovery_request": "30/m",
    "recovery_verify": "60/m",
    "password_set": "60/m",
    "registration": "30/m",
    "confirmation_request": "30/m",
    "confirmation": "60/m",
    "account_change": "60/m",
    "second_step": "120/m",
    "factor_change": "60/m",
    "sign_in_code": "30/m",
    "keys": "600/m",
}

#: The front end's pages, by what a link does.
DEFAULT_LINKS: Mapping[str, str] = {
    "confirm_email": "confirm-email#{token}",
    "set_password": "set-password#{token}",
    "invitation": "accept-invitation#{token}",
    "account_confirm_email": "account-confirm-email#{token}",
    "password_reset_confirm": "password-reset/confirm#{uid}/{token}",
    "sign_in": "sign-in#{token}",
    "tenant_invitation": "join-tenant#{token}",
}
