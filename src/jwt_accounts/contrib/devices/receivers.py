"""What happens to devices when something happens to their owner."""

from __future__ import annotations

from typing import Any

from jwt_accounts.contrib.devices.flows import revoke_every_device
from jwt_accounts.signals import account_reclaimed
from jwt_accounts.types import HostUser, RequestContext


def connect() -> None:
    """Start to follow the accounts. Called once, when the apps are ready."""
    account_reclaimed.connect(follow_reclaim, dispatch_uid="jwt_accounts_devices.follow_reclaim")


def follow_reclaim(*, user: HostUser, ctx: RequestContext, **_kwargs: Any) -> None:
    """Revoke what was registered before the account came to its owner."""
    revoke_every_device(ctx, user_id=user.pk)
