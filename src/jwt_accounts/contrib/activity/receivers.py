"""What the stream takes from the accounts. Each receiver runs after the commit of what it tells."""

from __future__ import annotations

from typing import Any

from jwt_accounts import signals
from jwt_accounts.contrib.activity.flows import forget_earlier, record_activity
from jwt_accounts.contrib.activity.policy import Verb
from jwt_accounts.types import HostUser, RequestContext


def connect() -> None:
    """Start to follow the accounts. Called once, when the apps are ready."""
    for signal, receiver in (
        (signals.user_registered, tell_registration),
        (signals.member_joined, tell_joining),
        (signals.user_changed, tell_changed_profile),
        (signals.account_reclaimed, follow_reclaim),
    ):
        signal.connect(receiver, dispatch_uid=f"jwt_accounts_activity.{receiver.__name__}")


def tell_registration(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """Somebody is new."""
    record_activity(ctx, actor=user, verb=Verb.REGISTERED, scope="")


def tell_joining(*, user: HostUser, scope: str, ctx: RequestContext, **_kwargs: Any) -> None:
    """Somebody is new in a scope."""
    record_activity(ctx, actor=user, verb=Verb.JOINED, scope=scope)


def tell_changed_profile(
    *, user: HostUser, actor: HostUser, ctx: RequestContext, **_kwargs: Any
) -> None:
    """Somebody changed their own data. What staff changes of others is in the audit trail."""
    if user.pk == actor.pk:
        record_activity(ctx, actor=user, verb=Verb.CHANGED_PROFILE, scope="")


def follow_reclaim(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """The account came to its owner: what was said until then, others said."""
    forget_earlier(ctx, user=user)
