"""Staff creates and edits users."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_changed
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.credentials.check import check_length
from jwt_accounts.errors import Forbidden, LastSuperuser, NotFound
from jwt_accounts.flows.list_users import roles_of, user_key
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.flows.replace_identifier import masked
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.flows.set_password import check_rules, password_was_set
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import (
    UserValues,
    assign,
    check_fields,
    check_identifiers,
    save_with_account,
)
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import copy_of, lock_users, user_fields, user_model
from jwt_accounts.rights import (
    ADD_USER,
    CHANGE_USER,
    RESET_FACTORS,
    active_superusers,
    is_last_superuser,
    may_act_on,
    require,
)
from jwt_accounts.second_factors import user_has_factor
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

    from jwt_accounts.models import UserSession


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
    check_fields(user, values)
    check_identifiers(values, contacts)
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
        save_with_account(ctx, user, account, values, contacts)
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
    session: UserSession | None = None,
) -> UserSummary:
    """Change what was said of a user; a new password or a deactivation ends the user's sessions.

    ``session``: that of who asks. A new password or identifier of one's own wants a recent sign-in
    here too (``flows/presence.py``). None: the host's own code asks, and vouches.

    Raises ``Forbidden``, ``NotFound``, ``InvalidInput``, :class:`LastSuperuser` or
    ``ReauthenticationRequired``; then nothing is changed.
    """
    require(actor, CHANGE_USER)
    model = user_model()
    key = user_key(user_id)
    if session is not None and key == actor.pk and _changes_credentials(actor, values):
        require_presence(ctx, session)
    # Hashing takes long, the present and the former passwords too: not while rows are locked.
    _check_password(actor, key, values)
    hashed = _hashed(values.password)
    with transaction.atomic(using=router.db_for_write(model)):
        takes_rank = values.is_superuser is False or values.is_active is False
        superusers = active_superusers() if takes_rank else []
        # All in one go: see the order of locks in `lock_users`.
        locked = lock_users(key, *superusers)
        user = locked.get(key)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        _check_flags(actor, user, values)
        _check_reach(actor, user, values)
        if superusers and is_last_superuser(key, locked):
            raise LastSuperuser
        if key == actor.pk and values.is_active is False:
            raise Forbidden("Nobody disables their own account: who would enable it?")
        former, address = user.password, user_fields().read(user, IdentifierKind.EMAIL)
        _assign(user, values)
        check_fields(user, values)
        check_identifiers(values, contacts, user)
        if hashed is not None:
            user.password = hashed
        account = Account.objects.filter(user=key).first() or Account.objects.adopt(user)
        save_with_account(ctx, user, account, values, contacts)
        if values.password is not None:
            password_changed(values.password, user)  # the host's validators may keep a history
        _tell_of_address(ctx, actor, user, address)
        _end_what_ends(ctx, actor, user, values, former=former, address=address)
        _record(EventKind.USER_CHANGED, ctx, actor, user, values)
        send = partial(user_changed.send_robust, sender=model, user=user, actor=actor, ctx=ctx)
        transaction.on_commit(send, using=router.db_for_write(model))
    return summary_of(user, roles_of([key]).get(key, ()))


def _changes_credentials(user: HostUser, values: UserValues) -> bool:
    """Whether somebody else could sign in, or recover, by what is new."""
    said, fields = values.said(*IdentifierKind), user_fields()
    renamed = any(
        value.strip() != fields.read(user, IdentifierKind(k)) for k, value in said.items()
    )
    return renamed or values.password is not None


def _check_reach(actor: HostUser, user: HostUser, values: UserValues) -> None:
    """Where messages go is part of a second factor, and of the way to recover one."""
    said, fields = values.said(IdentifierKind.EMAIL, IdentifierKind.PHONE), user_fields()
    moved = any(value.strip() != fields.read(user, IdentifierKind(k)) for k, value in said.items())
    if not moved or actor.pk == user.pk or actor.has_perm(RESET_FACTORS):
        return
    if user_has_factor(user):
        raise Forbidden("This account has a second factor: who may take it away may do this.")


def _tell_of_address(ctx: RequestContext, actor: HostUser, user: HostUser, former: str) -> None:
    """Somebody else changed where the owner is reached: tell it to where that was (ASVS 6.3.7)."""
    email = IdentifierKind.EMAIL
    present = user_fields().read(user, email)
    if actor.pk != user.pk and copy_of(email, present) != copy_of(email, former):
        tell(replace(ctx, ip=None), former, "email_changed", value=masked(email, present))


def _assign(user: HostUser, values: UserValues) -> None:
    assign(user, values)
    for name, value in values.said("is_active", "is_staff", "is_superuser").items():
        setattr(user, name, value)


def _check_flags(actor: HostUser, user: HostUser | None, values: UserValues) -> None:
    """Only a superuser makes, or unmakes, a superuser or a staff member."""
    if actor.is_superuser:
        return
    for name, wanted in values.said("is_staff", "is_superuser").items():
        if wanted != bool(getattr(user, name, False)):
            raise Forbidden("Only a superuser may make somebody a superuser or a staff member.")


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
        # The owner of the account is told where it was reached before this edit; not with the
        # address staff does it from.
        told = ctx if user.pk == actor.pk else replace(ctx, ip=None)
        password_was_set(told, user, former, address=address, must_change=bool(must_change))
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
    details: dict[str, object] = {"fields": values.fields_said()}
    SecurityEvent.objects.record(kind, ctx, user_id=user.pk, actor_id=actor.pk, details=details)
