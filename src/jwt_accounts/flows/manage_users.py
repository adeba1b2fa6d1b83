"""Staff creates and edits users."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_changed
from django.core.exceptions import ValidationError
from django.db import IntegrityError, router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.credentials.check import check_length
from jwt_accounts.credentials.free import check_free, taken_error
from jwt_accounts.errors import Forbidden, InvalidInput, LastSuperuser, NotFound
from jwt_accounts.flows.list_users import roles_of, user_key
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.flows.set_password import check_rules, field_errors, password_was_set
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.accounts import IDENTIFIER_COLUMNS, WRITTEN_BY_FLOW
from jwt_accounts.models.userfields import canonical, lock_users, user_fields, user_model
from jwt_accounts.rights import ADD_USER, CHANGE_USER, may_act_on, require
from jwt_accounts.signals import user_changed, user_created
from jwt_accounts.types import (
    EventKind,
    HostUser,
    IdentifierKind,
    RequestContext,
    SessionEnd,
    UserKey,
)

if TYPE_CHECKING:
    from collections.abc import Collection

_WRITTEN = (*IDENTIFIER_COLUMNS, "confirmed_email", "email_confirmed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserValues:
    """What staff says of a user. None: not said, so left as it is."""

    username: str | None = None
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    password: str | None = field(default=None, repr=False)
    is_active: bool | None = None
    is_staff: bool | None = None
    is_superuser: bool | None = None
    must_change_password: bool | None = None

    def said(self, *names: str) -> dict[str, Any]:
        """Those of ``names`` that were said."""
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@sensitive_variables()
def create_user(
    ctx: RequestContext,
    *,
    actor: HostUser,
    values: UserValues,
    contacts: Collection[IdentifierKind] = frozenset(),
) -> UserSummary:
    """Make a user. Kinds in ``contacts`` are only written down: not unique, no way in.

    Without a password nobody signs in with one. Raises ``Forbidden`` or ``InvalidInput``.
    """
    require(actor, ADD_USER)
    _check_flags(actor, None, values)
    model = user_model()
    user = model()
    _assign(user, values)
    _check_fields(user, values)
    _check_free(values, contacts)
    if values.password is None:
        user.set_unusable_password()
    else:
        check_rules(values.password, user)
        user.set_password(values.password)
    account = Account(
        user=user,
        password_changed_at=ctx.now,
        must_change_password=_must_change(actor, None, values) or False,
    )
    with transaction.atomic(using=router.db_for_write(model)):
        _save(ctx, user, account, values, contacts)
        _record(EventKind.USER_CREATED, ctx, actor, user, values)
        send = partial(user_created.send_robust, sender=model, user=user, actor=actor, ctx=ctx)
        transaction.on_commit(send, using=router.db_for_write(model))
    return summary_of(user)


@sensitive_variables()
def edit_user(
    ctx: RequestContext,
    *,
    actor: HostUser,
    user_id: str,
    values: UserValues,
    contacts: Collection[IdentifierKind] = frozenset(),
) -> UserSummary:
    """Change what was said of a user; a new password or a deactivation ends the user's sessions.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput`` or :class:`LastSuperuser`; then nothing
    is changed.
    """
    require(actor, CHANGE_USER)
    model = user_model()
    key = user_key(user_id)
    # Hashing takes long, the present and the former passwords too: not while rows are locked.
    _check_password(actor, key, values)
    hashed = _hashed(values.password)
    with transaction.atomic(using=router.db_for_write(model)):
        superusers = _superusers(values)
        user = lock_users(key, *superusers).get(key)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        _check_flags(actor, user, values)
        if superusers and superusers == [key]:
            raise LastSuperuser
        if key == actor.pk and values.is_active is False:
            raise Forbidden("Nobody disables their own account: who would enable it?")
        former, address = user.password, user_fields().read(user, IdentifierKind.EMAIL)
        _assign(user, values)
        _check_fields(user, values)
        _check_free(values, contacts, user)
        if hashed is not None:
            user.password = hashed
        account = Account.objects.filter(user=key).first() or Account.objects.adopt(user)
        _save(ctx, user, account, values, contacts)
        if values.password is not None:
            password_changed(values.password, user)  # the host's validators may keep a history
        _end_what_ends(ctx, actor, user, values, former=former, address=address)
        _record(EventKind.USER_CHANGED, ctx, actor, user, values)
        send = partial(user_changed.send_robust, sender=model, user=user, actor=actor, ctx=ctx)
        transaction.on_commit(send, using=router.db_for_write(model))
    return summary_of(user, roles_of([key]).get(key, ()))


def _check_flags(actor: HostUser, user: HostUser | None, values: UserValues) -> None:
    """Only a superuser makes, or unmakes, a superuser or a staff member."""
    if actor.is_superuser:
        return
    for name, wanted in values.said("is_staff", "is_superuser").items():
        if wanted != bool(getattr(user, name, False)):
            raise Forbidden("Only a superuser may make somebody a superuser or a staff member.")


def _superusers(values: UserValues) -> list[UserKey]:
    """The active superusers, where an edit may leave fewer of them. Each is locked before any is
    counted, so that two who demote each other at once do not both succeed."""
    if values.is_superuser is not False and values.is_active is not False:
        return []
    superusers = user_model()._default_manager.filter(is_superuser=True, is_active=True)
    locked = lock_users(*superusers.values_list("pk", flat=True))
    return [key for key, user in locked.items() if user.is_superuser and user.is_active]


@sensitive_variables()
def _check_password(actor: HostUser, key: UserKey, values: UserValues) -> None:
    """The rules of a new password, told to none but who may set it."""
    if values.password is None:
        return
    check_length(values.password)
    user = user_model()._default_manager.filter(pk=key).first()
    if user is None:
        raise NotFound("There is no such user.")
    may_act_on(actor, user)
    _check_flags(actor, user, values)
    _assign(user, values)
    check_rules(values.password, user)


def _hashed(password: str | None) -> str | None:
    if password is None:
        return None
    check_length(password)
    return make_password(password)


def _assign(user: HostUser, values: UserValues) -> None:
    fields = user_fields()
    for kind in IdentifierKind:
        name, value = fields.name_of(kind), getattr(values, kind)
        if name is not None and value is not None:
            setattr(user, name, value.strip())
    for name, value in values.said(*fields.profile).items():
        setattr(user, name, value)
    for name, value in values.said("is_active", "is_staff", "is_superuser").items():
        setattr(user, name, value)


def _check_fields(user: HostUser, values: UserValues) -> None:
    """The host's own validators, on the fields that were said."""
    fields = user_fields()
    ours = {name: str(kind) for kind in IdentifierKind if (name := fields.name_of(kind))}
    checked = set(ours) | set(fields.profile)
    others = {each.name for each in user._meta.fields if each.name not in checked}
    unsaid = {name for name in checked if getattr(values, ours.get(name, name)) is None}
    if user._state.adding:
        unsaid -= {user.USERNAME_FIELD}
    try:
        user.clean_fields(exclude=others | unsaid)
    except ValidationError as error:
        raise InvalidInput(
            fields={
                ours.get(name, name): field_errors(ValidationError(errors))
                for name, errors in error.error_dict.items()
            }
        ) from error


