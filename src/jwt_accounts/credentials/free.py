"""Whether identifiers are still free, asked in every spelling and across kinds.

The unique constraints on the account have the last word; this look gives the refusal its field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_
from typing import Any

from jwt_accounts.credentials import scan
from jwt_accounts.errors import FieldError, InvalidInput
from jwt_accounts.models import Account, holding, strangers, written_as
from jwt_accounts.models.userfields import canonical, user_fields, user_model
from jwt_accounts.types import IdentifierKind, UserKey


def check_free(
    wanted: Mapping[IdentifierKind, str],
    *,
    except_user: UserKey = None,
    squatted: Collection[UserKey] = (),
) -> None:
    """Raises :class:`InvalidInput` naming each identifier that somebody else has, but for those in
    ``squatted``, who have to give it up.

    A user name that is another's e-mail or number is taken as well: one could sign in by the
    other's name. Two queries: users without an account are asked for as well.
    """
    forms = {kind: _forms(kind, value) for kind, value in wanted.items() if value}
    if not forms:
        return
    every = set().union(*forms.values())
    claims = reduce(or_, (holding(kind, every) for kind in IdentifierKind))
    holders = Account.objects.filter(claims).exclude(pk__in=[except_user, *squatted])
    taken = set().union(*(holder.held() for holder in holders))
    if not taken and scan.is_due():
        written = reduce(or_, (written_as(kind, wanted[kind].strip()) for kind in forms))
        with scan.measured():
            taken = _keys_of_strangers(strangers().filter(written).exclude(pk=except_user), forms)
    errors = {str(kind): taken_error(kind) for kind, form in forms.items() if form & taken}
    if errors:
        raise InvalidInput(fields=errors)


def squatters(kind: IdentifierKind, value: str, *, except_user: UserKey = None) -> list[UserKey]:
    """Who holds an identifier that they merely claimed, and would have to give it up to who proves
    it. Nobody, where the host's own column allows it to one user only."""
    key = canonical(kind, value)
    name = user_fields().name_of(kind)
    if key is None or (name is not None and _is_unique(name)):
        return []
    claimed = Account.objects.filter(**{f"{kind}_key": key}, unproved__contains=kind)
    return list(claimed.exclude(pk=except_user).values_list("pk", flat=True))


def evict(kind: IdentifierKind, keys: Collection[UserKey]) -> None:
    """Take a claimed identifier from users, whose rows the caller has locked: it is only written
    down with them from now on."""
    Account.objects.filter(pk__in=keys, unproved__contains=kind).update(**{f"{kind}_key": None})


def _is_unique(name: str) -> bool:
    return bool(getattr(user_model()._meta.get_field(name), "unique", False))


def taken_error(kind: IdentifierKind) -> tuple[FieldError, ...]:
    """The sentence for a taken identifier. Clients compare it, so it is not translated."""
    return (FieldError("unique", f"A user with that {kind} already exists."),)


def _forms(kind: IdentifierKind, value: str) -> set[str]:
    """The value as its own kind and as every other kind it could be typed for."""
    keys = {canonical(each, value) for each in (kind, IdentifierKind.PHONE)}
    name = canonical(IdentifierKind.USERNAME, value) or ""
    keys.add(name)
    if "@" in name:
        keys.add(canonical(IdentifierKind.EMAIL, value))
    return {key for key in keys if key}


def _keys_of_strangers(unknown: Any, forms: Mapping[IdentifierKind, set[str]]) -> set[str]:
    fields = user_fields()
    return {
        key
        for user in unknown
        for kind in forms
        if (key := canonical(kind, fields.read(user, kind)))
    }
