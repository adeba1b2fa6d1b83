"""The notifications of a user, for the user.

A scope is a text that means nothing here: the id of a tenant, and empty where there are none.
Asked within a scope, a user reads what was made in it and what concerns the account itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import router, transaction
from django.db.models import Count, Q, QuerySet

from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import MOST_OF_A_KIND, Kind
from jwt_accounts.errors import NotFound
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.types import HostUser, RequestContext

_LONGEST_OFFSET = 10**9
_UNREAD = Q(read_at__isnull=True)


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Some notifications, the newest first, how many there are of those that were asked for, and
    how many are unread."""

    count: int
    unread: int
    notifications: tuple[Notification, ...]


def list_notifications(
    *, user: HostUser, scope: str, offset: int = 0, limit: int, unread: bool = False
) -> NotificationPage:
    """What the user was told; with ``unread`` what is not read yet. Two queries."""
    own = _own(user, scope)
    counts = own.aggregate(all=Count("pk"), unread=Count("pk", filter=_UNREAD))
    listed = own.filter(_UNREAD) if unread else own
    first = min(offset, _LONGEST_OFFSET)
    return NotificationPage(
        count=counts["unread"] if unread else counts["all"],
        unread=counts["unread"],
        notifications=tuple(listed.order_by("-created_at", "pk")[first : first + limit]),
    )


def unread_count(*, user: HostUser, scope: str) -> int:
    """How many notifications the user has not read."""
    return _own(user, scope).filter(_UNREAD).count()


def mark_read(ctx: RequestContext, *, user: HostUser, notification_id: str, scope: str) -> None:
    """Mark one as read; one that was read before keeps its time.

    Raises :class:`NotFound`, for somebody else's and for one of another scope too.
    """
    chosen = _own(user, scope).filter(pk=_key(notification_id))
    if not chosen.filter(_UNREAD).update(read_at=ctx.now) and not chosen.exists():
        raise NotFound


def mark_all_read(ctx: RequestContext, *, user: HostUser, scope: str) -> int:
    """Mark all as read; how many were not."""
    return _own(user, scope).filter(_UNREAD).update(read_at=ctx.now)


def notify(
    ctx: RequestContext,
    *,
    user: HostUser,
    kind: Kind,
    scope: str = "",
    data: Mapping[str, object] | None = None,
) -> None:
    """Tell a user something. Of each kind and scope the newest are kept; nothing is written for a
    user who is gone."""
    with transaction.atomic(using=router.db_for_write(Notification)):
        if not lock_users(user.pk):
            return
        Notification.objects.create(
            user=user, kind=kind, scope=scope, data=dict(data or {}), created_at=ctx.now
        )
        alike = Notification.objects.filter(user=user.pk, kind=kind, scope=scope)
        newest_first = alike.order_by("-created_at", "pk").values_list("pk", flat=True)
        surplus = list(newest_first[MOST_OF_A_KIND:])
        if surplus:
            Notification.objects.filter(pk__in=surplus).delete()


def forget_earlier(ctx: RequestContext, *, user: HostUser) -> None:
    """Delete what the user was told before now."""
    Notification.objects.filter(user=user.pk, created_at__lt=ctx.now).delete()


def _own(user: HostUser, scope: str) -> QuerySet[Notification]:
    return Notification.objects.filter(user=user.pk, scope__in={"", scope})


def _key(notification_id: str) -> UUID:
    try:
        return UUID(notification_id)
    except ValueError as error:
        raise NotFound from error
