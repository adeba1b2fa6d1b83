"""What staff does to the devices of others."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import router, transaction
from django.db.models import QuerySet

from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.errors import NotFound
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.rights import may_act_on, require
from jwt_accounts.types import EventKind, HostUser, RequestContext

CHANGE_DEVICE = "jwt_accounts_devices.change_device"


def revoke_devices(
    ctx: RequestContext, *, actor: HostUser, user_id: str, only: Collection[UUID]
) -> int:
    """Revoke devices of a user; how many they were.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    with transaction.atomic(using=router.db_for_write(Device)):
        chosen = _chosen(actor, user_id, only).filter(revoked_at__isnull=True)
        revoked = chosen.update(revoked_at=ctx.now)
        _record(EventKind.DEVICES_REVOKED_BY_STAFF, ctx, actor, user_id)
    return revoked


def restore_devices(
    ctx: RequestContext, *, actor: HostUser, user_id: str, only: Collection[UUID]
) -> int:
    """Let revoked devices of a user be registered again; how many they were.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    with transaction.atomic(using=router.db_for_write(Device)):
        chosen = _chosen(actor, user_id, only).filter(revoked_at__isnull=False)
        restored = chosen.update(revoked_at=None)
        _record(EventKind.DEVICES_RESTORED_BY_STAFF, ctx, actor, user_id)
    return restored


def _record(kind: EventKind, ctx: RequestContext, actor: HostUser, user_id: str) -> None:
    SecurityEvent.objects.record(kind, ctx, user_id=user_key(user_id), actor_id=actor.pk)


def _chosen(actor: HostUser, user_id: str, only: Collection[UUID]) -> QuerySet[Device]:
    require(actor, CHANGE_DEVICE)
    key = user_key(user_id)
    owner = lock_users(key).get(key)
    if owner is None:
        raise NotFound("There is no such user.")
    may_act_on(actor, owner)
    return Device.objects.filter(owner=owner, pk__in=only)
