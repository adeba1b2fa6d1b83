"""The access token: short-lived, names its session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from rest_framework_simplejwt.models import TokenUser
from rest_framework_simplejwt.tokens import AccessToken as SimpleAccessToken

from jwt_accounts.conf import settings
from jwt_accounts.errors import TokenInvalid
from jwt_accounts.models import UserSession
from jwt_accounts.policies.mfa import acr_of
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.key_ring import access_keys
from jwt_accounts.tokens.signing import LAST_EPOCH, epoch, read, sign, text_claim
from jwt_accounts.types import UserKey

#: What a host's claim cannot say: what the token is, and rights, which come from the database.
#: simplejwt's ``TokenUser`` would believe the last two.
_RESERVED = frozenset(
    {"exp", "iat", "nbf", "iss", "aud", "sid", "gen", "amr", "acr", "auth_time"}
    | {"is_staff", "is_superuser"}
)

#: Says that a token is good for another one.
RENEWS_CLAIM = "renews"


class AccessToken(SimpleAccessToken):
    """One access token: a simplejwt ``AccessToken`` (``token["user_id"]``, ``str(token)``), made
    and checked with the settings in force now.

    ``AccessToken(raw)`` raises :class:`~jwt_accounts.errors.TokenInvalid` where simplejwt's own
    raises ``TokenError``.
    """

    session: UserSession | None = None
    """Where the token was checked against it: see ``http/authentication.py``."""

    def __init__(self, token: str | None = None, verify: bool = True) -> None:  # noqa: FBT001, FBT002 - simplejwt's signature
        if not verify:
            raise TokenInvalid("An access token is never read unverified.")
        self.token = token  # type: ignore[assignment] # a text, whatever simplejwt says
        self.current_time = timezone.now()
        self.payload: dict[str, Any] = {} if token is None else _read(token)

    def __str__(self) -> str:
        return sign(self.payload, access_keys(), typ=settings.ACCESS_TOKEN_TYP)

    @property
    def session_id(self) -> UUID:
        """The session this token belongs to."""
        return UUID(self.payload["sid"])

    @property
    def renews(self) -> bool:
        """Whether it is good for another one."""
        return self.payload.get(RENEWS_CLAIM) is True

    @property
    def expires_at(self) -> datetime:
        """When it stops to count."""
        return datetime.fromtimestamp(self.payload["exp"], UTC)

    @property
    def auth_time(self) -> datetime | None:
        """When, at the latest, it had been shown who this is, for a token says it to the second;
        None in one that does not say it."""
        moment = self.payload.get("auth_time")
        if type(moment) is not int or not 0 <= moment < LAST_EPOCH:
            return None
        return datetime.fromtimestamp(moment + 1, UTC)

    @property
    def user_id(self) -> str:
        """The user's key as text."""
        return str(self.payload[token_settings().user_id_claim])


def mint_access(
    session: UserSession,
    user_id: UserKey,
    now: datetime,
    lifetime: timedelta,
    claims: dict[str, Any],
) -> AccessToken:
    """A new access token of a session. It never outlives the session.

    ``claims`` are the host's; those that decide what the token is are not overridden by them.
    """
    config = token_settings()
    ours: dict[str, Any] = (
        {} if config.token_type_claim is None else {config.token_type_claim: "access"}
    )
    ours |= {
        "exp": epoch(min(now + lifetime, session.expires_at)),
        "iat": epoch(now),
        config.jti_claim: uuid4().hex,
        config.user_id_claim: claim_of(user_id),
        "sid": session.pk.hex,
        # How and when it was shown who this is (RFC 9068 section 2.2.1), as it was when this was
        # signed.
        "auth_time": epoch(session.auth_time),
        "amr": session.methods,
        "acr": acr_of(session.methods),
    }
    token = AccessToken()
    token.payload = ours | {
        name: value for name, value in claims.items() if name not in _RESERVED and name not in ours
    }
    return token


def claim_of(user_id: UserKey) -> int | str:
    """A user's key as a claim: numbers stay numbers, but ``sub`` is a text (RFC 7519 4.1.2)."""
    if isinstance(user_id, int) and token_settings().user_id_claim != "sub":
        return user_id
    return str(user_id)


def stateless_user(token: AccessToken) -> TokenUser:
    """Who the token says it is, without asking the database. Holds no rights."""
    return TokenUser(token)


def _read(raw: str) -> dict[str, Any]:
    config = token_settings()
    claims = read(raw, access_keys(), typ=settings.ACCESS_TOKEN_TYP)
    if config.token_type_claim and claims.get(config.token_type_claim) != "access":
        raise TokenInvalid
    text_claim(claims, config.jti_claim)
    check_owner(claims)
    session_id(claims)
    return claims


def check_owner(claims: dict[str, Any]) -> None:
    """The user's key must be a number or a short text: ``true`` is no key of user 1."""
    owner = claims.get(token_settings().user_id_claim)
    if isinstance(owner, bool) or not isinstance(owner, int | str) or len(str(owner)) > 64:
        raise TokenInvalid


def session_id(claims: dict[str, Any]) -> UUID:
    """The session a token names. Raises :class:`TokenInvalid`."""
    try:
        return UUID(hex=text_claim(claims, "sid"))
    except ValueError as error:
        raise TokenInvalid from error
