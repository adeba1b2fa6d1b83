"""Keys that sign access tokens: their names (RFC 7638), what may be published of them (RFC 7517),
and how long each counts."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

#: How long other services may keep the published keys.
JWKS_MAX_AGE = timedelta(minutes=5)
#: How long a process of ours believes what it read of the ring.
RING_MAX_AGE = timedelta(minutes=1)
#: How soon it reads again because of a key it does not know. Who sends junk causes no more.
RING_MIN_AGE = timedelta(seconds=1)
#: When everybody has heard of a key: our own slowest process first, then who asks it.
KNOWN_AFTER = RING_MAX_AGE + JWKS_MAX_AGE
#: Bits of an RSA key: of a new one (NIST SP 800-57 part 1, for use beyond 2030), and the fewest
#: that are tolerated (RFC 8725 section 3.5).
RSA_BITS, SHORTEST_RSA = 3072, 2048

#: What of a key makes its name, by its type (RFC 7638 section 3.2, RFC 8037 section 2). It is also
#: all that is public.
_PUBLIC = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


class KeyAlgorithm(StrEnum):
    """What a key of the ring can sign with. A key has one algorithm (RFC 8725 section 3.1)."""

    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


class KeyState(StrEnum):
    """What a key of the ring does."""

    WAITING = "waiting"
    """Published, so that everybody knows it before it signs."""
    SIGNING = "signing"
    VERIFYING = "verifying"
    """It signed before. It could again."""
    RETIRED = "retired"
    """Its private half is gone. It verifies until the last token it signed has expired."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """What decides the state of a key. ``longest``: the longest life of a token it signed."""

    kid: str
    promoted_at: datetime | None
    retired_at: datetime | None
    longest: timedelta

    @property
    def ends_at(self) -> datetime | None:
        """When it stops to count; None for one that is not retired. A process that has not heard of
        the next key signs a little longer, and clocks differ."""
        return None if self.retired_at is None else self.retired_at + self.longest + KNOWN_AFTER

    def counts(self, now: datetime) -> bool:
        """Whether it verifies."""
        return self.ends_at is None or now < self.ends_at


def signing_one(keys: Iterable[KeyLife]) -> str | None:
    """The name of the key that signs: of those not retired, the one promoted last.

    >>> day = timedelta(days=1)
    >>> then = datetime(2030, 1, 1)
    >>> old = KeyLife(kid="old", promoted_at=then, retired_at=None, longest=day)
    >>> new = KeyLife(kid="new", promoted_at=then + day, retired_at=None, longest=day)
    >>> signing_one([old, new]), signing_one([])
    ('new', None)
    """
    promoted = [
        (key.promoted_at, key.kid)
        for key in keys
        if key.promoted_at is not None and key.retired_at is None
    ]
    return max(promoted)[1] if promoted else None


def state_of(key: KeyLife, signs: str | None, now: datetime) -> KeyState:
    """What a key does now; ``signs`` is the one that signs."""
    if key.retired_at is not None:
        return KeyState.RETIRED if key.counts(now) else KeyState.ENDED
    if key.promoted_at is None:
        return KeyState.WAITING
    return KeyState.SIGNING if key.kid == signs else KeyState.VERIFYING


def thumbprint(jwk: Mapping[str, object]) -> str:
    """The name of a key: a digest of its public half, the same everywhere.

    The vector of RFC 8037 appendix A.3:

    >>> thumbprint(
    ...     {
    ...         "kty": "OKP",
    ...         "crv": "Ed25519",
    ...         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    ...     }
    ... )
    'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'
    """
    members = json.dumps(_public_members(jwk), separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def published(jwk: Mapping[str, object], algorithm: str) -> dict[str, object]:
    """What everybody may know of a key, whatever else is in ``jwk``.

    >>> key = {"kty": "OKP", "crv": "Ed25519", "x": "11qY", "d": "secret", "key_ops": ["sign"]}
    >>> sorted(published(key, "EdDSA"))
    ['alg', 'crv', 'kid', 'kty', 'use', 'x']
    """
    names = {"kid": thumbprint(jwk), "use": "sig", "alg": algorithm}
    return {**names, **_public_members(jwk)}


def _public_members(jwk: Mapping[str, object]) -> dict[str, object]:
    return {name: jwk[name] for name in _PUBLIC[str(jwk["kty"])]}
