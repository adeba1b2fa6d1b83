"""The keys of ``KEY_RING``: one signs, several verify, and a token names the one that signed it.

A process reads the ring once a minute, and when a token names a key it does not know; the second at
most once a second, so that who makes up names causes no queries.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.db import router, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.errors import TokenInvalid
from jwt_accounts.models import SigningKey
from jwt_accounts.policies.signing_keys import (
    RING_MAX_AGE,
    RING_MIN_AGE,
    published,
    signing_one,
)
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.keys import Jwk, Key, Keys, OneKey, jwk_of, prepared

_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


class KeyRingBroken(ImproperlyConfigured):
    """No access token can be signed: no key was promoted, or ``ENCRYPTION_KEYS`` do not open it."""


@dataclass(frozen=True, slots=True)
class _Read:
    """The ring as it was at one moment."""

    at: datetime
    rows: Mapping[str, SigningKey]
    signs: str | None

    def is_younger(self, age: timedelta, now: datetime) -> bool:
        # A clock that was set back makes nothing young.
        return self.at <= now < self.at + age


class KeyRing:
    """All keys of the ring, as this process knows them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Read anew what is asked next."""
        self._read: _Read | None = None
        # To prepare a key is dear, and a name never gets another key.
        self._public: dict[str, Any] = {}
        self._private: dict[str, Any] = {}
        self._longest: dict[str, int] = {}

    @property
    def terms(self) -> OneKey:
        """As ``SIMPLE_JWT`` says."""
        return token_settings().access

    def signing(self, claims: Mapping[str, Any]) -> Key:
        """The key that was promoted last. Raises :class:`KeyRingBroken`."""
        ring = self._known()
        if ring.signs is None:
            ring = self._known(RING_MIN_AGE)
        if ring.signs is None:
            raise KeyRingBroken("No key signs: see `manage.py signing_keys`, `add` and `promote`.")
        row = ring.rows[ring.signs]
        self._remember(row, claims)
        return Key(row.kid, row.algorithm, self._private_half(row))

    def verifying(self, raw: str) -> Key:
        """The key that the header names, with the algorithm that is its own. A token without a name
        is one of the former key of ``SIMPLE_JWT``, while that counts."""
        kid = jwt.get_unverified_header(raw).get("kid")
        one = former_key()
        if one is not None and kid in (None, one.kid):
            return one.verifying(raw)
        row = self._find(kid)
        if row is None or not row.life.counts(timezone.now()):
            raise TokenInvalid
        return Key(row.kid, row.algorithm, self._public_half(row))

    def jwks(self) -> list[Jwk]:
        """What others verify with, oldest first."""
        now = timezone.now()
        return [
            published(jwk_of(row.algorithm, self._public_half(row)), row.algorithm)
            for row in self._known().rows.values()
            if row.life.counts(now)
        ]

    def _find(self, kid: object) -> SigningKey | None:
        if not isinstance(kid, str) or not _THUMBPRINT.fullmatch(kid):
            return None
        return self._known().rows.get(kid) or self._known(RING_MIN_AGE).rows.get(kid)

    def _known(self, age: timedelta = RING_MAX_AGE) -> _Read:
        now = timezone.now()
        if self._read is not None and self._read.is_younger(age, now):
            return self._read
        with self._lock:
            # Another thread may have read it meanwhile.
            if self._read is None or not self._read.is_younger(age, now):
                rows = {row.kid: row for row in SigningKey.objects.all()}
                signs = signing_one(row.life for row in rows.values())
                self._read = _Read(now, rows, signs)
            return self._read

    def _public_half(self, row: SigningKey) -> Any:
        if row.kid not in self._public:
            self._public[row.kid] = prepared(row.algorithm, row.public_key)
        return self._public[row.kid]

    @sensitive_variables()
    def _private_half(self, row: SigningKey) -> Any:
        if row.kid not in self._private:
            self._private = {row.kid: prepared(row.algorithm, unsealed(row))}
        return self._private[row.kid]

    def _remember(self, row: SigningKey, claims: Mapping[str, Any]) -> None:
        """How long the longest token lives: that is how long a retired key must verify. Contracts
        and settings differ, so it is written down when a longer one is signed than
        ``ACCESS_TOKEN_LIFETIME`` was when the key was promoted: once for each key, as a rule."""
        life = whole_minutes(claims["exp"] - claims.get("iat", timezone.now().timestamp()))
        if life <= max(row.longest_life, self._longest.get(row.kid, 0)):
            return
        shorter = SigningKey.objects.filter(pk=row.kid, longest_life__lt=life)
        shorter.update(longest_life=life)
        transaction.on_commit(
            lambda: self._longest.__setitem__(row.kid, life),
            using=router.db_for_write(SigningKey),
        )


def whole_minutes(seconds: float) -> int:
    """Rounded up, in seconds: lives that differ by a second are not all written down."""
    return math.ceil(seconds / 60) * 60


@sensitive_variables()
def unsealed(row: SigningKey) -> str:
    """The private half (PEM). Raises :class:`KeyRingBroken`."""
    # The extra `keys`, which nothing but a ring needs.
    from jwt_accounts.vault import SealBroken, unseal

    try:
        return unseal(row.private_key, purpose=row.seal_purpose)
    except SealBroken as error:
        text = f"ENCRYPTION_KEYS do not open the signing key {row.kid}: put the former one back."
        raise KeyRingBroken(text) from error


ring = KeyRing()


def access_keys() -> Keys:
    """The keys of access tokens."""
    return ring if settings.KEY_RING else token_settings().access


def former_key() -> OneKey | None:
    """The key of ``SIMPLE_JWT``, if there is one and the ring is not alone."""
    one = token_settings().access
    return one if settings.KEY_RING != "only" and one.is_usable else None


def published_keys() -> Sequence[Jwk]:
    """The public keys that access tokens are verified with. No secret of HS256 is among them. Those
    of a ring that is not in use yet are known before they are needed."""
    one = former_key()
    single = [] if one is None or one.jwk is None else [published(one.jwk, one.algorithm)]
    return [*single, *ring.jwks()]


def _forget(*, setting: str, **_kwargs: object) -> None:
    if setting in {"JWT_ACCOUNTS", "SIMPLE_JWT", "SECRET_KEY", "SECRET_KEY_FALLBACKS"}:
        ring.forget()


setting_changed.connect(_forget, dispatch_uid="jwt_accounts.tokens.key_ring")
