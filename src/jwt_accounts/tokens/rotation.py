"""The hot statement of a refresh: one conditional UPDATE decides who rotates.

It hits its row only where the generation is the present one, the session is alive and its user
may have it. The conditions on other tables are ``EXISTS``: a filter across a relation would move
all of them into a subquery that is not checked again after waiting for the row. So of any number
of parallel refreshes exactly one rotates.

Compiled once per database with ``RETURNING`` (PostgreSQL, SQLite); :func:`rotate_with_orm` is the
same in the ORM's words, for user models that span several tables and as the tests' oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    Model,
    OuterRef,
    Q,
)

from jwt_accounts.models import Account, RoleSettings, UserSession
from jwt_accounts.models.userfields import parse_user_id
from jwt_accounts.second_factors import factor_tables, has_factor
from jwt_accounts.tokens.refresh import RefreshClaims
from jwt_accounts.tokens.rows import (
    Columns,
    column_of,
    columns_of,
    converted,
    is_one_table,
    quoted,
)
from jwt_accounts.types import HostUser, RequestContext, UserKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.base_user import AbstractBaseUser


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a session may go on: when the user's password was set, the shortest time
    any of the user's roles gives it, whether staff wants another, and whether the user has a second
    factor or must have one."""

    changed_at: datetime | None
    must_change: bool
    maximum: timedelta | None
    needs_factor: bool


@dataclass(frozen=True, slots=True)
class Rotated:
    """The session as it is now, and its user's present password hash and standing."""

    session: UserSession
    password: str = field(repr=False)
    standing: Standing


def rotate(
    claims: RefreshClaims, ctx: RequestContext, *, idle_end: datetime, steps: int
) -> Rotated | None:
    """Use the session: ``steps`` = 1 makes the next generation, 0 keeps the token (contracts that
    return no new one). None where no row was hit: the caller looks why."""
    alias = router.db_for_write(UserSession)
    model = get_user_model()
    if not is_one_table(model):
        return rotate_with_orm(claims, ctx, idle_end=idle_end, steps=steps)
    if _user_id(claims) is None:
        return None
    connection = connections[alias]
    sql, columns, order = _compiled(alias, model, tuple(factor_tables()))
    values = _values(claims, ctx, idle_end, steps)
    params = [_prepared(name, values[name], connection) for name in order]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    if row is None:
        return None
    *own, password, changed_at, must_change, days, needs_factor = row
    changed_at = converted(Account, "password_changed_at", changed_at, connection)
    return Rotated(
        session=columns.build(own, connection),
        password=str(password),
        standing=_standing(changed_at, must_change, days, needs_factor),
    )


def rotate_with_orm(
    claims: RefreshClaims, ctx: RequestContext, *, idle_end: datetime, steps: int
) -> Rotated | None:
    """The same in five statements."""
    user_id = _user_id(claims)
    session = UserSession.objects.filter(pk=claims.session_id).first()
    if session is None or user_id is None:
        return None
    changes: dict[str, Any] = {
        "generation": F("generation") + steps,
        "idle_expires_at": min(idle_end, session.expires_at),
        "last_used_at": ctx.now,
        "ip": ctx.ip,
        "user_agent": ctx.user_agent,
    }
    if steps:
        changes["rotated_at"] = ctx.now
    users = get_user_model()._default_manager.filter(pk=OuterRef("user_id"), is_active=True)
    locked = Account.objects.filter(user=OuterRef("user_id"), staff_locked_at__isnull=False)
    hit = UserSession.objects.filter(
        Exists(users),
        ~Exists(locked),
        pk=claims.session_id,
        user=user_id,
        generation=claims.generation,
        ended_at__isnull=True,
        expires_at__gt=ctx.now,
        idle_expires_at__gt=ctx.now,
    ).update(**changes)
    if not hit:
        return None
    fresh = UserSession.objects.select_related("user").get(pk=claims.session_id)
    return Rotated(session=fresh, password=fresh.user.password, standing=standing_of(fresh.user))


def standing_of(user: HostUser) -> Standing:
    """A user's standing, through the ORM. One query where the account is loaded."""
    account = getattr(user, "jwt_account", None)
    asked = Q(groups__role_settings__require_mfa=True)
    found = (
        get_user_model()
        ._default_manager.filter(pk=user.pk)
        .annotate(
            days=Min("groups__role_settings__password_expiration"),
            asked=Count("groups", filter=asked),
            held=ExpressionWrapper(has_factor(), BooleanField()),
        )
        .values("days", "asked", "held")
        .order_by()
        .first()
    ) or {"days": None, "asked": 0, "held": False}
    return _standing(
        None if account is None else account.password_changed_at,
        account is not None and account.must_change_password,
        found["days"],
        found["asked"] or found["held"],
    )


def _standing(
    changed_at: datetime | None, must_change: object, days: int | None, needs_factor: object
) -> Standing:
    return Standing(
        changed_at=changed_at,
        must_change=bool(must_change),
        maximum=None if days is None else timedelta(days=days),
        needs_factor=bool(needs_factor),
    )


