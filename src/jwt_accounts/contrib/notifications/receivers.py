"""What makes notifications. Each receiver runs after the commit of what it tells."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import router

from jwt_accounts import signals
from jwt_accounts.contrib.notifications.clients import is_new_client
from jwt_accounts.contrib.notifications.flows import forget_earlier, notify
from jwt_accounts.contrib.notifications.policy import Kind, shown_user_agent
from jwt_accounts.delivery.queue import enqueue_on_commit, task
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import parse_user_id, user_fields, user_model
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext


def connect() -> None:
    """Start to follow the accounts. Called once, when the apps are ready."""
    for signal, receiver in (
        (signals.signed_in, tell_new_client),
        (signals.password_changed, tell_changed_password),
        (signals.account_locked, tell_lock),
        (signals.commented, tell_comment),
        (signals.account_reclaimed, follow_reclaim),
    ):
        signal.connect(receiver, dispatch_uid=f"jwt_accounts_notifications.{receiver.__name__}")


def tell_new_client(
    *, user: HostUser, session: UserSession, ctx: RequestContext, **_kwargs: Any
) -> None:
    """Somebody signed in from where nobody signed in to this account before."""
    if is_new_client(session):
        notify(ctx, user=user, kind=Kind.NEW_CLIENT, data=_client(ctx))


def tell_changed_password(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """The account has a new password, whoever set it."""
    notify(ctx, user=user, kind=Kind.PASSWORD_CHANGED, data=_client(ctx))


def tell_lock(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """Wrong passwords locked the account. The queue writes it down: a name that is nobody's costs
    the same statements."""
    at, using = ctx.now.isoformat(), router.db_for_write(UserSession)
    enqueue_on_commit(write_lock, str(user.pk), at, ctx.ip, ctx.user_agent, using=using)


@task
def write_lock(user_id: str, at: str, ip: str | None, user_agent: str) -> None:
    """Tell a user, who may be gone by now, that the account was locked."""
    user = user_model()._default_manager.filter(pk=parse_user_id(user_id)).first()
    if user is not None:
        ctx = RequestContext(now=datetime.fromisoformat(at), ip=ip, user_agent=user_agent)
        notify(ctx, user=user, kind=Kind.ACCOUNT_LOCKED, data=_client(ctx))


def tell_comment(
    *,
    user: HostUser,
    author: HostUser,
    scope: str,
    comment_id: UUID,
    ctx: RequestContext,
    **_kwargs: Any,
) -> None:
    """Somebody else wrote about the user."""
    if author.pk == user.pk:
        return
    name = user_fields().read(author, IdentifierKind.USERNAME)
    written_by = {"pk": str(public_id_of(author)), "username": name}
    data = {"comment": str(comment_id), "author": written_by}
    notify(ctx, user=user, kind=Kind.COMMENT, scope=scope, data=data)


def follow_reclaim(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """The account came to its owner: what was told until then, somebody else was told."""
    forget_earlier(ctx, user=user)


def _client(ctx: RequestContext) -> dict[str, object]:
    return {"ip": ctx.ip, "user_agent": shown_user_agent(ctx.user_agent)}
