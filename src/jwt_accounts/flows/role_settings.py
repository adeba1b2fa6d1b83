"""The rules of the roles: read by who must follow them, changed by who holds the right. They are
read from the database each time, so a change is in force everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import router, transaction

from jwt_accounts.errors import FieldError, InvalidInput, NotFound
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.flows.set_password import field_errors
from jwt_accounts.models import RoleSettings, SecurityEvent, UserSession
from jwt_accounts.policies.identifiers import is_storable
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.rights import CHANGE_ROLE_SETTINGS, may_rule, require
from jwt_accounts.rulebook import (
    RoleRow,
    build_role,
    lockout_rules,
    password_rules,
    role_columns,
)
from jwt_accounts.types import EventKind, HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRules:
    """The rules of one role as they are in force, the host's settings filled in.

    ``password_expiration`` is the role's own, in days; None: it sets none, so the host's
    ``PASSWORD_EXPIRATION`` alone counts. ``lockout_time`` None: until unlocked. ``session_limit``
    is the role's own too.
    """

    role: str
    password: PasswordRules
    password_expiration: int | None
    lockout_limit: int
    lockout_time: timedelta | None
    require_mfa: bool
    session_limit: int | None


def default_rules() -> PasswordRules:
    """The password rules of a user without a role. Costs no query."""
    return password_rules()


def list_roles() -> list[RoleRules]:
    """Every role, in the order they were made. One query."""
    return [_effective(row) for row in _rows()]


def get_role(*, role: str) -> RoleRules:
    """One role. Raises :class:`NotFound`."""
    found = _rows(role)
    if not found:
        raise no_such_role()
    return _effective(found[0])


def change_role(
    ctx: RequestContext,
    *,
    actor: HostUser,
    role: str,
    changes: Mapping[str, Any],
    session: UserSession | None = None,
) -> RoleRules:
    """Change those columns of ``RoleSettings`` that are named. No password stops being valid:
    rules bind when the next one is set. Who no longer asks a role for a second factor shows again
    who it is (``session``; None: the host's own code asks, and vouches).

    Raises ``Forbidden``, ``ReauthenticationRequired``, :class:`NotFound`, or :class:`InvalidInput`
    for a value out of range; then nothing is changed.
    """
    require(actor, CHANGE_ROLE_SETTINGS)
    with transaction.atomic(using=router.db_for_write(RoleSettings)):
        settings = _locked(role)
        may_rule(actor, settings.role)
        if settings.require_mfa and changes.get("require_mfa") is False and session is not None:
            require_presence(ctx, session)
        former = {name: getattr(settings, name) for name in changes}
        for name, value in changes.items():
            setattr(settings, name, value)
        _check(settings, changes)
        if changes:
            settings.save(update_fields=list(changes))
        record_change(ctx, actor=actor, role=role, former=former, changes=changes)
    return get_role(role=role)


def record_change(
    ctx: RequestContext,
    *,
    actor: HostUser,
    role: str,
    former: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> None:
    """Write the change of a role's rules to the audit trail, in the caller's transaction."""
    details: dict[str, object] = {
        name: [_plain(former[name]), _plain(changes[name])]
        for name in changes
        if former[name] != changes[name]
    }
    if details:
        SecurityEvent.objects.record(
            EventKind.ROLE_SETTINGS_CHANGED,
            ctx,
            actor_id=actor.pk,
            details={"role": role, "changes": details},
        )


def no_such_role() -> NotFound:
    """The refusal that names what is unknown."""
    return NotFound(fields={"role": (FieldError("not_found", "There is no such role."),)})


def _rows(role: str | None = None) -> list[RoleRow]:
    if role is not None and not is_storable(role):
        return []
    columns = role_columns(groups="")
    groups = Group.objects.filter(role_settings__isnull=False).order_by("pk")
    if role is not None:
        groups = groups.filter(name=role)
    rows = groups.values_list(*columns.values())
    return [build_role(dict(zip(columns, row, strict=True))) for row in rows]


def _effective(row: RoleRow) -> RoleRules:
    lockout = lockout_rules([row])
    return RoleRules(
        role=row.name,
        password=password_rules([row]),
        password_expiration=row.password_expiration,
        lockout_limit=lockout.limit,
        lockout_time=lockout.duration,
        require_mfa=bool(row.require_mfa),
        session_limit=row.session_limit,
    )


def _locked(role: str) -> RoleSettings:
    found = None
    if is_storable(role):
        rows = RoleSettings.objects.select_for_update(of=("self",)).select_related("role")
        found = rows.filter(role__name=role).first()
    if found is None:
        raise no_such_role()
    return found


def _check(settings: RoleSettings, changes: Mapping[str, Any]) -> None:
    others = {each.name for each in RoleSettings._meta.fields} - set(changes)
    try:
        settings.clean_fields(exclude=others)
    except ValidationError as error:
        raise InvalidInput(
            fields={
                name: field_errors(ValidationError(errors))
                for name, errors in error.error_dict.items()
            }
        ) from error


def _plain(value: Any) -> object:
    return value.total_seconds() if isinstance(value, timedelta) else value