def _values(
    claims: RefreshClaims, ctx: RequestContext, idle_end: datetime, steps: int
) -> dict[str, Any]:
    return {
        "steps": steps,
        "rotates": steps,
        "now": ctx.now,
        "idle_end": idle_end,
        "ip": ctx.ip,
        "user_agent": ctx.user_agent,
        "id": claims.session_id,
        "user": _user_id(claims),
        "generation": claims.generation,
        "active": True,
    }


def _user_id(claims: RefreshClaims) -> UserKey:
    """The key a token names; None for one no user can have."""
    try:
        return parse_user_id(claims.user_id)
    except ValueError:
        return None


_FIELD_OF = {
    "now": "last_used_at",
    "idle_end": "idle_expires_at",
    "ip": "ip",
    "user_agent": "user_agent",
    "id": "id",
    "user": "user",
}


def _prepared(name: str, value: Any, connection: Any) -> Any:
    if name not in _FIELD_OF:
        return value
    return column_of(UserSession, _FIELD_OF[name]).get_db_prep_value(value, connection)


@lru_cache(maxsize=16)
def _compiled(
    alias: str, model: type[AbstractBaseUser], tables: tuple[type[Model], ...]
) -> tuple[str, Columns[UserSession], tuple[str, ...]]:
    connection = connections[alias]
    quote = connection.ops.quote_name

    def own(name: str) -> str:
        return quoted(connection, UserSession, name)

    def column(name: str) -> str:
        return quote(str(column_of(UserSession, name).column))

    user_table, account_table = quote(model._meta.db_table), quote(Account._meta.db_table)
    user_key = quoted(connection, model, model._meta.pk.name)
    account_key = quoted(connection, Account, "user")
    memberships, member_key, group_key = _memberships(model, quote)
    absolute = own("expires_at")
    factors = " OR ".join(
        (
            f"EXISTS (SELECT 1 FROM {quote(RoleSettings._meta.db_table)} INNER JOIN {memberships}"  # noqa: S608 - names of models, quoted by the database's own rules
            f" ON {quoted(connection, RoleSettings, 'role')} = {group_key}"
            f" WHERE {member_key} = {own('user')}"
            f" AND {quoted(connection, RoleSettings, 'require_mfa')})",
            *(
                f"EXISTS (SELECT 1 FROM {quote(table._meta.db_table)}"  # noqa: S608 - as above
                f" WHERE {quoted(connection, table, 'user')} = {own('user')}"
                f" AND {quoted(connection, table, 'confirmed')})"
                for table in tables
            ),
        )
    )
    returned = ", ".join(quote(str(f.column)) for f in UserSession._meta.concrete_fields)
    sql = f"""
        UPDATE {quote(UserSession._meta.db_table)} SET
            {column("generation")} = {own("generation")} + %s,
            {column("rotated_at")} = CASE WHEN %s = 1 THEN %s ELSE {own("rotated_at")} END,
            {column("last_used_at")} = %s,
            {column("idle_expires_at")} =
                CASE WHEN {absolute} < %s THEN {absolute} ELSE %s END,
            {column("ip")} = %s,
            {column("user_agent")} = %s
        WHERE {own("id")} = %s
            AND {own("user")} = %s
            AND {own("generation")} = %s
            AND {own("ended_at")} IS NULL
            AND {absolute} > %s
            AND {own("idle_expires_at")} > %s
            AND EXISTS (
                SELECT 1 FROM {user_table}
                WHERE {user_key} = {own("user")}
                    AND {quoted(connection, model, "is_active")} = %s)
            AND NOT EXISTS (
                SELECT 1 FROM {account_table}
                WHERE {account_key} = {own("user")}
                    AND {quoted(connection, Account, "staff_locked_at")} IS NOT NULL)
        RETURNING {returned}, (
            SELECT {quoted(connection, model, "password")} FROM {user_table}
            WHERE {user_key} = {own("user")}), (
            SELECT {quoted(connection, Account, "password_changed_at")} FROM {account_table}
            WHERE {account_key} = {own("user")}), (
            SELECT {quoted(connection, Account, "must_change_password")} FROM {account_table}
            WHERE {account_key} = {own("user")}), (
            SELECT MIN({quoted(connection, RoleSettings, "password_expiration")})
            FROM {quote(RoleSettings._meta.db_table)} INNER JOIN {memberships}
                ON {quoted(connection, RoleSettings, "role")} = {group_key}
            WHERE {member_key} = {own("user")}), (
            CASE WHEN {factors} THEN 1 ELSE 0 END)
    """  # noqa: S608 - names of models, quoted by the database's own rules
    order = (
        *("steps", "rotates", "now", "now", "idle_end", "idle_end", "ip", "user_agent"),
        *("id", "user", "generation", "now", "now", "active"),
    )
    return " ".join(sql.split()), columns_of(UserSession, connection), order


def _memberships(model: type[Any], quote: Callable[[str], str]) -> tuple[str, str, str]:
    """The table of who is in which group, and its two columns."""
    groups = model._meta.get_field("groups")
    table = quote(groups.m2m_db_table())
    user, group = quote(groups.m2m_column_name()), quote(groups.m2m_reverse_name())
    return table, f"{table}.{user}", f"{table}.{group}"
