"""What a session remembers of the password it began with."""

from __future__ import annotations

from hmac import compare_digest

from jwt_accounts.tokens.config import keyed_digest


def password_digest(encoded: str) -> str:
    """A keyed digest of a password *hash*. Of no use to who reads the database."""
    return keyed_digest("jwt_accounts.password", encoded)


def is_same_password(encoded: str, digest: str) -> bool:
    """Whether the password hash is still the one a session began with."""
    return compare_digest(password_digest(encoded), digest)
