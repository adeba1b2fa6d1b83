"""A ring of keys, kept as an administrator keeps it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from jwt_accounts.flows.signing_keys import add_key, promote_key, retire_key
from jwt_accounts.policies.signing_keys import KeyAlgorithm
from jwt_accounts.tokens.key_ring import ring
from jwt_accounts.types import RequestContext
from tests.clock import later

ALGORITHMS = [str(each) for each in KeyAlgorithm]


@dataclass
class Keeper:
    """Adds, promotes and retires keys. This process hears of it at once, as after a commit."""

    ctx: RequestContext

    def add(self, algorithm="ES256", ctx=None):
        kid = add_key(ctx or self.ctx, algorithm=KeyAlgorithm(algorithm))
        ring.forget()
        return kid

    def promote(self, kid, ctx=None):
        promote_key(ctx or self.ctx, kid=kid, force=True)
        ring.forget()
        return kid

    def signer(self, algorithm="ES256", ctx=None):
        """A key that signs from now on."""
        return self.promote(self.add(algorithm, ctx), ctx)

    def retire(self, kid, ctx=None, **options):
        end = retire_key(ctx or self.ctx, kid=kid, **options)
        ring.forget()
        return end


@pytest.fixture
def keeper(ctx, db):
    ring.forget()
    yield Keeper(ctx)
    ring.forget()


@pytest.fixture
def ring_on(settings, keeper):
    """The ring is in use: ``ring_on("only")`` without the key of ``SIMPLE_JWT``."""

    def switch(value=True):
        settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "KEY_RING": value}

    switch()
    return switch


def pair(algorithm, bits=2048):
    """Settings for a pair of keys: both halves as PEM."""
    private = {
        "RS256": lambda: rsa.generate_private_key(65537, bits),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    pem, bare = serialization.Encoding.PEM, serialization.NoEncryption()
    signing = private.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare)
    public = private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "ALGORITHM": algorithm,
        "SIGNING_KEY": signing.decode(),
        "VERIFYING_KEY": public.decode(),
    }


__all__ = ["ALGORITHMS", "Keeper", "keeper", "later", "pair", "ring_on"]
