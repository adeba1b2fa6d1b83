"""What staff does to the memberships of others."""

from __future__ import annotations

from collections.abc import Collection

from django.db import router, transaction

from jwt_accounts.contrib.tenants.flows.manage_members import end_membership
from jwt_accounts.contrib.tenants.models import Membership
from jwt_accounts.errors import NotFound
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.rights import may_act_on, require
from jwt_accounts.types import EventKind, HostUser, RequestContext

CHANGE_MEMBERSHIP = "jwt_accounts_tenants.change_membership"


def end_memberships(
    ctx: RequestContext, *, actor: HostUser, user_id: str, only: Collection[int]
) -> int:
    """End memberships of a user, the last owner's too; how many they were.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    require(actor, CHANGE_MEMBERSHIP)
    key = user_key(user_id)
    with transaction.atomic(using=router.db_for_write(Membership)):
        user = lock_users(key).get(key)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        chosen = Membership.objects.filter(user=user, pk__in=only).select_related("tenant")
        ended = list(chosen.order_by("pk"))
        for membership in ended:
            end_membership(ctx, membership)
            SecurityEvent.objects.record(
                EventKind.TENANT_MEMBER_REMOVED,
                ctx,
                user_id=user.pk,
                actor_id=actor.pk,
                details={"tenant": membership.tenant.slug},
            )
    return len(ended)
