"""Which key signs, and which one a token was signed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import jwt
from rest_framework_simplejwt.backends import TokenBackend

from jwt_accounts.policies.signing_keys import thumbprint

Jwk = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the one algorithm it is good for (RFC 8725 section 3.1). ``kid`` is None for one
    without a name."""

    kid: str | None
    algorithm: str
    material: Any = field(repr=False)


class Keys(Protocol):
    """The keys of one kind of token."""

    @property
    def terms(self) -> TokenBackend:
        """Who tokens are from and for, and what else besides the key makes a sound one."""

    def signing(self, claims: Mapping[str, Any]) -> Key:
        """The key that signs these claims."""

    def verifying(self, raw: str) -> Key:
        """The key that a token must be signed with. What its header says of algorithms is not
        believed. Raises ``TokenInvalid``, or what PyJWT raises."""


class OneKey(TokenBackend):
    """The key of ``SIMPLE_JWT``, or another one that is alone. A pair of keys has a name: who reads
    the published keys finds it by that."""

    @property
    def terms(self) -> TokenBackend:
        """Itself."""
        return self

    @cached_property
    def jwk(self) -> Jwk | None:
        """The public half, which may come with the private one; None where the key is a secret."""
        if self.algorithm.startswith("HS"):
            return None
        public = self.prepared_verifying_key if self.verifying_key else self.prepared_signing_key
        return jwk_of(self.algorithm, public)

    @cached_property
    def is_usable(self) -> bool:
        """Whether it is a key at all: who signs with a ring may have taken it away."""
        try:
            return self.jwk is None or bool(self.kid)
        except (jwt.PyJWTError, ValueError, TypeError):
            return False

    @cached_property
    def kid(self) -> str | None:
        """The name of a pair of keys."""
        return None if self.jwk is None else thumbprint(self.jwk)

    def signing(self, claims: Mapping[str, Any]) -> Key:
        """The key, for whatever is claimed."""
        return Key(self.kid, self.algorithm, self.prepared_signing_key)

    def verifying(self, raw: str) -> Key:
        """The key, whatever it is called: tokens that are older than its name have none."""
        return Key(None, self.algorithm, self.get_verifying_key(raw))  # type: ignore[arg-type] # a text, whatever it says


def prepared(algorithm: str, pem: str) -> Any:
    """A key as PyJWT wants it."""
    return jwt.get_algorithm_by_name(algorithm).prepare_key(pem)


def jwk_of(algorithm: str, key: Any) -> Jwk:
    """A prepared key as a JWK, with the private half if it has one."""
    return jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
