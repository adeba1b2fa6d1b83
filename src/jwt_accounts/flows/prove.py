"""What follows when somebody has shown that an address or a number is their own."""

from __future__ import annotations

from functools import partial

from django.db import router, transaction

from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.accounts import written_by_flow
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.second_factors import second_factors
from jwt_accounts.signals import account_reclaimed, email_confirmed
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext

_PROOF = ("unproved", "awaits_confirmation", "confirmed_email", "email_confirmed_at")


def prove(
    ctx: RequestContext, user: HostUser, account: Account, kind: IdentifierKind | None
) -> None:
    """Remember that the account's address, or number, is proved. In the caller's transaction, with
    the user locked."""
    if kind is None:
        return
    is_news = account.is_unproved(kind) or not account.email_is_confirmed
    account.unproved = " ".join(each for each in account.unproved.split() if each != kind)
    if kind is IdentifierKind.EMAIL and is_news:
        account.awaits_confirmation = False
        account.confirmed_email = account.email
        account.email_confirmed_at = ctx.now
        SecurityEvent.objects.record(EventKind.EMAIL_CONFIRMED, ctx, user_id=user.pk)
        send = partial(email_confirmed.send_robust, sender=type(user), user=user, ctx=ctx)
        transaction.on_commit(send, using=router.db_for_write(Account))
    account.save(update_fields=_PROOF)


def reclaim(ctx: RequestContext, user: HostUser, account: Account) -> None:
    """The owner of an address recovers an account that was registered with it and never confirmed:
    perhaps somebody else's. What that one set up and could come back with is ended: the telephone
    number where it is a way in, second factors, every PIN and link. (Sessions end with the
    password.) In the caller's transaction."""
    close_all(user.pk, ctx.now)
    if (factors := second_factors()) is not None:
        factors.forget_all(ctx, user)
    Account.objects.filter(user=user.pk).update(known_clients="")
    if account.phone_key is not None or not account.is_unproved(IdentifierKind.PHONE):
        _forget_phone(user, account)
    SecurityEvent.objects.record(EventKind.ACCOUNT_RECLAIMED, ctx, user_id=user.pk)
    send = partial(account_reclaimed.send_robust, sender=type(user), user=user, ctx=ctx)
    transaction.on_commit(send, using=router.db_for_write(Account))


def _forget_phone(user: HostUser, account: Account) -> None:
    phone = user_fields().phone
    if phone is not None and getattr(user, phone):
        setattr(user, phone, "")
        with written_by_flow(user):
            user.save(update_fields=[phone])
    account.phone_key, account.phone, account.phone_as_written = None, "", ""
    account.unproved = " ".join(k for k in account.unproved.split() if k != IdentifierKind.PHONE)
    account.save(update_fields=["phone_key", "phone", "phone_as_written", "unproved"])
