"""What happens to devices when something happens to their owner."""

from __future__ import annotations

from typing import Any

from jwt_accounts.contrib.devices.flows import forget_every_device
from jwt_accounts.signals import account_reclaimed
from jwt_accounts.types import HostUser


def connect() -> None:
    """Start to follow the accounts. Called once, when the apps are ready."""
    account_reclaimed.connect(follow_reclaim, dispatch_uid="jwt_accounts_devices.follow_reclaim")


def follow_reclaim(*, user: HostUser, **_kwargs: Any) -> None:
    """Forget what was registered before the account came to its owner."""
    forget_every_device(user_id=user.pk)
