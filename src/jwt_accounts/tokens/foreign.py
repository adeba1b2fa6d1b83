"""Refresh tokens that simplejwt gave, before this library came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.apps import apps

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.tokens.access import check_owner
from jwt_accounts.tokens.config import keyed_digest, token_settings
from jwt_accounts.tokens.signing import count_claim, read, text_claim

_BLACKLIST = "token_blacklist"


@dataclass(frozen=True, slots=True)
class ForeignRefresh:
    """What a sound one says. ``session_id`` is made of the token's id: one token, one session."""

    session_id: UUID
    user_id: str
    issued_at: datetime
    expires_at: datetime


def read_foreign_refresh(raw: object) -> ForeignRefresh:
    """Raises :class:`TokenInvalid`, for a token on simplejwt's blacklist too."""
    config = token_settings()
    claims = read(raw, config.access, typ="JWT")
    if config.token_type_claim is None or claims.get(config.token_type_claim) != "refresh":
        raise TokenInvalid
    token_id = text_claim(claims, config.jti_claim)
    check_owner(claims)
    if _is_blacklisted(token_id):
        raise TokenInvalid
    return ForeignRefresh(
        session_id=UUID(hex=keyed_digest("jwt_accounts.adopted", token_id)[:32]),
        user_id=str(claims[config.user_id_claim]),
        issued_at=datetime.fromtimestamp(count_claim(claims, "iat"), UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
    )


def _is_blacklisted(token_id: str) -> bool:
    if not apps.is_installed(f"rest_framework_simplejwt.{_BLACKLIST}"):
        return False
    model = apps.get_model(_BLACKLIST, "BlacklistedToken")
    return bool(model._default_manager.filter(token__jti=token_id).exists())