def _check_free(
    values: UserValues,
    contacts: Collection[IdentifierKind],
    user: HostUser | None = None,
) -> None:
    fields = user_fields()
    wanted = {
        kind: value
        for kind in IdentifierKind
        if kind not in contacts
        and (value := getattr(values, kind))
        and (fields.name_of(kind) is not None or kind is IdentifierKind.PHONE)
    }
    check_free(wanted, except_user=None if user is None else user.pk)


def _save(
    ctx: RequestContext,
    user: HostUser,
    account: Account,
    values: UserValues,
    contacts: Collection[IdentifierKind],
) -> None:
    setattr(user, WRITTEN_BY_FLOW, True)
    is_new = user._state.adding
    try:
        with transaction.atomic():
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
            _check_taken(account, values, stay)
            if values.email is not None:
                account.confirmed_email = account.email
                account.email_confirmed_at = ctx.now if account.email else None
            account.save(force_insert=is_new, update_fields=None if is_new else _WRITTEN)
    except IntegrityError as error:
        # Somebody took an identifier between the look and the write: say which.
        _check_free(values, contacts, user)
        raise InvalidInput(fields={"username": taken_error(IdentifierKind.USERNAME)}) from error
    finally:
        delattr(user, WRITTEN_BY_FLOW)


def _check_taken(
    account: Account, values: UserValues, contacts: Collection[IdentifierKind]
) -> None:
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
    account: Account, values: UserValues, contacts: Collection[IdentifierKind]
) -> set[IdentifierKind]:
    """Kinds that are no way in: those the contract says, and those not mentioned that were none."""
    return {
        kind
        for kind in IdentifierKind
        if (kind in contacts if getattr(values, kind) is not None else account.key_of(kind) is None)
    }


def _must_change(actor: HostUser, user: HostUser | None, values: UserValues) -> bool | None:
    """Whether the password must be changed at the next sign-in; None: as before."""
    if values.must_change_password is not None:
        return values.must_change_password
    if values.password is None or (user is not None and user.pk == actor.pk):
        return None
    return settings.STAFF_PASSWORDS_MUST_CHANGE


def _end_what_ends(
    ctx: RequestContext,
    actor: HostUser,
    user: HostUser,
    values: UserValues,
    *,
    former: str,
    address: str,
) -> None:
    must_change = _must_change(actor, user, values)
    if values.password is not None:
        # The owner of the account is told where it was reached before this edit.
        password_was_set(ctx, user, former, address=address, must_change=bool(must_change))
    elif must_change is not None:
        Account.objects.filter(user=user.pk).update(must_change_password=must_change)
        if must_change:
            end_every_session(ctx, user_id=user.pk, reason=SessionEnd.PASSWORD_EXPIRED)
    if values.is_active is False:
        close_all(user.pk, ctx.now)
        end_every_session(ctx, user_id=user.pk, reason=SessionEnd.USER_DEACTIVATED)


def _record(
    kind: EventKind,
    ctx: RequestContext,
    actor: HostUser,
    user: HostUser,
    values: UserValues,
) -> None:
    said = [name for name in values.__dataclass_fields__ if getattr(values, name) is not None]
    details: dict[str, object] = {"fields": sorted(said)}
    SecurityEvent.objects.record(kind, ctx, user_id=user.pk, actor_id=actor.pk, details=details)
