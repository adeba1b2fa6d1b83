"""Delete what is dead, in batches, so that no statement holds many rows for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet

from jwt_accounts.conf import settings
from jwt_accounts.models import Attempt, Challenge, SecurityEvent, UserSession
from jwt_accounts.policies.lockout import FORGOTTEN_AFTER
from jwt_accounts.types import RequestContext

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows of each kind were deleted."""

    sessions: int
    attempts: int
    challenges: int
    events: int


def prune(ctx: RequestContext, *, batch: int = 1000) -> Pruned:
    """Delete sessions that ended ``KEEP_DEAD_ROWS`` ago, attempts that count for nothing any more,
    challenges that expired a day ago and events older than ``KEEP_EVENTS``.

    ``batch`` rows a statement.
    """
    dead = ctx.now - settings.KEEP_DEAD_ROWS
    lapsed = ctx.now - FORGOTTEN_AFTER
    return Pruned(
        sessions=_delete(
            UserSession.objects.filter(
                Q(ended_at__lte=dead) | Q(expires_at__lte=dead) | Q(idle_expires_at__lte=dead)
            ),
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
    )


def _delete(rows: QuerySet[Any], batch: int) -> int:
    deleted = 0
    while keys := list(rows.order_by().values_list("pk", flat=True)[:batch]):
        deleted += rows.filter(pk__in=keys).delete()[0]
    return deleted
