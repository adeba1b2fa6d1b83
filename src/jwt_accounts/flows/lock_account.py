"""What staff does to an account. Two locks are kept apart: wrong passwords lock for a while, staff
locks until staff says otherwise. Nothing here that ends one touches the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import router, transaction

from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.credentials.tries import forget_failures
from jwt_accounts.errors import Forbidden, NotFound
from jwt_accounts.flows.first_step import close_steps
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.flows.sessions import (
    end_every_session,
    end_one_session,
    list_sessions,
)
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.models.userfields import lock_users, user_model
from jwt_accounts.rights import (
    CHANGE_USER,
    END_SESSIONS,
    LOCK_ACCOUNT,
    UNLOCK_ACCOUNT,
    may_act_on,
    require,
)
from jwt_accounts.types import EventKind, HostUser, RequestContext, SessionEnd

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID


def unlock_account(ctx: RequestContext, *, actor: HostUser, user_id: str) -> None:
    """End the lock that wrong passwords began, and forget them.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, UNLOCK_ACCOUNT)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        forget_failures(key)
        _record(EventKind.ACCOUNT_UNLOCKED, ctx, actor, key)


def lock_account(ctx: RequestContext, *, actor: HostUser, user_id: str) -> None:
    """Lock an account until staff lifts it; its sessions end, and so do its PINs and windows.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, LOCK_ACCOUNT)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        if key == actor.pk:
            raise Forbidden("Nobody locks their own account: who would lift the lock?")
        _mark(key, ctx.now)
        close_all(key, ctx.now)
        end_every_session(ctx, user_id=key, reason=SessionEnd.LOCKED_BY_STAFF)
        _record(EventKind.LOCKED_BY_STAFF, ctx, actor, key)


def lift_staff_lock(ctx: RequestContext, *, actor: HostUser, user_id: str) -> None:
    """Lift a lock by staff. Wrong passwords stay counted.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, LOCK_ACCOUNT)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        _mark(key, None)
        _record(EventKind.STAFF_LOCK_LIFTED, ctx, actor, key)


def end_sessions(
    ctx: RequestContext,
    *,
    actor: HostUser,
    user_id: str,
    only: Collection[UUID] | None = None,
) -> int:
    """End the sessions of an account (ASVS 7.4.5), all or ``only`` some; how many they were.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, END_SESSIONS)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        ended = end_every_session(ctx, user_id=key, reason=SessionEnd.ENDED_BY_STAFF, only=only)
        if only is None:
            close_steps(ctx, key)
        _record(EventKind.SESSIONS_ENDED_BY_STAFF, ctx, actor, key)
    return ended


def list_sessions_of(ctx: RequestContext, *, actor: HostUser, user_id: str) -> list[UserSession]:
    """The open sessions of an account, the last used first, for who may end them: addresses and
    clients say where somebody lives and works.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, END_SESSIONS)
    user = user_model()._default_manager.filter(pk=user_key(user_id)).first()
    if user is None:
        raise NotFound("There is no such user.")
    may_act_on(actor, user)
    return list_sessions(ctx, user=user)


def end_session_of(ctx: RequestContext, *, actor: HostUser, user_id: str, session_id: str) -> None:
    """End one session of an account.

    Raises ``Forbidden`` or :class:`NotFound`, for another user's session too.
    """
    require(actor, END_SESSIONS)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        ended = end_one_session(
            ctx, user_id=key, session_id=session_id, reason=SessionEnd.ENDED_BY_STAFF
        )
        SecurityEvent.objects.record(
            EventKind.SESSION_ENDED_BY_STAFF,
            ctx,
            user_id=key,
            actor_id=actor.pk,
            details={"session": ended.hex},
        )


def demand_password_change(ctx: RequestContext, *, actor: HostUser, user_id: str) -> None:
    """Let nobody in by an account's password before it is changed; its sessions end.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, CHANGE_USER)
    with transaction.atomic(using=router.db_for_write(Account)):
        key = _target(actor, user_id)
        Account.objects.filter(user=key).update(must_change_password=True)
        end_every_session(ctx, user_id=key, reason=SessionEnd.PASSWORD_EXPIRED)
        _record(EventKind.PASSWORD_CHANGE_DEMANDED, ctx, actor, key)


def _target(actor: HostUser, user_id: str) -> Any:
    key = user_key(user_id)
    user = lock_users(key).get(key)
    if user is None:
        raise NotFound("There is no such user.")
    may_act_on(actor, user)
    if not Account.objects.filter(user=user).exists():
        Account.objects.adopt(user)
    return user.pk


def _mark(key: Any, moment: datetime | None) -> None:
    Account.objects.filter(user=key).update(staff_locked_at=moment)


def _record(kind: EventKind, ctx: RequestContext, actor: HostUser, key: Any) -> None:
    SecurityEvent.objects.record(kind, ctx, user_id=key, actor_id=actor.pk)
