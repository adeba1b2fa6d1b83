"""Fixtures of the tokens: a session, and tokens that somebody else signed with our keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from django.conf import settings

from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.tokens.config import derived_key


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, unverified."""
    return jwt.decode(token, options={"verify_signature": False})


@dataclass
class Forger:
    """Whoever holds a key: an older version, another service, an attacker who found it."""

    token: str
    key: str

    def __call__(self, *, without=(), headers=None, algorithm="HS256", **claims: Any) -> str:
        """The token with other claims, correctly signed."""
        said = {**claims_of(self.token), **claims}
        for name in without:
            del said[name]
        return jwt.encode(said, self.key, algorithm=algorithm, headers=headers)

    def raw(self, payload: bytes) -> str:
        """Anything, correctly signed."""
        return jwt.api_jws.encode(payload, self.key, algorithm="HS256", headers={"typ": "JWT"})


@pytest.fixture
def signed(ctx, make_user) -> SignedIn:
    """Somebody who is signed in."""
    return open_session(ctx, user=make_user(), amr=("pwd",))


@pytest.fixture
def forge_access(signed) -> Forger:
    """Makes access tokens of that session."""
    return Forger(signed.tokens.access, settings.SIMPLE_JWT["SIGNING_KEY"])


@pytest.fixture
def forge_refresh(signed) -> Forger:
    """Makes refresh tokens of that session."""
    return Forger(signed.tokens.refresh, derived_key("jwt_accounts.refresh").hex())
