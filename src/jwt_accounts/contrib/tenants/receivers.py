"""What happens to memberships when something happens to an account."""

from __future__ import annotations

from typing import Any

from jwt_accounts.contrib.tenants.flows.reclaim import leave_what_others_made
from jwt_accounts.signals import account_reclaimed
from jwt_accounts.types import HostUser, RequestContext


def connect() -> None:
    """Start to follow the accounts. Called once, when the apps are ready."""
    account_reclaimed.connect(follow_reclaim, dispatch_uid="jwt_accounts_tenants.follow_reclaim")


def follow_reclaim(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """Who takes an account back belongs to nothing that somebody else joined with it."""
    leave_what_others_made(ctx, user=user)
