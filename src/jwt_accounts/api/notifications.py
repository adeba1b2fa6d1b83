"""``notifications/``, where ``jwt_accounts.contrib.notifications`` is installed."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.notifications import flows
from jwt_accounts.contrib.notifications.shapes import NotificationBody, notification_body
from jwt_accounts.http.paging import number
from jwt_accounts.http.view import Ask, Reply, Who, action

_PAGE_SIZE, _LARGEST_PAGE, _LAST_PAGE = 50, 200, 10**6

#: Contract zero knows no tenants: it tells what concerns the account itself.
_SCOPE = ""


class NotificationsBody(TypedDict):
    """A page of notifications; ``next`` is the ``page`` of the following one, None at the end.
    ``count`` is how many were asked for, ``unread`` how many are unread of all."""

    notifications: list[NotificationBody]
    count: int
    unread: int
    next: int | None


class MarkedBody(TypedDict):
    """How many were unread."""

    marked: int


@action("GET", who=Who.SIGNED_IN)
def list_notifications(ask: Ask) -> Reply[NotificationsBody]:
    """A page of what one was told, the newest first; ``unread=1``: of what is not read yet."""
    page = number(ask.query, "page", default=1, maximum=_LAST_PAGE)
    size = number(ask.query, "page_size", default=_PAGE_SIZE, maximum=_LARGEST_PAGE)
    found = flows.list_notifications(
        user=ask.user,
        scope=_SCOPE,
        offset=(page - 1) * size,
        limit=size,
        unread=ask.query.get("unread") in {"1", "true"},
    )
    return Reply(
        NotificationsBody(
            notifications=[notification_body(each) for each in found.notifications],
            count=found.count,
            unread=found.unread,
            next=page + 1 if page * size < found.count else None,
        )
    )


@action("POST", who=Who.SIGNED_IN)
def mark_all_read(ask: Ask) -> Reply[MarkedBody]:
    """Mark all as read."""
    return Reply(MarkedBody(marked=flows.mark_all_read(ask.ctx, user=ask.user, scope=_SCOPE)))


@action("POST", who=Who.SIGNED_IN)
def mark_read(ask: Ask) -> Reply[None]:
    """Mark one as read."""
    key = ask.path["notification_id"]
    flows.mark_read(ask.ctx, user=ask.user, notification_id=key, scope=_SCOPE)
    return Reply(None, status=204)
