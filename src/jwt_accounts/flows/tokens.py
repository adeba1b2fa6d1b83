"""The pair of tokens that sign-in and refresh give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from jwt_accounts.hooks import hooks
from jwt_accounts.models import UserSession
from jwt_accounts.policies.sessions import SessionRules
from jwt_accounts.tokens.access import AccessToken, mint_access
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.refresh import mint_refresh
from jwt_accounts.types import HostUser


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """How long a contract's tokens live; None = as simplejwt's settings say.

    ``rotates``: whether a refresh gives a new refresh token. Where it does not, the one given at
    sign-in lives as long as the session.
    """

    access: timedelta | None = None
    refresh: timedelta | None = None
    rotates: bool = True


#: A contract that says nothing of its own.
DEFAULT_LIFETIMES = Lifetimes()


def simplejwt_lifetimes() -> Lifetimes:
    """As ``SIMPLE_JWT`` says, ``ROTATE_REFRESH_TOKENS`` included: for contracts of hosts that come
    from simplejwt."""
    return Lifetimes(rotates=token_settings().rotates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a client is given. ``refresh`` is None where the contract keeps the one it has."""

    access: str = field(repr=False)
    access_expires_in: int
    refresh: str | None = field(repr=False)
    session: UserSession


def give_tokens(
    session: UserSession,
    user: HostUser | None,
    now: datetime,
    *,
    lifetimes: Lifetimes,
    refresh_issued_at: datetime | None,
    refresh_expires_at: datetime | None,
) -> Tokens:
    """Sign the tokens of a session. ``user`` may be None where no hook needs it."""
    access = _access(session, user, now, lifetimes)
    refresh = None
    if refresh_issued_at is not None and refresh_expires_at is not None:
        refresh = mint_refresh(session, issued_at=refresh_issued_at, expires_at=refresh_expires_at)
    return Tokens(
        access=str(access),
        access_expires_in=max(0, access.payload["exp"] - access.payload["iat"]),
        refresh=refresh,
        session=session,
    )


def rotating_expiry(session: UserSession, rules: SessionRules, lifetimes: Lifetimes) -> datetime:
    """When the refresh token of the present generation expires: derived from the row alone, so
    that whoever asks again gets the same one."""
    lifetime = lifetimes.refresh or token_settings().refresh_lifetime
    return min(session.rotated_at + lifetime, session.rotated_at + rules.idle, session.expires_at)


def _access(
    session: UserSession, user: HostUser | None, now: datetime, lifetimes: Lifetimes
) -> AccessToken:
    adapter = hooks()
    claims = {}
    if adapter.adds_claims:
        claims = adapter.get_claims(session.user if user is None else user)
    lifetime = lifetimes.access or token_settings().access_lifetime
    return mint_access(session, session.user_id, now, lifetime, claims)
