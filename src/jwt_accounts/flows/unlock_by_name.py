"""Unlock from the command line, by what the person types to sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import router, transaction

from jwt_accounts.credentials import find
from jwt_accounts.credentials.tries import forget_failures
from jwt_accounts.errors import NotFound
from jwt_accounts.models import Account, Attempt, SecurityEvent
from jwt_accounts.types import EventKind, RequestContext


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What was ended, and what still holds."""

    staff_lock_lifted: bool
    is_locked_by_staff: bool


def unlock_by_name(ctx: RequestContext, *, identifier: str, staff_lock: bool) -> Unlocked:
    """Forget the wrong passwords of an identifier, also of one that belongs to nobody.

    ``staff_lock``: lift a lock by staff as well. Raises ``InvalidInput``, or :class:`NotFound`
    where nobody has the identifier and nobody tried it.
    """
    found = find(identifier)
    with transaction.atomic(using=router.db_for_write(Account)):
        forgotten, _ = Attempt.objects.filter(pk=found.attempt_key).delete()
        if found.user is None:
            if not forgotten:
                raise NotFound
            return Unlocked(staff_lock_lifted=False, is_locked_by_staff=False)
        key = found.user.pk
        account = found.account or Account.objects.adopt(found.user)
        forget_failures(key)
        SecurityEvent.objects.record(EventKind.ACCOUNT_UNLOCKED, ctx, user_id=key)
        locked = account.staff_locked_at is not None
        if locked and staff_lock:
            Account.objects.filter(user=key).update(staff_locked_at=None)
            SecurityEvent.objects.record(EventKind.STAFF_LOCK_LIFTED, ctx, user_id=key)
    return Unlocked(
        staff_lock_lifted=locked and staff_lock, is_locked_by_staff=locked and not staff_lock
    )
