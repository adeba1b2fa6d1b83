"""Whether tokens can be made at all with the settings in force."""

from __future__ import annotations

from datetime import timedelta
from warnings import catch_warnings, simplefilter

from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.signing import epoch, read, sign


def try_tokens() -> None:
    """Make and read one token of each kind that ``SIMPLE_JWT`` signs. Raises whatever that raises,
    or ``TypeError`` for a lifetime that is none, ``ValueError`` for an empty key."""
    config = token_settings()
    for lifetime in (config.access_lifetime, config.refresh_lifetime):
        # What a host wrote there, whatever its type says.
        if type(lifetime) is not timedelta or lifetime <= timedelta(0):
            raise TypeError("a lifetime must be a positive datetime.timedelta")
    # What a ring signs with is in the database, which is not there at every check.
    tried = [config.refresh] if settings.KEY_RING else [config.access, config.refresh]
    if not all(keys.signing_key for keys in tried):
        raise ValueError("the signing key is empty")
    claims = {"exp": epoch(timezone.now() + timedelta(minutes=1))}
    with catch_warnings():
        simplefilter("ignore")  # a short key has a check of its own
        for keys in tried:
            token = sign(claims, keys, typ=settings.ACCESS_TOKEN_TYP)
            read(token, keys, typ=settings.ACCESS_TOKEN_TYP)
