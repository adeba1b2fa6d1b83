"""The hot statement of every authenticated request: user, account and session in one row.

Compiled once per database; :func:`load_with_orm` is the same in the ORM's words. It serves the
user models that span several tables, and the tests hold the two against each other.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections, router

from jwt_accounts.models import Account, UserSession
from jwt_accounts.tokens.digests import is_same_password
from jwt_accounts.tokens.rows import Columns, columns_of, is_one_table, quoted

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


def load(session_id: UUID) -> UserSession | None:
    """The session with its ``user`` and the user's ``jwt_account`` (None where there is none
    yet), in one statement."""
    model = get_user_model()
    if not is_one_table(model):
        return load_with_orm(session_id)
    alias = router.db_for_read(UserSession)
    sql, (sessions, users, accounts) = _compiled(alias, model)
    connection = connections[alias]
    key = UserSession._meta.pk.get_db_prep_value(session_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, [key])
        row = cursor.fetchone()
    if row is None:
        return None
    first, second = len(sessions.names), len(sessions.names) + len(users.names)
    session = sessions.build(row[:first], connection)
    user = users.build(row[first:second], connection)
    # A column of a primary key is null only where the outer join found no account.
    account = None
    if row[second + accounts.names.index("user_id")] is not None:
        account = accounts.build(row[second:], connection)
    _link(session, user, account)
    return session


def is_alive(session: UserSession, now: datetime) -> bool:
    """Whether a loaded session still counts: not ended, not past either end, its user active, not
    locked by staff, and with the password it began with."""
    account = getattr(session.user, "jwt_account", None)
    return (
        session.ended_at is None
        and session.expires_at > now
        and session.idle_expires_at > now
        and session.user.is_active
        and (account is None or account.staff_locked_at is None)
        and is_same_password(session.user.password, session.password_digest)
    )


def load_with_orm(session_id: UUID) -> UserSession | None:
    """The same row through the ORM."""
    sessions = UserSession.objects.select_related("user__jwt_account")
    return sessions.filter(pk=session_id).first()


@lru_cache(maxsize=16)
def _compiled(
    alias: str, model: type[AbstractBaseUser]
) -> tuple[str, tuple[Columns[UserSession], Columns[Any], Columns[Account]]]:
    connection = connections[alias]
    models: tuple[type[UserSession], type[Any], type[Account]] = (UserSession, model, Account)
    selected = ", ".join(
        quoted(connection, each, field) for each in models for field in each._meta.concrete_fields
    )
    table = {each: connection.ops.quote_name(each._meta.db_table) for each in models}
    user_key = quoted(connection, model, model._meta.pk.name)
    sql = (
        f"SELECT {selected} FROM {table[UserSession]}"  # noqa: S608 - quoted names of models
        f" INNER JOIN {table[model]} ON {user_key} = {quoted(connection, UserSession, 'user')}"
        f" LEFT OUTER JOIN {table[Account]} ON {quoted(connection, Account, 'user')} = {user_key}"
        f" WHERE {quoted(connection, UserSession, 'id')} = %s"
    )
    return sql, (
        columns_of(UserSession, connection),
        columns_of(model, connection),
        columns_of(Account, connection),
    )


def _link(session: UserSession, user: Any, account: Account | None) -> None:
    session.user = user
    # What select_related leaves behind, so that `user.jwt_account` costs no query either way.
    user._state.fields_cache["jwt_account"] = account
    if account is not None:
        account._state.fields_cache["user"] = user
