"""Whether identifiers are still free, asked in every spelling and across kinds.

The unique constraints on the account have the last word; this look gives the refusal its field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from jwt_accounts.conf import settings
from jwt_accounts.credentials import scan
from jwt_accounts.errors import FieldError, InvalidInput
from jwt_accounts.models import Account, holding, strangers, written_as
from jwt_accounts.models.userfields import canonical, user_fields, user_model
from jwt_accounts.types import HostUser, IdentifierKind, UserKey


def check_free(
    wanted: Mapping[IdentifierKind, str],
    *,
    except_user: UserKey = None,
    squatted: Collection[UserKey] = (),
) -> None:
    """Raises :class:`InvalidInput` naming each identifier that somebody else has, but for those in
    ``squatted``, who have to give it up.

    A user name that is another's e-mail or number is taken as well: one could sign in by the
    other's name. One statement: users without an account are asked for as well.
    """
    forms = {kind: _forms(kind, value) for kind, value in wanted.items() if value}
    if not forms:
        return
    every = set().union(*forms.values())
    claims = reduce(or_, (holding(kind, every) for kind in IdentifierKind))
    known = Account.objects.filter(claims).exclude(pk__in=[except_user, *squatted])
    keys = known.order_by().values("user_id")
    if scan.is_due():
        written = reduce(or_, (written_as(kind, wanted[kind].strip()) for kind in forms))
        unknown = strangers().filter(written).exclude(pk=except_user)
        with scan.measured():
            taken = _keys_of(keys.union(unknown.order_by().values("pk"), all=True), forms)
    else:
        taken = _keys_of(keys, forms)
    errors = {str(kind): taken_error(kind) for kind, form in forms.items() if form & taken}
    if errors:
        raise InvalidInput(fields=errors)


def check_name(name: str, *, email: str) -> None:
    """A user name that reads as an address is refused, but for one's own (``email``), and one that
    reads as an international number: it would keep either from its owner, and tell who has it.

    Raises :class:`InvalidInput` naming ``username``.
    """
    text = canonical(IdentifierKind.USERNAME, name) or ""
    own = canonical(IdentifierKind.EMAIL, email) if email else None
    is_address = "@" in text and canonical(IdentifierKind.EMAIL, name) != own
    number = canonical(IdentifierKind.PHONE, name)
    is_number = number is not None and IdentifierKind.PHONE in settings.IDENTIFIERS
    if is_address or is_number:
        message = "A user name cannot be somebody else's e-mail address, nor a telephone number."
        raise InvalidInput(fields={"username": (FieldError("invalid", message),)})


def squatters(kind: IdentifierKind, value: str, *, except_user: UserKey = None) -> list[UserKey]:
    """Who holds an identifier that they merely claimed, as such or as a user name, and would have
    to give it up to who proves it. Nobody, where the host's own column allows it to one user only.
    """
    key = canonical(kind, value)
    name = user_fields().name_of(kind)
    if key is None or (name is not None and _is_unique(name)):
        return []
    as_name = Q(**{str(kind): key, "username_key__in": _names(kind, value)})
    held = Q(**{f"{kind}_key": key}) | as_name
    claimed = Account.objects.filter(held, unproved__contains=kind).exclude(pk=except_user)
    return list(claimed.values_list("pk", flat=True))


def evict(kind: IdentifierKind, value: str, keys: Collection[UserKey]) -> None:
    """Take a claimed identifier from users, whose rows the caller has locked: it is only written
    down with them from now on, and a user name that says the same is no way in."""
    claimed = Account.objects.filter(pk__in=keys, unproved__contains=kind)
    claimed.filter(username_key__in=_names(kind, value)).update(username_key=None)
    claimed.update(**{f"{kind}_key": None})


def _names(kind: IdentifierKind, value: str) -> set[str]:
    """The user names that read as an identifier of another kind."""
    return {key for each in (kind, IdentifierKind.USERNAME) if (key := canonical(each, value))}


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


def _keys_of(keys: Any, forms: Mapping[IdentifierKind, set[str]]) -> set[str]:
    """What the users with these keys hold; of one without an account, what is written down."""
    users = user_model()._default_manager.filter(pk__in=keys).select_related("jwt_account")
    taken: set[str] = set()
    for user in users.order_by():
        account: Account | None = getattr(user, "jwt_account", None)
        taken |= _written(user, forms) if account is None else account.held()
    return taken


def _written(user: HostUser, forms: Mapping[IdentifierKind, set[str]]) -> set[str]:
    fields = user_fields()
    return {key for kind in forms if (key := canonical(kind, fields.read(user, kind)))}
