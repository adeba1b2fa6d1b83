"""How often codes of second factors may be guessed: counted for each user in the database, over all
steps, sessions, devices and processes. A guess is reserved before anything is compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import Case, F, Q, Value, When

from jwt_accounts.errors import CodesExhausted
from jwt_accounts.flows.messages import tell
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.mfa import (
    FACTOR_DAY,
    FACTOR_PERIOD,
    FACTOR_TRIES,
    FACTOR_TRIES_A_DAY,
)
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, UserKey


@dataclass(frozen=True, slots=True)
class _Count:
    """Two columns of an account, and what they hold at most."""

    tries: str
    since: str
    limit: int
    period: timedelta


_COUNTS = (
    _Count("factor_tries", "factor_tried_since", FACTOR_TRIES, FACTOR_PERIOD),
    _Count("factor_tries_today", "factor_today_since", FACTOR_TRIES_A_DAY, FACTOR_DAY),
)


def reserve_guess(ctx: RequestContext, user_id: UserKey, *, durable: bool) -> None:
    """Take a guess and commit it. ``durable``: refuse to run inside a caller's transaction, whose
    rollback would undo the count (``RuntimeError``).

    Raises :class:`CodesExhausted`.
    """
    accounts = Account.objects.filter(user=user_id)
    is_free = Q()
    changes: dict[str, Any] = {}
    for count in _COUNTS:
        fresh = Q(**{f"{count.since}__isnull": True}) | Q(
            **{f"{count.since}__lte": ctx.now - count.period}
        )
        is_free &= fresh | Q(**{f"{count.tries}__lt": count.limit})
        changes |= {
            count.tries: Case(When(fresh, then=Value(1)), default=F(count.tries) + 1),
            count.since: Case(When(fresh, then=Value(ctx.now)), default=F(count.since)),
        }
    with transaction.atomic(using=router.db_for_write(Account), durable=durable):
        taken = accounts.filter(is_free).update(**changes)
    if not taken:
        raise CodesExhausted(wait=_wait(ctx, accounts.first()))


def _wait(ctx: RequestContext, account: Account | None) -> int:
    """The seconds until the count that is full begins afresh."""
    ends = [
        getattr(account, count.since) + count.period
        for count in _COUNTS
        if account is not None and getattr(account, count.tries) >= count.limit
    ]
    return max(1, int((max(ends, default=ctx.now) - ctx.now).total_seconds()))


def count_wrong(ctx: RequestContext, user: HostUser) -> None:
    """The guess was wrong: it stays counted. Whoever uses the last one knows the password, as a
    rule: its owner is told (ASVS 6.3.5)."""
    if Account.objects.filter(user=user.pk, factor_tries=FACTOR_TRIES).exists():
        SecurityEvent.objects.record(EventKind.FACTOR_CODES_EXHAUSTED, ctx, user_id=user.pk)
        tell(ctx, user_fields().read(user, IdentifierKind.EMAIL), "factor_codes_exhausted")


def give_guess_back(user_id: UserKey) -> None:
    """The guess was right. Others stay counted: whoever guesses does not win by the owner's
    signing in."""
    counted = Account.objects.filter(user=user_id, factor_tries__gt=0, factor_tries_today__gt=0)
    counted.update(
        factor_tries=F("factor_tries") - 1, factor_tries_today=F("factor_tries_today") - 1
    )
