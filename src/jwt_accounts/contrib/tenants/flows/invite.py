"""Invite somebody to a tenant, whether they have an account or not: nothing tells."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import router, transaction
from django.db.models import Q, QuerySet, Sum

from jwt_accounts.conf import settings
from jwt_accounts.contrib.tenants.flows.manage_members import checked_role, lock_actor
from jwt_accounts.contrib.tenants.flows.messages import send_invitation
from jwt_accounts.contrib.tenants.models import Membership, TenantInvitation
from jwt_accounts.contrib.tenants.policy import manages, may_manage
from jwt_accounts.delivery.queue import enqueue_on_commit
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import canonical, lock_users
from jwt_accounts.types import EventKind, IdentifierKind, RequestContext

INVITATION_LIFETIME = timedelta(days=7)

#: How many invitations of a tenant can be open at once.
MOST_INVITATIONS = 500

#: One address is sent so many times the limit of one person, by everybody together: a sign-up makes
#: a person and a tenant at once.
MOST_INVITERS = 3

_LONGEST_ADDRESS = 254


def invite(
    ctx: RequestContext, *, actor_membership: Membership, email: str, role: str, link: str = ""
) -> TenantInvitation:
    """Send an address a link by which its owner joins the tenant. Again, it replaces the former
    one, but for ``RESEND_COOLDOWN`` and ``RECOVERY_LIMIT``: then the former one stays as it is. The
    limit is the tenant's and the inviter's, by however many tenants, and three times it is the
    address's; a first one beyond it is made, and not sent. ``link``: see ``delivery/links.py``;
    without one, ``LINKS`` says.

    Raises :class:`Forbidden`, also where it would take an open one of a role above one's own, or
    :class:`InvalidInput` naming ``email`` or ``role``.
    """
    wanted, address = checked_role(role), _checked(email)
    leads = link or settings.LINKS["tenant_invitation"]
    if not settings.FRONTEND_URL and not leads.startswith(("http://", "https://")):
        raise Forbidden(
            "Nobody can be invited: FRONTEND_URL is not set, so no link leads anywhere."
        )
    alias = router.db_for_write(TenantInvitation)
    with transaction.atomic(using=alias):
        lock_users(actor_membership.user_id)
        actor = lock_actor(actor_membership)
        if not may_manage(actor.role, wanted):
            raise Forbidden("This role is above your own.")
        present = TenantInvitation.objects.filter(tenant=actor.tenant, email=address).first()
        row = present or TenantInvitation(tenant=actor.tenant, email=address, sent_since=ctx.now)
        sends = _may_send(ctx, actor, address)
        if present is None:
            _check_room(ctx, actor)
        elif _is_open(ctx, row) and not may_manage(actor.role, row.role):
            raise Forbidden("This role is above your own.")
        elif not sends or row.created_at > ctx.now - settings.RESEND_COOLDOWN:
            return row
        _renew(ctx, row, actor, wanted, sent=int(sends))
        if sends:
            enqueue_on_commit(send_invitation, row.pk.hex, row.seed, leads, using=alias)
        _record(EventKind.TENANT_MEMBER_INVITED, ctx, actor)
    return row


def list_invitations(
    ctx: RequestContext, *, actor_membership: Membership
) -> list[TenantInvitation]:
    """The invitations that are open, the last one first. Raises :class:`Forbidden`."""
    if not manages(actor_membership.role):
        raise Forbidden("Only an owner or an admin of the tenant may do this.")
    return list(_open(ctx, actor_membership).order_by("-created_at", "pk"))


def revoke_invitation(
    ctx: RequestContext, *, actor_membership: Membership, invitation_id: str | UUID
) -> None:
    """Take an open invitation back. Raises :class:`Forbidden` or :class:`NotFound`."""
    try:
        key = UUID(str(invitation_id))
    except ValueError as error:
        raise NotFound("There is no such invitation.") from error
    with transaction.atomic(using=router.db_for_write(TenantInvitation)):
        actor = lock_actor(actor_membership)
        found = _open(ctx, actor).filter(pk=key)
        row = found.first()
        if row is None:
            raise NotFound("There is no such invitation.")
        if not may_manage(actor.role, row.role):
            raise Forbidden("This role is above your own.")
        found.update(expires_at=ctx.now)
        _record(EventKind.TENANT_INVITATION_REVOKED, ctx, actor)


def _checked(email: str) -> str:
    """The address in the form it is compared in, which is also where the message goes."""
    address = canonical(IdentifierKind.EMAIL, email) or ""
    try:
        validate_email(address)
    except ValidationError as error:
        raise _no_address() from error
    if len(address) > _LONGEST_ADDRESS:
        raise _no_address()
    return address


def _no_address() -> InvalidInput:
    return InvalidInput(fields={"email": (FieldError("invalid", "Enter a valid email address."),)})


def _open(ctx: RequestContext, actor: Membership) -> QuerySet[TenantInvitation]:
    return TenantInvitation.objects.filter(
        tenant=actor.tenant_id, used_at__isnull=True, expires_at__gt=ctx.now
    )


def _is_open(ctx: RequestContext, row: TenantInvitation) -> bool:
    return row.used_at is None and row.expires_at > ctx.now


def _check_room(ctx: RequestContext, actor: Membership) -> None:
    if _open(ctx, actor).count() >= MOST_INVITATIONS:
        raise Forbidden(f"{MOST_INVITATIONS} invitations are open already. Take some of them back.")


def _may_send(ctx: RequestContext, actor: Membership, address: str) -> bool:
    """Counted for who invites as well: whoever makes many tenants, or takes invitations back, sends
    no more messages by it. And for the address: whoever makes many accounts. The rows stay."""
    rate = settings.RECOVERY_LIMIT
    since = ctx.now - timedelta(seconds=rate.seconds)
    theirs = Q(tenant=actor.tenant_id) | Q(invited_by=actor.user_id)
    sent = TenantInvitation.objects.filter(email=address, sent_since__gt=since).aggregate(
        theirs=Sum("sent", filter=theirs, default=0), all=Sum("sent", default=0)
    )
    return bool(sent["theirs"] < rate.limit and sent["all"] < MOST_INVITERS * rate.limit)


def _renew(
    ctx: RequestContext, row: TenantInvitation, actor: Membership, role: str, *, sent: int
) -> None:
    begins = row.sent_since <= ctx.now - timedelta(seconds=settings.RECOVERY_LIMIT.seconds)
    row.role, row.seed, row.invited_by_id = str(role), token_hex(32), actor.user_id
    row.created_at, row.expires_at, row.used_at = ctx.now, ctx.now + INVITATION_LIFETIME, None
    row.sent, row.sent_since = (sent, ctx.now) if begins else (row.sent + sent, row.sent_since)
    row.save()


def _record(kind: EventKind, ctx: RequestContext, actor: Membership) -> None:
    SecurityEvent.objects.record(
        kind, ctx, actor_id=actor.user_id, details={"tenant": actor.tenant.slug}
    )
