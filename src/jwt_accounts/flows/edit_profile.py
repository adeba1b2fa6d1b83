"""Change what one says of oneself: the names, and other fields of the host's that a contract
lets people write."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from django.db import IntegrityError, router, transaction

from jwt_accounts.errors import NotFound
from jwt_accounts.flows.write_user import Profile, assign, check_fields, taken_column
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.accounts import IDENTIFIER_COLUMNS, written_by_flow
from jwt_accounts.models.userfields import lock_users, user_fields, user_model
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext


def edit_profile(
    ctx: RequestContext,
    *,
    user: HostUser,
    profile: Profile,
    contacts: Collection[IdentifierKind] = frozenset(),
) -> HostUser:
    """Write the names and ``extra`` of a profile. Identifiers are not touched (see
    ``change_identifier.py``), but for a telephone number where the contract has it in
    ``contacts``: it is written down, unproved. The user as it is now.

    Raises ``InvalidInput``; then nothing is changed.
    """
    fields = user_fields()
    names = [*profile.said(*fields.profile), *profile.extra]
    said = Profile(**profile.said(*fields.profile), extra=profile.extra)
    phone = profile.phone if IdentifierKind.PHONE in contacts else None
    if phone is not None and fields.phone is not None:
        said, names = replace(said, phone=phone), [*names, fields.phone]
    try:
        return _write(ctx, user, said, names)
    except IntegrityError as error:
        # Somebody took a value that the host's column allows to one user only.
        assign(user, said)
        raise (taken_column(user) or error) from error


def _write(ctx: RequestContext, user: HostUser, said: Profile, names: list[str]) -> HostUser:
    with transaction.atomic(using=router.db_for_write(user_model())):
        present = lock_users(user.pk).get(user.pk)
        if present is None:
            raise NotFound
        if not names:
            return present
        assign(present, said)
        check_fields(present, said)
        with written_by_flow(present):
            present.save(update_fields=names)
        if said.phone is not None:
            _write_down_phone(present)
        SecurityEvent.objects.record(
            EventKind.PROFILE_CHANGED,
            ctx,
            user_id=present.pk,
            actor_id=present.pk,
            details={"fields": said.fields_said()},
        )
        send = partial(
            user_changed.send_robust, sender=type(present), user=present, actor=present, ctx=ctx
        )
        transaction.on_commit(send, using=router.db_for_write(user_model()))
    return present


def _write_down_phone(user: HostUser) -> None:
    """A number that is no way in, and to which nothing is sent before it is proved."""
    account = Account.objects.filter(user=user.pk).first() or Account.objects.adopt(user)
    if IdentifierKind.PHONE not in account.changed_kinds(user):
        return
    stay = {kind for kind in IdentifierKind if account.key_of(kind) is None}
    account.take_from(user, contacts={*stay, IdentifierKind.PHONE})
    kinds = {*account.unproved.split(), IdentifierKind.PHONE}
    account.unproved = " ".join(sorted(kinds)) if account.phone else account.unproved
    account.save(update_fields=IDENTIFIER_COLUMNS)
