"""How notifications look on the wire, in every contract that has them."""

from __future__ import annotations

from typing import Any, TypedDict

from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from jwt_accounts.contrib.notifications.sentences import sentence


class NotificationBody(TypedDict):
    """A notification. ``text`` is for people; ``data`` is what it was made of: ``ip`` and
    ``user_agent`` of a client, or ``comment`` and ``author`` (``pk``, ``username``)."""

    id: str
    kind: str
    text: str
    data: dict[str, Any]
    created_at: str
    read: bool


def notification_body(notification: Notification) -> NotificationBody:
    """A notification as its user sees it."""
    kind = Kind(notification.kind)
    return NotificationBody(
        id=str(notification.pk),
        kind=str(kind),
        text=sentence(kind, notification.data),
        data=notification.data,
        created_at=f"{notification.created_at:%Y-%m-%dT%H:%M:%SZ}",
        read=notification.read_at is not None,
    )
