"""The public keys, for services that check access tokens on their own."""

from __future__ import annotations

from jwt_accounts.tokens.key_ring import published_keys
from jwt_accounts.tokens.keys import Jwk


def publish_keys() -> list[Jwk]:
    """One JWK (RFC 7517) for each key that access tokens may be signed with; none for HS256, whose
    key is a secret."""
    return list(published_keys())
