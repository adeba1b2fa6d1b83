"""The pair of tokens that sign-in and refresh give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from jwt_accounts.hooks import hooks
from jwt_accounts.models import UserSession
from jwt_accounts.policies.sessions import SessionRules
from jwt_accounts.tokens.access import RENEWS_CLAIM, AccessToken, mint_access
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.refresh import mint_refresh
from jwt_accounts.types import HostUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a contract's tokens live; None = as simplejwt's settings say.

    ``rotates``: whether a refresh gives a new refresh token. Where it does not, the one given at
    sign-in lives as long as the session. ``renews``: whether an access token is good for another
    one (``refresh.renew``); it says so itself, so that no other contract's is.
    """

    access: timedelta | None = None
    refresh: timedelta | None = None
    rotates: bool = True
    renews: bool = False


#: A contract that says nothing of its own.
DEFAULT_LIFETIMES = Lifetimes()


def simplejwt_lifetimes() -> Lifetimes:
    """As ``SIMPLE_JWT`` says, ``ROTATE_REFRESH_TOKENS`` included: for contracts of hosts that come
    from simplejwt."""
    return Lifetimes(rotates=token_settings().rotates)


Claims: TypeAlias = Mapping[str, Any]

#: What an optional app says of a session in every access token of it. Each may cost a query.
claim_sources: list[Callable[[UserSession], Claims]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a client is given; the lifetimes in seconds. ``refresh`` is None where the contract
    keeps the one it has."""

    access: str = field(repr=False)
    access_expires_in: int
    refresh: str | None = field(repr=False)
    refresh_expires_in: int = 0
    session: UserSession


def give_tokens(
    session: UserSession,
    user: HostUser | None,
    now: datetime,
    *,
    lifetimes: Lifetimes,
    refresh_issued_at: datetime | None,
    refresh_expires_at: datetime | None,
    claims: Claims | None = None,
) -> Tokens:
    """Sign the tokens of a session. ``user`` may be None where no hook needs it; ``claims``: what
    the optional apps would say, where that is known already."""
    access = _access(session, user, now, lifetimes, claims)
    refresh, remaining = None, 0
    if refresh_issued_at is not None and refresh_expires_at is not None:
        refresh = mint_refresh(session, issued_at=refresh_issued_at, expires_at=refresh_expires_at)
        remaining = max(0, int((refresh_expires_at - now).total_seconds()))
    return Tokens(
        access=str(access),
        access_expires_in=max(0, access.payload["exp"] - access.payload["iat"]),
        refresh=refresh,
        refresh_expires_in=remaining,
        session=session,
    )


def rotating_expiry(session: UserSession, rules: SessionRules, lifetimes: Lifetimes) -> datetime:
    """When the refresh token of the present generation expires: derived from the row alone, so
    that whoever asks again gets the same one."""
    lifetime = lifetimes.refresh or token_settings().refresh_lifetime
    return min(session.rotated_at + lifetime, session.rotated_at + rules.idle, session.expires_at)


def _access(
    session: UserSession,
    user: HostUser | None,
    now: datetime,
    lifetimes: Lifetimes,
    known: Claims | None,
) -> AccessToken:
    adapter = hooks()
    claims: dict[str, Any] = {}
    if adapter.adds_claims:
        claims |= adapter.get_claims(session.user if user is None else user)
    for said in [known] if known is not None else (source(session) for source in claim_sources):
        claims |= said
    if lifetimes.renews:
        claims[RENEWS_CLAIM] = True
    lifetime = lifetimes.access or token_settings().access_lifetime
    return mint_access(session, session.user_id, now, lifetime, claims)
