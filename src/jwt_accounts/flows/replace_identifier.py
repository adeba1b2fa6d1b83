"""Put another address, number or name in the place of the one an account has."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from django.db import router, transaction

from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.credentials.free import check_free, evict, taken_error
from jwt_accounts.errors import InvalidInput
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.write_user import Profile, assign, check_kept
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.accounts import IDENTIFIER_COLUMNS, written_by_flow
from jwt_accounts.models.userfields import canonical, user_fields
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, UserKey

if TYPE_CHECKING:
    from collections.abc import Sequence

_EVENTS = {
    IdentifierKind.EMAIL: EventKind.EMAIL_CHANGED,
    IdentifierKind.PHONE: EventKind.PHONE_CHANGED,
    IdentifierKind.USERNAME: EventKind.USERNAME_CHANGED,
}


def replace_identifier(
    ctx: RequestContext,
    user: HostUser,
    account: Account,
    kind: IdentifierKind,
    value: str,
    rivals: Sequence[UserKey] = (),
) -> None:
    """Write it, and tell the owner at the address of before (ASVS 6.3.7). In the caller's
    transaction, with the user and ``rivals`` (who only claimed it) locked.

    Raises ``InvalidInput`` where somebody else has it, or ``IntegrityError`` where somebody takes
    it at this moment.
    """
    if kind is IdentifierKind.USERNAME and user_fields().read(user, kind) == value:
        raise InvalidInput(fields={str(kind): taken_error(kind)})
    check_free({kind: value}, except_user=user.pk, squatted=rivals)
    evict(kind, value, rivals)
    for rival in rivals:
        close_all(rival, ctx.now)  # what still lies in the mailbox proves nothing for them
    told = user_fields().read(user, IdentifierKind.EMAIL)
    profile = replace(Profile(), **{str(kind): value})  # type: ignore[arg-type] # by name
    assign(user, profile)
    with written_by_flow(user):
        name = user_fields().name_of(kind)
        if name is not None:
            user.save(update_fields=[name])
        if kind is IdentifierKind.PHONE:
            account.phone_as_written = value
        stay = {each for each in IdentifierKind if each is not kind and not account.key_of(each)}
        if kind is IdentifierKind.EMAIL and _names_itself_by(account):
            # The name would keep the address from who has it next.
            stay.add(IdentifierKind.USERNAME)
        account.take_from(user, contacts=stay)
        check_kept(account, profile, stay)
        account.save(update_fields=IDENTIFIER_COLUMNS)
    tell(ctx, told, f"{kind}_changed", value=masked(kind, value))
    SecurityEvent.objects.record(_EVENTS[kind], ctx, user_id=user.pk, actor_id=user.pk)
    send = partial(user_changed.send_robust, sender=type(user), user=user, actor=user, ctx=ctx)
    transaction.on_commit(send, using=router.db_for_write(Account))


def _names_itself_by(account: Account) -> bool:
    """Whether the user name is the address of before."""
    return canonical(IdentifierKind.EMAIL, account.username_key or "") == (account.email or None)


def masked(kind: IdentifierKind, value: str) -> str:
    """What the old address may read of the new one: enough to recognise, not to write to."""
    if kind is IdentifierKind.USERNAME:
        return value
    local, at, domain = value.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else f"***{value[-3:]}"
