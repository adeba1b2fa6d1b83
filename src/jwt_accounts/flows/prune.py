"""Delete what is dead, in batches, so that no statement holds many rows for long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import ProtectedError, Q, QuerySet, RestrictedError

from jwt_accounts.conf import settings
from jwt_accounts.models import (
    Account,
    Attempt,
    Challenge,
    SecurityEvent,
    SigningKey,
    UserSession,
)
from jwt_accounts.models.userfields import lock_users, user_model
from jwt_accounts.policies.lockout import FORGOTTEN_AFTER
from jwt_accounts.rights import is_privileged, permissions_held
from jwt_accounts.second_factors import second_factors
from jwt_accounts.types import RequestContext

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were deleted."""

    sessions: int
    attempts: int
    challenges: int
    events: int
    users: int
    keys: int = 0
    factors: int = 0


def prune(ctx: RequestContext, *, batch: int = 1000) -> Pruned:
    """Delete sessions that ended ``KEEP_DEAD_ROWS`` ago, attempts that count for nothing any more,
    challenges that expired a day ago, events older than ``KEEP_EVENTS``, users who registered
    ``KEEP_UNCONFIRMED`` ago and neither confirmed their address nor ever signed in, retired
    keys that count no more, and second factors that were begun a day ago and never confirmed.

    ``batch`` rows a statement.
    """
    dead = ctx.now - settings.KEEP_DEAD_ROWS
    over = Q(ended_at__lte=dead) | Q(idle_expires_at__lte=dead)
    if settings.ADOPT_SIMPLEJWT_REFRESH:
        # Without its row, a session that ended would begin again with the same token.
        over &= Q(expires_at__lte=ctx.now)
    lapsed = ctx.now - FORGOTTEN_AFTER
    return Pruned(
        sessions=_delete(
            UserSession.objects.filter(over | Q(expires_at__lte=dead)),
            batch,
        ),
        attempts=_delete(
            Attempt.objects.filter(
                Q(locked_at__isnull=True, tried_at__lte=lapsed)
                | Q(locked_until__lte=lapsed)
                | Q(locked_until__isnull=True, locked_at__lte=ctx.now - settings.KEEP_EVENTS)
            ),
            batch,
        ),
        # A dead one still counts what was sent and tried in the last day.
        challenges=_delete(Challenge.objects.filter(expires_at__lte=ctx.now - _A_DAY), batch),
        events=_delete(SecurityEvent.objects.filter(at__lte=ctx.now - settings.KEEP_EVENTS), batch),
        users=_delete_unconfirmed(ctx, batch),
        keys=_delete(SigningKey.objects.filter(pk__in=_ended_keys(ctx)), batch),
        factors=sum(_delete(rows, batch) for rows in _unconfirmed_factors(ctx)),
    )


def _unconfirmed_factors(ctx: RequestContext) -> Iterable[QuerySet[Any]]:
    factors = second_factors()
    return () if factors is None else factors.never_confirmed(ctx.now - _A_DAY)


def _ended_keys(ctx: RequestContext) -> list[str]:
    retired = SigningKey.objects.filter(retired_at__isnull=False)
    return [row.kid for row in retired if not row.life.counts(ctx.now)]


def _delete_unconfirmed(ctx: RequestContext, batch: int) -> int:
    if settings.KEEP_UNCONFIRMED is None:
        return 0
    waiting = Account.objects.filter(
        awaits_confirmation=True,
        registered_at__lte=ctx.now - settings.KEEP_UNCONFIRMED,
        user__is_active=True,  # whom staff disabled is not forgotten
        user__groups__isnull=True,
        user__jwt_sessions__isnull=True,
    )
    if hasattr(user_model(), "last_login"):
        waiting = waiting.filter(user__last_login__isnull=True)
    deleted, last = 0, None
    while keys := _after(waiting, last, batch):
        for key in keys:
            deleted += _delete_user(waiting, key)
        last = keys[-1]
    return deleted


def _after(waiting: QuerySet[Account], last: Any, batch: int) -> list[Any]:
    rows = waiting if last is None else waiting.filter(pk__gt=last)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:batch])


def _delete_user(waiting: QuerySet[Account], key: Any) -> int:
    """One user in a transaction of its own, if it is still so; what the host's data protects
    stays."""
    try:
        with transaction.atomic(using=router.db_for_write(Account)):
            user = lock_users(key).get(key)
            if user is None or is_privileged(user) or permissions_held(user):
                return 0
            if not waiting.filter(pk=key).exists():
                return 0
            user.delete()
    except (ProtectedError, RestrictedError):
        return 0
    return 1


def _delete(rows: QuerySet[Any], batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:batch]):
        deleted += rows.filter(pk__in=keys).delete()[0]
    return deleted
