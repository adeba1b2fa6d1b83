"""Take up an invitation: once, by who has its secret and its address."""

from __future__ import annotations

from uuid import UUID

from django.utils.crypto import constant_time_compare

from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.models import Membership, TenantInvitation
from jwt_accounts.credentials.challenges import key_in
from jwt_accounts.errors import LinkExpired, LinkInvalid
from jwt_accounts.flows.prove import prove
from jwt_accounts.models import Account
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext


def secret_of(invitation: TenantInvitation) -> str:
    """The secret of the link: 256 bits, derived, stored nowhere. Names its row."""
    key = invitation.pk.hex
    return f"{key}.{keyed_digest('jwt_accounts.tenants.invitation', f'{key}:{invitation.seed}')}"


def find_invitation(ctx: RequestContext, secret: str) -> TenantInvitation:
    """The invitation that a secret is of, with its tenant.

    Raises :class:`LinkInvalid` and, told only to who has the right secret, :class:`LinkExpired`.
    """
    try:
        key = UUID(key_in(secret))
    except ValueError as error:
        raise LinkInvalid from error
    found = TenantInvitation.objects.select_related("tenant").filter(pk=key).first()
    if found is None or not constant_time_compare(secret_of(found), secret):
        raise LinkInvalid
    if found.used_at is not None or not found.tenant.is_active:
        raise LinkInvalid
    if found.expires_at <= ctx.now:
        raise LinkExpired
    return found


def accept(
    ctx: RequestContext, invitation: TenantInvitation, user: HostUser, account: Account
) -> Membership:
    """Use an invitation up and make its role the user's; a member stays what they are. The secret
    came to the account's address, which is proved by it. In the caller's transaction, with the user
    locked, or new. Raises :class:`LinkInvalid` for who comes second, or after it was taken back."""
    present = TenantInvitation.objects.filter(
        pk=invitation.pk, seed=invitation.seed, used_at__isnull=True, expires_at__gt=ctx.now
    )
    if not present.update(used_at=ctx.now):
        raise LinkInvalid
    prove(ctx, user, account, IdentifierKind.EMAIL)
    mine = Membership.objects.filter(tenant=invitation.tenant_id, user=user.pk)
    return mine.select_related("tenant").first() or add_member(
        ctx, invitation.tenant, user, invitation.role
    )
