"""The sessions of a user, for the user and for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import router, transaction
from django.db.models import QuerySet

from jwt_accounts.conf import settings
from jwt_accounts.errors import FieldError, InvalidInput, NotFound, SessionLimitReached
from jwt_accounts.flows.first_step import close_steps
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.tokens.digests import is_same_password
from jwt_accounts.types import HostUser, RequestContext, SessionEnd, UserKey

if TYPE_CHECKING:
    from collections.abc import Collection

_NAME_LENGTH = 100


def list_sessions(ctx: RequestContext, *, user: HostUser) -> list[UserSession]:
    """The user's open sessions, the last used first."""
    return [
        session
        for session in _open(ctx, user.pk).order_by("-last_used_at", "-created_at")
        if is_same_password(user.password, session.password_digest)
    ]


def name_session(ctx: RequestContext, *, user: HostUser, session_id: str, name: str) -> UserSession:
    """Give one session of one's own a name; an empty one takes it away.

    Raises :class:`NotFound`, for somebody else's too, or :class:`InvalidInput`.
    """
    name = name.strip()
    if not name.isprintable() or len(name) > _NAME_LENGTH:
        message = f"A name is one line of at most {_NAME_LENGTH} characters."
        raise InvalidInput(fields={"name": (FieldError("invalid", message),)})
    one = _one(ctx, user.pk, session_id)
    session = one.first()
    if session is None or not one.update(name=name):
        raise NotFound
    session.name = name
    return session


def end_session(ctx: RequestContext, *, user: HostUser, session_id: str) -> UUID:
    """End one session of one's own; its key. Raises :class:`NotFound`, for somebody else's too."""
    return end_one_session(
        ctx, user_id=user.pk, session_id=session_id, reason=SessionEnd.ENDED_BY_USER
    )


def end_other_sessions(ctx: RequestContext, *, user: HostUser, keep: UUID) -> int:
    """End all sessions of one's own but the present one, and sign-ins that are not finished; how
    many sessions they were."""
    with transaction.atomic(using=router.db_for_write(UserSession)):
        lock_users(user.pk)
        close_steps(ctx, user.pk)
        return _end(ctx, _open(ctx, user.pk).exclude(pk=keep), SessionEnd.ENDED_BY_USER)


def end_one_session(
    ctx: RequestContext, *, user_id: UserKey, session_id: str, reason: SessionEnd
) -> UUID:
    """End one open session of a user; its key. Raises :class:`NotFound`, for another's too."""
    one = _one(ctx, user_id, session_id)
    if not _end(ctx, one, reason):
        raise NotFound
    return UUID(session_id)


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


def make_room(
    ctx: RequestContext, *, user: HostUser, limit: int | None, coming: UUID | None = None
) -> None:
    """See that one more session of a user is no more than ``limit``: end those that were used
    longest ago, or, as ``SESSION_LIMIT_ACTION`` says, raise :class:`SessionLimitReached`.
    ``coming``: its key, where it may be there already.

    In the caller's transaction, with the user locked, so that no two sign-ins count at once. Two
    statements at most, and none without a limit.
    """
    if limit is None:
        return
    alive = [each for each in list_sessions(ctx, user=user) if each.pk != coming]
    if len(alive) < limit:
        return
    if settings.SESSION_LIMIT_ACTION == "refuse":
        raise SessionLimitReached
    surplus = [each.pk for each in alive[limit - 1 :]]
    end_every_session(ctx, user_id=user.pk, reason=SessionEnd.SESSION_LIMIT, only=surplus)


def _open(ctx: RequestContext, user_id: UserKey) -> QuerySet[UserSession]:
    return UserSession.objects.filter(
        user=user_id, ended_at__isnull=True, expires_at__gt=ctx.now, idle_expires_at__gt=ctx.now
    )


def _one(ctx: RequestContext, user_id: UserKey, session_id: str) -> QuerySet[UserSession]:
    try:
        key = UUID(session_id)
    except ValueError as error:
        raise NotFound from error
    return _open(ctx, user_id).filter(pk=key)


def _end(ctx: RequestContext, sessions: QuerySet[UserSession], reason: SessionEnd) -> int:
    return sessions.update(ended_at=ctx.now, end_reason=reason)
