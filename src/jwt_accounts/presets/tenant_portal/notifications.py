"""``notifications/``: what the user was told, in this tenant and about the account itself."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.notifications import flows
from jwt_accounts.contrib.notifications.shapes import NotificationBody, notification_body
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.paging import NUMBERED, PageBody, QueryText, asked_page
from jwt_accounts.presets.tenant_portal.bodies import here

_UNREAD = QueryText(name="unread", description="`1`: only those that are not read yet.")


class NotificationsBody(PageBody[NotificationBody]):
    """A page, and how many are not read yet."""

    unread_count: int


class UnreadBody(TypedDict):
    """How many are not read yet."""

    unread_count: int


@action("GET", who=Who.SIGNED_IN, query=(_UNREAD, *NUMBERED), raises=(Code.FORBIDDEN,))
def listing(ask: Ask) -> Reply[NotificationsBody]:
    """The newest first."""
    page = asked_page(ask.url_path, ask.query)
    found = flows.list_notifications(
        user=ask.user,
        scope=_scope(ask),
        offset=page.offset,
        limit=page.size,
        unread=_UNREAD.read(ask.query) == "1",
    )
    body = page.body([notification_body(each) for each in found.notifications], found.count)
    return Reply(NotificationsBody(**body, unread_count=found.unread))


@action("GET", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN,))
def unread(ask: Ask) -> Reply[UnreadBody]:
    """How many are not read yet."""
    return Reply(UnreadBody(unread_count=flows.unread_count(user=ask.user, scope=_scope(ask))))


@action("POST", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN,))
def read_one(ask: Ask) -> Reply[UnreadBody]:
    """Mark one as read."""
    scope = _scope(ask)
    flows.mark_read(
        ask.ctx, user=ask.user, notification_id=ask.path["notification_id"], scope=scope
    )
    return Reply(UnreadBody(unread_count=flows.unread_count(user=ask.user, scope=scope)))


@action("POST", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN,))
def read_all(ask: Ask) -> Reply[UnreadBody]:
    """Mark all as read."""
    flows.mark_all_read(ask.ctx, user=ask.user, scope=_scope(ask))
    return Reply(UnreadBody(unread_count=0))


def _scope(ask: Ask) -> str:
    return str(here(ask).tenant.pk)
