"""The sessions of a user, for the user and for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from jwt_accounts.errors import NotFound
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.digests import is_same_password
from jwt_accounts.types import HostUser, RequestContext, SessionEnd, UserKey

if TYPE_CHECKING:
    from collections.abc import Collection


def list_sessions(ctx: RequestContext, *, user: HostUser) -> list[UserSession]:
    """The user's open sessions, the last used first."""
    return [
        session
        for session in _open(ctx, user.pk).order_by("-last_used_at", "-created_at")
        if is_same_password(user.password, session.password_digest)
    ]


def end_session(ctx: RequestContext, *, user: HostUser, session_id: str) -> None:
    """End one session of one's own. Raises :class:`NotFound`, for somebody else's too."""
    try:
        key = UUID(session_id)
    except ValueError as error:
        raise NotFound from error
    if not _end(ctx, _open(ctx, user.pk).filter(pk=key), SessionEnd.ENDED_BY_USER):
        raise NotFound


def end_other_sessions(ctx: RequestContext, *, user: HostUser, keep: UUID) -> int:
    """End all sessions of one's own but the present one; how many they were."""
    return _end(ctx, _open(ctx, user.pk).exclude(pk=keep), SessionEnd.ENDED_BY_USER)


def end_every_session(
    ctx: RequestContext,
    *,
    user_id: UserKey,
    reason: SessionEnd,
    keep: UUID | None = None,
    only: Collection[UUID] | None = None,
) -> int:
    """End the sessions of a user, but for ``keep``, or ``only`` some; how many they were. In the
    caller's transaction, after the row that takes the user's rights away, so that a refresh in
    flight meets it."""
    alive = UserSession.objects.filter(user=user_id, ended_at__isnull=True)
    if keep is not None:
        alive = alive.exclude(pk=keep)
    if only is not None:
        alive = alive.filter(pk__in=only)
    return _end(ctx, alive, reason)


def _open(ctx: RequestContext, user_id: UserKey) -> QuerySet[UserSession]:
    return UserSession.objects.filter(
        user=user_id, ended_at__isnull=True, expires_at__gt=ctx.now, idle_expires_at__gt=ctx.now
    )


def _end(ctx: RequestContext, sessions: QuerySet[UserSession], reason: SessionEnd) -> int:
    return sessions.update(ended_at=ctx.now, end_reason=reason)
