"""Come and go: what signed-in users do about tenants by themselves."""

from __future__ import annotations

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.contrib.tenants.flows.accept import accept, find_invitation
from jwt_accounts.contrib.tenants.flows.active_tenant import memberships_of
from jwt_accounts.contrib.tenants.flows.enter import (
    add_member,
    check_room,
    checked_names,
    make_tenant,
    open_tenant,
)
from jwt_accounts.contrib.tenants.flows.manage_members import (
    check_not_last_owner,
    end_membership,
    lock_tenant,
)
from jwt_accounts.contrib.tenants.models import Membership
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import Forbidden, NotFound, RegistrationClosed, SessionEnded
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.types import EventKind, HostUser, RequestContext


def create_tenant(ctx: RequestContext, *, user: HostUser, name: str, slug: str = "") -> Membership:
    """Make one more tenant, and be its owner. Without a ``slug`` one is made of the name.

    Raises :class:`RegistrationClosed`, ``InvalidInput`` naming ``name`` or ``slug``,
    :class:`Forbidden` for one too many, and :class:`SessionEnded` where the password has just
    changed.
    """
    if settings.REGISTRATION != "open":
        raise RegistrationClosed("Nobody makes tenants here. Ask the site's staff for one.")
    called, known = checked_names(name, slug)
    with transaction.atomic(using=router.db_for_write(Membership)):
        _lock(user)
        check_room(user)
        return make_tenant(ctx, name=called, slug=known, owner=user)


@sensitive_variables()
def join(
    ctx: RequestContext, *, user: HostUser, tenant: str = "", invitation: str = ""
) -> Membership:
    """Join the tenant of an ``invitation`` (the secret of its link), the open tenant with the slug
    ``tenant``, or the open default tenant. Who is a member stays what they are.

    Raises ``InvalidInput`` naming ``tenant``, ``LinkInvalid``, ``LinkExpired``, :class:`Forbidden`
    for one tenant too many or an invitation that was sent to another address, and
    :class:`SessionEnded` where the password has just changed.
    """
    found = find_invitation(ctx, invitation) if invitation else None
    wanted = open_tenant(tenant) if found is None else found.tenant
    with transaction.atomic(using=router.db_for_write(Membership)):
        _lock(user)
        present = memberships_of(user.pk).filter(tenant=wanted).first()
        if present is None:
            check_room(user)
        if found is None:
            return present or add_member(ctx, wanted, user)
        account = Account.objects.filter(user=user.pk, email=found.email).first()
        if account is not None:
            return accept(ctx, found, user, account)
    raise Forbidden("This invitation was sent to another address.")


def leave(ctx: RequestContext, *, user: HostUser, tenant: str) -> None:
    """Belong to a tenant no more. Invitations one made there end.

    Raises :class:`NotFound` for who is no member, and :class:`Forbidden` for the last owner.
    """
    mine = memberships_of(user.pk).filter(tenant__slug=canonical_slug(tenant) or "").first()
    if mine is None:
        raise NotFound("You belong to no such tenant.")
    with transaction.atomic(using=router.db_for_write(Membership)):
        lock_tenant(mine.tenant_id)
        present = Membership.objects.select_related("tenant").filter(pk=mine.pk).first()
        if present is None:
            raise NotFound("You belong to no such tenant.")
        check_not_last_owner(present)
        end_membership(ctx, present)
        SecurityEvent.objects.record(
            EventKind.TENANT_LEFT, ctx, user_id=user.pk, details={"tenant": mine.tenant.slug}
        )


def _lock(user: HostUser) -> None:
    present = lock_users(user.pk).get(user.pk)
    if present is None:
        raise NotFound("There is no such user.")
    if present.password != user.password:
        # Somebody took the account back a moment ago: what came before joins nothing.
        raise SessionEnded
