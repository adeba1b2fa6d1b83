"""Writing what people, or staff, say of a user: the host's fields and the account's copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from jwt_accounts.conf import settings
from jwt_accounts.credentials.free import check_free, taken_error
from jwt_accounts.errors import InvalidInput
from jwt_accounts.flows.set_password import field_errors
from jwt_accounts.models import Account
from jwt_accounts.models.accounts import IDENTIFIER_COLUMNS, written_by_flow
from jwt_accounts.models.userfields import PRIVILEGED, canonical, user_fields
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

if TYPE_CHECKING:
    from collections.abc import Collection

_WRITTEN = (*IDENTIFIER_COLUMNS, "confirmed_email", "email_confirmed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What anybody may say of themselves. None: not said, so left as it is.

    ``extra``: other fields of the host's user model, by name. Raises ``ValueError`` for one that
    decides what a user may do.
    """

    username: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refused = PRIVILEGED & set(self.extra)
        if refused:
            raise ValueError(f"not anybody's to say: {', '.join(sorted(refused))}")

    def said(self, *names: str) -> dict[str, Any]:
        """Those of ``names`` that were said."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def fields_said(self) -> list[str]:
        """The names of all that was said, for the audit trail."""
        own = [name for name in self.__dataclass_fields__ if name != "extra"]
        return sorted([*self.said(*own), *self.extra])


@dataclass(frozen=True, slots=True, kw_only=True)
class UserValues(Profile):
    """What staff says of a user."""

    password: str | None = field(default=None, repr=False)
    is_active: bool | None = None
    is_staff: bool | None = None
    is_superuser: bool | None = None
    must_change_password: bool | None = None


#: As Django's own ``create_user`` writes them.
_NORMAL: Mapping[IdentifierKind, Callable[[str], str]] = {
    IdentifierKind.USERNAME: AbstractBaseUser.normalize_username,
    IdentifierKind.EMAIL: BaseUserManager.normalize_email,
}


def assign(user: HostUser, values: Profile) -> None:
    """Put what was said on a user that is saved later."""
    fields = user_fields()
    for kind in IdentifierKind:
        name, value = fields.name_of(kind), getattr(values, kind)
        if name is not None and value is not None:
            setattr(user, name, _NORMAL.get(kind, str)(value.strip()))
    for name, value in values.said(*fields.profile).items():
        setattr(user, name, value)
    for name, value in values.extra.items():
        setattr(user, name, value)


def check_fields(user: HostUser, values: Profile) -> None:
    """The host's own validators, on the fields that were said. Raises :class:`InvalidInput`."""
    fields = user_fields()
    ours = {name: str(kind) for kind in IdentifierKind if (name := fields.name_of(kind))}
    checked = {*ours, *fields.profile, *values.extra}
    others = {each.name for each in user._meta.fields if each.name not in checked}
    unsaid = {
        name
        for name in checked - set(values.extra)
        if getattr(values, ours.get(name, name)) is None
    }
    if user._state.adding:
        unsaid -= {user.USERNAME_FIELD}
    try:
        user.clean_fields(exclude=others | unsaid)
        if values.extra:
            every = {each.name for each in user._meta.fields}
            user.validate_unique(exclude=every - set(values.extra))
    except ValidationError as error:
        raise InvalidInput(
            fields={
                ours.get(name, name): field_errors(ValidationError(errors))
                for name, errors in error.error_dict.items()
            }
        ) from error


def taken_column(user: HostUser) -> InvalidInput | None:
    """Which of the columns that the host's model declares unique have another user's value: a
    contact may repeat here, and yet not there."""
    fields = user_fields()
    ours = {name: kind for kind in IdentifierKind if (name := fields.name_of(kind))}
    try:
        user.validate_unique()
    except ValidationError as error:
        return InvalidInput(
            fields={
                str(ours.get(name, name)): taken_error(ours[name])
                if name in ours
                else field_errors(ValidationError(errors))
                for name, errors in error.error_dict.items()
            }
        )
    return None


def check_identifiers(
    values: Profile, contacts: Collection[IdentifierKind], user: HostUser | None = None
) -> None:
    """Raises :class:`InvalidInput` naming each identifier that somebody else has."""
    fields = user_fields()
    wanted = {
        kind: value
        for kind in IdentifierKind
        if kind not in contacts
        and (value := getattr(values, kind))
        and (fields.name_of(kind) is not None or kind is IdentifierKind.PHONE)
    }
    check_free(wanted, except_user=None if user is None else user.pk)


def save_with_account(
    ctx: RequestContext,
    user: HostUser,
    account: Account,
    values: Profile,
    contacts: Collection[IdentifierKind],
) -> None:
    """Save what staff said. In the caller's transaction; raises :class:`InvalidInput` where
    somebody took an identifier since it was found free."""
    is_new = user._state.adding
    try:
        with written_by_flow(user), transaction.atomic():
            user.save()
            account.user = user
            if values.phone is not None:
                account.phone_as_written = values.phone.strip()
            stay = _stay_contacts(account, values, contacts)
            account.take_from(user, contacts=stay)
            # Staff vouches for what it sets, changed or not.
            account.unproved = " ".join(
                kind for kind in account.unproved.split() if getattr(values, kind) is None
            )
            check_kept(account, values, stay)
            if values.email is not None:
                account.awaits_confirmation = False
                account.confirmed_email = account.email
                account.email_confirmed_at = ctx.now if account.email else None
            account.save(force_insert=is_new, update_fields=None if is_new else _WRITTEN)
    except IntegrityError as error:
        # Somebody took an identifier between the look and the write: say which.
        check_identifiers(values, contacts, user)
        raise InvalidInput(fields={"username": taken_error(IdentifierKind.USERNAME)}) from error


def check_kept(account: Account, values: Profile, contacts: Collection[IdentifierKind]) -> None:
    """Somebody may have taken an identifier since it was found free: then it is not a mere
    contact, it is refused."""
    lost = {
        kind
        for kind in IdentifierKind
        if kind in settings.IDENTIFIERS and kind not in contacts
        if getattr(values, kind) and account.key_of(kind) is None
        if canonical(kind, getattr(values, kind)) == getattr(account, kind)
    }
    if lost:
        raise InvalidInput(fields={str(kind): taken_error(kind) for kind in lost})


def _stay_contacts(
    account: Account, values: Profile, contacts: Collection[IdentifierKind]
) -> set[IdentifierKind]:
    """Kinds that are no way in: those the contract says, and those not mentioned that were none."""
    return {
        kind
        for kind in IdentifierKind
        if (kind in contacts if getattr(values, kind) is not None else account.key_of(kind) is None)
    }
