"""The owner of an address took an account that somebody else may have made with it."""

from __future__ import annotations

from django.db import router, transaction
from django.db.models import Exists, OuterRef

from jwt_accounts.contrib.tenants.models import Membership, TenantInvitation
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.types import HostUser, RequestContext


def leave_what_others_made(ctx: RequestContext, *, user: HostUser) -> int:
    """End the memberships of an account, and the invitations made with it; how many memberships
    they were. A tenant in which nobody else is stays the owner's: nobody waits there for them.

    A tenant may be left without an owner by it: staff names another one.
    """
    with transaction.atomic(using=router.db_for_write(Membership)):
        lock_users(user.pk)
        others = Membership.objects.filter(tenant=OuterRef("tenant")).exclude(user=user.pk)
        ended = Membership.objects.filter(Exists(others), user=user.pk).delete()[0]
        TenantInvitation.objects.filter(
            invited_by=user.pk, used_at__isnull=True, expires_at__gt=ctx.now
        ).update(expires_at=ctx.now)
    return ended
