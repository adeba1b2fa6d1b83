"""The effective rules for a user: the host's settings and the roles' rows, strictest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from jwt_accounts.conf import settings
from jwt_accounts.policies import lockout, passwords
from jwt_accounts.policies.expiry import expires_at, shortest_age
from jwt_accounts.policies.lockout import LockoutRules
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.policies.sessions import SessionRules
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.types import HostUser


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """What one role of a user says; None where it leaves the host's setting in force."""

    name: str
    is_role: bool = False
    minimum_characters: int | None = None
    contain_upper_case: bool | None = None
    contain_lower_case: bool | None = None
    contain_special_case: bool | None = None
    contain_number: bool | None = None
    password_expiration: int | None = None
    lockout_limit: int | None = None
    lockout_time: timedelta | None = None
    require_mfa: bool | None = None
    session_limit: int | None = None


_RULES = tuple(each.name for each in fields(RoleRow) if each.name not in {"name", "is_role"})
_PASSWORD_RULES = tuple(each.name for each in fields(PasswordRules))


def role_columns(groups: str = "groups__") -> dict[str, str]:
    """From a field of :class:`RoleRow` to the column of a query that holds it. ``groups`` is the
    way from the query's model to its groups."""
    rules = {name: f"{groups}role_settings__{name}" for name in _RULES}
    return {"name": f"{groups}name", "is_role": f"{groups}role_settings__role_id", **rules}


def build_role(values: Mapping[str, Any]) -> RoleRow:
    """A row of values under the names of :func:`role_columns`."""
    return RoleRow(**{**values, "is_role": values["is_role"] is not None})


def in_order(roles: Iterable[RoleRow]) -> tuple[RoleRow, ...]:
    """Roles with rules first, then by name."""
    return tuple(sorted(roles, key=lambda role: (not role.is_role, role.name)))


def roles_held(user: HostUser) -> tuple[RoleRow, ...]:
    """A user's roles, in one query; none for a user who is not saved yet."""
    if user._state.adding:
        return ()
    columns = role_columns(groups="")
    rows = user.groups.values_list(*columns.values())
    return in_order(build_role(dict(zip(columns, row, strict=True))) for row in rows)


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
    return lockout.strictest(own) if own else default


def password_rules(roles: Iterable[RoleRow] = ()) -> PasswordRules:
    """What a new password of a user with these roles must be made of."""
    default = settings.PASSWORD_RULES
    own = [_rules_of(role, default) for role in roles if role.is_role]
    return passwords.strictest(own) if own else default


def maximum_password_age(roles: Iterable[RoleRow] = ()) -> timedelta | None:
    """How old a password of a user with these roles may be; None = as old as it likes."""
    return shortest_password_age(
        None if role.password_expiration is None else timedelta(days=role.password_expiration)
        for role in roles
    )


def shortest_password_age(of_roles: Iterable[timedelta | None]) -> timedelta | None:
    """The same where only the roles' ages are known."""
    return shortest_age([settings.PASSWORD_EXPIRATION, *of_roles])


def requires_second_factor(roles: Iterable[RoleRow]) -> bool:
    """Whether any of these roles asks for a second factor."""
    return any(role.require_mfa for role in roles)


def session_limit(roles: Iterable[RoleRow] = ()) -> int | None:
    """How many sessions a user with these roles may have open at once: the lowest limit of all.
    None = as many as they like."""
    limits = [settings.SESSION_LIMIT, *(role.session_limit for role in roles)]
    return min((limit for limit in limits if limit is not None), default=None)


def password_expiry(changed_at: datetime | None, roles: Iterable[RoleRow]) -> datetime | None:
    """When a password that was set at a moment expires; None = never."""
    return expires_at(changed_at, maximum_password_age(roles))


def session_rules(*, refresh_lifetime: timedelta | None = None) -> SessionRules:
    """How long a session lives. ``refresh_lifetime`` is the contract's, where it names one."""
    lifetime = refresh_lifetime or token_settings().refresh_lifetime
    return SessionRules(
        idle=settings.SESSION_IDLE_LIFETIME or lifetime,
        lifetime=settings.SESSION_LIFETIME,
        grace=settings.REFRESH_GRACE,
    )


def _rules_of(role: RoleRow, default: PasswordRules) -> PasswordRules:
    own = {name: getattr(role, name) for name in _PASSWORD_RULES}
    return PasswordRules(
        **{name: getattr(default, name) if own[name] is None else own[name] for name in own}
    )
