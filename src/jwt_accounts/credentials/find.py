"""From what a person typed to whom it means, in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q

from jwt_accounts.conf import settings
from jwt_accounts.credentials import scan
from jwt_accounts.errors import InvalidInput
from jwt_accounts.models import Account, holding, strangers, written_as
from jwt_accounts.models.userfields import canonical, user_fields, user_model
from jwt_accounts.policies.identifiers import is_storable
from jwt_accounts.rulebook import RoleRow, build_role, in_order, role_columns
from jwt_accounts.second_factors import factor_tables, has_factor
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import HostUser, IdentifierKind

IDENTIFIER_MAX_LENGTH = 320

_ROLE_COLUMNS = role_columns()
# An address beats a number beats a name that looks like one: the first two were proved.
_PRECEDENCE = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME)


@dataclass(frozen=True, slots=True)
class Found:
    """Whom an identifier means, and whether that one has a second factor. ``user`` is None where it
    means nobody, or more than one."""

    user: HostUser | None
    account: Account | None
    roles: tuple[RoleRow, ...]
    attempt_key: str
    has_factor: bool = False


def find(identifier: str) -> Found:
    """Look an identifier up, in whatever spelling it was typed.

    One statement, whoever it means. Users whom no account knows yet (made elsewhere, see
    ``AccountManager.adopt``) are found by the host's own columns, as ``scan.py`` says.

    Raises :class:`InvalidInput` for a text that no identifier can be.
    """
    check_text(identifier)
    keys = _keys(identifier)
    main = next(keys[kind] for kind in _PRECEDENCE if kind in keys)
    attempt_key = keyed_digest("jwt_accounts.attempt", main)
    rows = _matching(keys, identifier.strip())
    chosen = _choose(rows, keys)
    if chosen is None:
        return Found(user=None, account=None, roles=(), attempt_key=attempt_key)
    return Found(
        user=chosen,
        account=getattr(chosen, "jwt_account", None),
        roles=_roles(row for row in rows if row.pk == chosen.pk),
        attempt_key=attempt_key,
        has_factor=_has_factor(chosen),
    )


def find_user(user: HostUser) -> Found:
    """The same for a user who is known already: to check a password again. One statement."""
    rows = list(_with_roles(user_model()._default_manager.filter(pk=user.pk)))
    main = str(user.pk)
    return Found(
        user=rows[0] if rows else None,
        account=getattr(rows[0], "jwt_account", None) if rows else None,
        roles=_roles(rows),
        attempt_key=keyed_digest("jwt_accounts.attempt", main),
        has_factor=bool(rows) and _has_factor(rows[0]),
    )


def check_text(identifier: str) -> None:
    """Raises :class:`InvalidInput` for a text that no identifier can be."""
    if not is_storable(identifier) or len(identifier) > IDENTIFIER_MAX_LENGTH:
        raise InvalidInput


def _keys(identifier: str) -> dict[IdentifierKind, str]:
    keys = {IdentifierKind.USERNAME: canonical(IdentifierKind.USERNAME, identifier) or ""}
    if "@" in keys[IdentifierKind.USERNAME]:
        keys[IdentifierKind.EMAIL] = canonical(IdentifierKind.EMAIL, identifier) or ""
    if phone := canonical(IdentifierKind.PHONE, identifier):
        keys[IdentifierKind.PHONE] = phone
    return keys


def _matching(keys: dict[IdentifierKind, str], typed: str) -> list[Any]:
    """A row for each role of each user that may be meant (one row where a user has none)."""
    if not scan.is_due():
        return list(_rows(keys, typed, thorough=False))
    with scan.measured():
        return list(_rows(keys, typed, thorough=True))


def _rows(keys: dict[IdentifierKind, str], typed: str, *, thorough: bool) -> Any:
    wanted = {kind: key for kind, key in keys.items() if kind in settings.IDENTIFIERS}
    known = Account.objects.filter(
        reduce(or_, (holding(kind, {key}) for kind, key in wanted.items()), Q(pk__in=[]))
    )
    unknown = strangers().filter(_written(wanted, typed, thorough=thorough))
    candidates = known.order_by().values("user_id").union(unknown.order_by().values("pk"), all=True)
    return _with_roles(user_model()._default_manager.filter(pk__in=candidates))


def _with_roles(users: Any) -> Any:
    more: dict[str, Any] = {f"jwt_{name}": F(column) for name, column in _ROLE_COLUMNS.items()}
    if factor_tables():
        more["jwt_has_factor"] = has_factor()
    return users.select_related("jwt_account").annotate(**more).order_by()


def _has_factor(row: Any) -> bool:
    return bool(getattr(row, "jwt_has_factor", False))


def _written(wanted: dict[IdentifierKind, str], typed: str, *, thorough: bool) -> Q:
    """What a user without an account must say of itself: thoroughly, any identifier in any case;
    else the main field, letter by letter, for which every user model has an index."""
    if thorough:
        return reduce(or_, (written_as(kind, typed) for kind in wanted), Q(pk__in=[]))
    main = user_model().USERNAME_FIELD
    return Q(**{f"{main}__in": {typed, *wanted.values()}})


def _choose(rows: list[Any], keys: dict[IdentifierKind, str]) -> Any:
    """The one user who is meant; None where two have an equal claim."""
    for kind in _PRECEDENCE:
        if kind not in keys:
            continue
        claims = {row.pk: row for row in rows if _claims(row, kind, keys[kind])}
        if claims:
            user = claims.popitem()[1]
            return None if claims or _disputes(user, kind) else user
    return None


def _claims(user: Any, kind: IdentifierKind, key: str) -> bool:
    account = getattr(user, "jwt_account", None)
    if account is None:
        return canonical(kind, user_fields().read(user, kind)) == key
    disputed = _disputes(user, kind) and getattr(account, kind) == key
    return bool(account.key_of(kind) == key or disputed)


def _disputes(user: Any, kind: IdentifierKind) -> bool:
    account = getattr(user, "jwt_account", None)
    return account is not None and kind in account.disputed.split()


def _roles(rows: Iterable[Any]) -> tuple[RoleRow, ...]:
    return in_order(
        build_role({name: getattr(row, f"jwt_{name}") for name in _ROLE_COLUMNS})
        for row in rows
        if row.jwt_name is not None
    )
