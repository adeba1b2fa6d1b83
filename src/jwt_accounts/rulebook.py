"""The effective rules for a user: the host's settings and the roles' rows, strictest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from jwt_accounts.conf import settings
from jwt_accounts.policies.expiry import shortest_age
from jwt_accounts.policies.lockout import LockoutRules, strictest
from jwt_accounts.policies.sessions import SessionRules
from jwt_accounts.tokens.config import token_settings


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What one role of a user says; None where it leaves the host's setting in force."""

    name: str
    is_role: bool = False
    lockout_limit: int | None = None
    lockout_time: timedelta | None = None
    password_expiration: int | None = None


def lockout_rules(roles: Iterable[RoleRow] = ()) -> LockoutRules:
    """Tries and lock for a user with these roles; without any, for an unknown identifier too."""
    default = LockoutRules(settings.LOCKOUT_LIMIT, settings.LOCKOUT_TIME)
    own = [
        LockoutRules(
            default.limit if role.lockout_limit is None else role.lockout_limit,
            default.duration if role.lockout_time is None else role.lockout_time,
        )
        for role in roles
        if role.is_role
    ]
    return strictest(own) if own else default


def maximum_password_age(roles: Iterable[RoleRow] = ()) -> timedelta | None:
    """How old a password of a user with these roles may be; None = as old as it likes."""
    of_roles = (
        None if role.password_expiration is None else timedelta(days=role.password_expiration)
        for role in roles
    )
    return shortest_age([settings.PASSWORD_EXPIRATION, *of_roles])


def session_rules(*, refresh_lifetime: timedelta | None = None) -> SessionRules:
    """How long a session lives. ``refresh_lifetime`` is the contract's, where it names one."""
    lifetime = refresh_lifetime or token_settings().refresh_lifetime
    return SessionRules(
        idle=settings.SESSION_IDLE_LIFETIME or lifetime,
        lifetime=settings.SESSION_LIFETIME,
        grace=settings.REFRESH_GRACE,
    )
