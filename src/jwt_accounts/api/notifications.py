"""``notifications/``, where ``jwt_accounts.contrib.notifications`` is installed."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.notifications import flows
from jwt_accounts.contrib.notifications.shapes import NotificationBody, notification_body
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.paging import NUMBERED, PageBody, QueryText, asked_page

_UNREAD = QueryText(name="unread", description="`1`: only what is not read yet.")

#: What concerns the account itself, whatever tenant one is in.
_SCOPE = ""


class NotificationsBody(PageBody[NotificationBody]):
    """A page of notifications, and how many of all are unread."""

    unread: int


class MarkedBody(TypedDict):
    """How many were unread."""

    marked: int


@action("GET", who=Who.SIGNED_IN, query=(*NUMBERED, _UNREAD))
def list_notifications(ask: Ask) -> Reply[NotificationsBody]:
    """What one was told, the newest first."""
    page = asked_page(ask.url_path, ask.query)
    found = flows.list_notifications(
        user=ask.user,
        scope=_SCOPE,
        offset=page.offset,
        limit=page.size,
        unread=_UNREAD.read(ask.query) in {"1", "true"},
    )
    shown = page.body([notification_body(each) for each in found.notifications], found.count)
    return Reply(NotificationsBody(**shown, unread=found.unread))


@action("POST", who=Who.SIGNED_IN)
def mark_all_read(ask: Ask) -> Reply[MarkedBody]:
    """Mark all as read."""
    return Reply(MarkedBody(marked=flows.mark_all_read(ask.ctx, user=ask.user, scope=_SCOPE)))


@action("POST", who=Who.SIGNED_IN, status=204)
def mark_read(ask: Ask) -> Reply[None]:
    """Mark one as read."""
    key = ask.path["notification_id"]
    flows.mark_read(ask.ctx, user=ask.user, notification_id=key, scope=_SCOPE)
    return Reply(None)
