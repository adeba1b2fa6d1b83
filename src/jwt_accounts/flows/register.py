"""Make an account for whoever asks for one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import password_changed
from django.db import IntegrityError, router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import issue_first
from jwt_accounts.credentials.free import check_name
from jwt_accounts.credentials.targets import target_for
from jwt_accounts.errors import InvalidInput, RegistrationClosed
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.flows.set_password import check_rules
from jwt_accounts.flows.taken_note import tell_taken
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import (
    Profile,
    assign,
    check_fields,
    check_identifiers,
    taken_column,
)
from jwt_accounts.hooks import hooks
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.accounts import written_by_flow
from jwt_accounts.models.userfields import user_fields, user_model
from jwt_accounts.policies.challenges import CONFIRM_EMAIL
from jwt_accounts.signals import user_registered
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_EMAIL, _PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE


@sensitive_variables()
def register(
    ctx: RequestContext,
    *,
    profile: Profile,
    password: str,
    contacts: Collection[IdentifierKind] = frozenset({_PHONE}),
    confirms: bool = False,
    link: str = "",
    code: bool = True,
    enter: Callable[[HostUser], None] | None = None,
) -> UserSummary:
    """Make a user of what somebody says of themselves.

    Kinds in ``contacts`` are only written down. ``confirms``: a message asks to confirm the
    address, with a ``code`` and, where ``link`` says where it leads, a link.

    Four statements, of which one looks whether the identifiers are free (and a fifth, now and then,
    among users whom no account knows yet); where two ask at once, the unique constraints decide.
    The account's row is the record of it: there is no event. ``enter`` is called with the new user
    in the transaction that makes it, and may refuse by an ``AccountError``.

    Raises :class:`RegistrationClosed` or :class:`InvalidInput`; then nothing is changed.
    """
    send = partial(send_challenge, link=link, code=code) if confirms else None
    made = _register(ctx, profile, password, contacts, send, tells=True, enter=enter)
    if isinstance(made, InvalidInput):
        raise made
    return made


@sensitive_variables()
def register_discreetly(
    ctx: RequestContext, *, profile: Profile, password: str, link: str = ""
) -> None:
    """The same, and nothing tells whether the address or the name was taken: a message goes to who
    has the address. Where there is no address to write to, a taken name is refused."""
    tells = not profile.email
    send = partial(send_challenge, link=link)
    made = _register(ctx, profile, password, {_PHONE}, send, tells=tells)
    if not isinstance(made, InvalidInput):
        return
    if tells or not made.fields.keys() & set(IdentifierKind):
        # Another unique column of the host's says nothing of an address.
        raise made
    tell_taken(ctx, profile.email or "", "name_taken")


@sensitive_variables()
def _register(
    ctx: RequestContext,
    profile: Profile,
    password: str,
    contacts: Collection[IdentifierKind],
    send: Callable[[Challenge], None] | None,
    *,
    tells: bool,
    enter: Callable[[HostUser], None] | None = None,
) -> UserSummary | InvalidInput:
    """The user, or which identifiers are taken."""
    profile = _complete(profile)
    _check_open(profile)
    fields = user_fields()
    # What one signs in by is no mere contact.
    contacts = {kind for kind in contacts if fields.name_of(kind) != user_model().USERNAME_FIELD}
    user = user_model()()
    assign(user, profile)
    check_fields(user, profile)
    check_name(profile.username or "", email=profile.email or "")
    taken = _taken(profile, contacts)
    if taken is not None and tells:
        return taken
    # Taken or free: the same rules are told, and the password is hashed once.
    check_rules(password, user)
    user.password = make_password(password)
    if taken is None:
        taken = _make(ctx, user, profile, password, contacts, send, enter)
    return taken or summary_of(user)


def _check_open(profile: Profile) -> None:
    adapter = hooks()
    if settings.REGISTRATION != "open" or not adapter.may_register(
        username=profile.username or "", email=profile.email or ""
    ):
        raise RegistrationClosed


def _complete(profile: Profile) -> Profile:
    """With a user name, where the host's model has one and the contract does not ask for it."""
    if user_fields().username is None or profile.username is not None:
        return profile
    return replace(profile, username=hooks().make_username(email=profile.email or ""))


def _taken(profile: Profile, contacts: Collection[IdentifierKind]) -> InvalidInput | None:
    try:
        check_identifiers(profile, contacts)
    except InvalidInput as error:
        return error
    return None


@sensitive_variables()
def _make(
    ctx: RequestContext,
    user: HostUser,
    profile: Profile,
    password: str,
    contacts: Collection[IdentifierKind],
    send: Callable[[Challenge], None] | None,
    enter: Callable[[HostUser], None] | None,
) -> InvalidInput | None:
    """Write everything, or nothing where somebody was a moment faster."""
    try:
        with transaction.atomic(using=router.db_for_write(user_model())):
            account = _save(ctx, user, profile, contacts, confirms=send is not None)
            if enter is not None:
                enter(user)
            if send is not None and account.awaits_confirmation:
                send(issue_first(target_for(CONFIRM_EMAIL, user, to=account.email), ctx))
            told = partial(user_registered.send_robust, sender=type(user), user=user, ctx=ctx)
            transaction.on_commit(told, using=router.db_for_write(user_model()))
            password_changed(password, user)  # the host's validators may keep a history
    except IntegrityError:
        taken = _taken(profile, contacts) or taken_column(user)
        if taken is None:
            raise
        return taken
    return None


def _save(
    ctx: RequestContext,
    user: HostUser,
    profile: Profile,
    contacts: Collection[IdentifierKind],
    *,
    confirms: bool,
) -> Account:
    with written_by_flow(user):
        user.save(force_insert=True)
    account = Account(user=user, password_changed_at=ctx.now, registered_at=ctx.now)
    account.phone_as_written = (profile.phone or "").strip()
    account.take_from(user, contacts=contacts, are_free=True)
    account.unproved = " ".join(str(kind) for kind in (_EMAIL, _PHONE) if getattr(account, kind))
    account.awaits_confirmation = confirms and bool(account.email)
    account.save(force_insert=True)
    return account
