"""New pairs of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.policies.signing_keys import RSA_BITS, KeyAlgorithm, thumbprint
from jwt_accounts.tokens.keys import jwk_of

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_MAKERS: Mapping[KeyAlgorithm, Callable[[], PrivateKey]] = {
    KeyAlgorithm.RS256: lambda: rsa.generate_private_key(65537, RSA_BITS),
    KeyAlgorithm.ES256: lambda: ec.generate_private_key(ec.SECP256R1()),
    KeyAlgorithm.EDDSA: ed25519.Ed25519PrivateKey.generate,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """Both halves as PEM, and their name."""

    kid: str
    public: str
    private: str = field(repr=False)


@sensitive_variables()
def make_pair(algorithm: KeyAlgorithm) -> KeyPair:
    """A new one. No name begins with a dash: on a command line that would be an option."""
    while True:
        private = _MAKERS[algorithm]()
        kid = thumbprint(jwk_of(algorithm, private.public_key()))
        if not kid.startswith("-"):
            return KeyPair(kid=kid, public=_public_pem(private), private=_private_pem(private))


def _public_pem(key: PrivateKey) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


@sensitive_variables()
def _private_pem(key: PrivateKey) -> str:
    kind, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, kind, bare).decode()
