"""What the owners and admins of a tenant do about its members.

The tenant's row is locked before anybody is counted, so that of two owners who remove each other
at once one stays.
"""

from __future__ import annotations

from uuid import UUID

from django.db import router, transaction

from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.contrib.tenants.policy import MemberRole, manages, may_manage
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound
from jwt_accounts.flows.public_ids import parse_public_id
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import public_id_column
from jwt_accounts.types import EventKind, RequestContext


def change_role(
    ctx: RequestContext, *, actor_membership: Membership, public_id: str | UUID, role: str
) -> Membership:
    """Give a member of the tenant another role. Nobody gives or takes one above their own, and the
    last owner stays. Who may invite no more: their open invitations end.

    Raises :class:`Forbidden`, :class:`NotFound`, or :class:`InvalidInput` naming ``role``.
    """
    wanted = checked_role(role)
    with transaction.atomic(using=router.db_for_write(Membership)):
        actor = lock_actor(actor_membership)
        member = _member(actor, public_id)
        _require(actor, member.role, wanted)
        former = member.role
        if former == wanted:
            return member
        check_not_last_owner(member)
        member.role = str(wanted)
        member.save(update_fields=["role"])
        if not may_manage(wanted, former):
            end_invitations_by(ctx, member)
        _record(EventKind.TENANT_ROLE_CHANGED, ctx, actor, member, role=wanted, former=former)
    return member


def remove_member(
    ctx: RequestContext, *, actor_membership: Membership, public_id: str | UUID
) -> None:
    """Make somebody a member no more, and end the open invitations they made there.

    Raises :class:`Forbidden`, for the last owner too, or :class:`NotFound`.
    """
    with transaction.atomic(using=router.db_for_write(Membership)):
        actor = lock_actor(actor_membership)
        member = _member(actor, public_id)
        _require(actor, member.role)
        check_not_last_owner(member)
        end_membership(ctx, member)
        _record(EventKind.TENANT_MEMBER_REMOVED, ctx, actor, member)


def checked_role(role: str) -> MemberRole:
    """Raises :class:`InvalidInput` naming ``role``."""
    try:
        return MemberRole(role)
    except ValueError as error:
        message = f"Choose one of {', '.join(MemberRole)}."
        raise InvalidInput(fields={"role": (FieldError("invalid", message),)}) from error


def lock_tenant(key: UUID) -> Tenant:
    """Lock a tenant's row. Who joins goes on meanwhile. Raises :class:`NotFound` where it is not
    active."""
    present = Tenant.objects.select_for_update(no_key=True).filter(pk=key, is_active=True).first()
    if present is None:
        raise NotFound("There is no such tenant.")
    return present


def lock_actor(membership: Membership) -> Membership:
    """Who acts, as they are now, with the tenant, which stays locked. Raises :class:`Forbidden` for
    who manages nobody there any more."""
    tenant = lock_tenant(membership.tenant_id)
    present = Membership.objects.filter(pk=membership.pk, tenant=tenant).first()
    if present is None or not manages(present.role):
        raise Forbidden("Only an owner or an admin of the tenant may do this.")
    present.tenant = tenant
    return present


def check_not_last_owner(member: Membership) -> None:
    """Raises :class:`Forbidden` for the one owner whose account is active. The tenant is locked."""
    if member.role != MemberRole.OWNER:
        return
    others = Membership.objects.filter(
        tenant=member.tenant_id, role=MemberRole.OWNER, user__is_active=True
    )
    if not others.exclude(pk=member.pk).exists():
        raise Forbidden("The last owner stays. Make another one first.")


def end_membership(ctx: RequestContext, member: Membership) -> None:
    """Delete a membership, then end the invitations: in the order in which Django deletes a
    user."""
    Membership.objects.filter(pk=member.pk).delete()
    end_invitations_by(ctx, member)


def end_invitations_by(ctx: RequestContext, member: Membership) -> None:
    """End the open invitations to the tenant that a member made."""
    TenantInvitation.objects.filter(
        tenant=member.tenant_id,
        invited_by=member.user_id,
        used_at__isnull=True,
        expires_at__gt=ctx.now,
    ).update(expires_at=ctx.now)


def _member(actor: Membership, public_id: str | UUID) -> Membership:
    key = parse_public_id(str(public_id))
    members = Membership.objects.filter(tenant=actor.tenant_id).select_related("tenant")
    found = members.filter(**{f"user__{public_id_column()}": key}).first()
    if found is None:
        raise NotFound("There is no such member.")
    return found


def _require(actor: Membership, *roles: str) -> None:
    if not all(may_manage(actor.role, role) for role in roles):
        raise Forbidden("This role is above your own.")


def _record(
    kind: EventKind, ctx: RequestContext, actor: Membership, member: Membership, **more: str
) -> None:
    SecurityEvent.objects.record(
        kind,
        ctx,
        user_id=member.user_id,
        actor_id=actor.user_id,
        details={"tenant": actor.tenant.slug, **{name: str(text) for name, text in more.items()}},
    )
