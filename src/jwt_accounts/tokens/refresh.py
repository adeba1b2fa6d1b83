"""The refresh token: a session and a generation, nothing else, and nothing of it is stored.

It is always HS256 under a key that is derived for refresh tokens alone, so no other view and no
other service takes one for an access token, and the same session and generation always give the
same token: that is what makes a lost answer harmless (see ``policies/sessions.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import check_owner, claim_of, session_id
from jwt_accounts.tokens.config import keyed_digest, token_settings
from jwt_accounts.tokens.signing import count_claim, epoch, read, sign, text_claim

_TYP = "JWT"


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """What a sound refresh token says."""

    session_id: UUID
    generation: int
    user_id: str


def mint_refresh(session: UserSession, *, issued_at: datetime, expires_at: datetime) -> str:
    """The refresh token of the session's present generation."""
    config = token_settings()
    claims: dict[str, object] = (
        {} if config.token_type_claim is None else {config.token_type_claim: "refresh"}
    )
    claims |= {
        "exp": epoch(expires_at),
        "iat": epoch(issued_at),
        config.jti_claim: _token_id(session),
        config.user_id_claim: claim_of(session.user_id),
        "sid": session.pk.hex,
        "gen": session.generation,
    }
    return sign(claims, config.refresh, typ=_TYP)


def read_refresh(raw: object) -> RefreshClaims:
    """What the token says. Raises :class:`TokenInvalid`."""
    config = token_settings()
    claims = read(raw, config.refresh, typ=_TYP)
    if config.token_type_claim and claims.get(config.token_type_claim) != "refresh":
        raise TokenInvalid
    text_claim(claims, config.jti_claim)
    check_owner(claims)
    return RefreshClaims(
        session_id=session_id(claims),
        generation=count_claim(claims, "gen"),
        user_id=str(claims[config.user_id_claim]),
    )


def _token_id(session: UserSession) -> str:
    return keyed_digest("jwt_accounts.jti", f"{session.pk.hex}:{session.generation}")[:32]
