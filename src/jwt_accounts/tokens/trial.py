"""Whether tokens can be made at all with the settings in force."""

from __future__ import annotations

from datetime import timedelta
from warnings import catch_warnings, simplefilter

from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.signing import epoch, read, sign


def try_tokens() -> None:
    """Make and read one token of each kind. Raises whatever that raises, or ``TypeError`` for a
    lifetime that is none, ``ValueError`` for an empty key."""
    config = token_settings()
    for lifetime in (config.access_lifetime, config.refresh_lifetime):
        # What a host wrote there, whatever its type says.
        if type(lifetime) is not timedelta or lifetime <= timedelta(0):
            raise TypeError("a lifetime must be a positive datetime.timedelta")
    if not config.access.signing_key:
        raise ValueError("the signing key is empty")
    claims = {"exp": epoch(timezone.now() + timedelta(minutes=1))}
    with catch_warnings():
        simplefilter("ignore")  # a short key has a check of its own
        for backend in (config.access, config.refresh):
            token = sign(claims, backend, typ=settings.ACCESS_TOKEN_TYP)
            read(token, backend, typ=settings.ACCESS_TOKEN_TYP)
