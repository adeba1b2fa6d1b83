"""Go to another of one's tenants."""

from __future__ import annotations

from django.db import router, transaction

from jwt_accounts.contrib.tenants.flows.active_tenant import memberships_of, put_in
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.models import ActiveTenant
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import NotFound, SessionEnded
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.refresh import renew
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.hooks import hooks
from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.sessions import used_password
from jwt_accounts.rulebook import password_expiry, roles_held
from jwt_accounts.types import HostUser, RequestContext


def switch(
    ctx: RequestContext,
    *,
    user: HostUser,
    session: UserSession,
    tenant: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> TenantSession:
    """Put the session in the tenant with the slug ``tenant`` and give an access token that names
    it. The refresh token stays, and names it from now on. The session is used by it, as by a
    refresh.

    Access tokens given before name the former tenant until they expire; whether the user belongs to
    it is asked each time (:func:`~jwt_accounts.contrib.tenants.flows.active_tenant.active_tenant`).

    Raises :class:`NotFound` for who is no member, and what the core's ``renew`` does.
    """
    known = memberships_of(user.pk).filter(tenant__slug=canonical_slug(tenant) or "")
    with transaction.atomic(using=router.db_for_write(ActiveTenant)):
        if user.pk not in lock_users(user.pk):
            raise SessionEnded
        membership = known.first()
        if membership is None:
            raise NotFound("You belong to no such tenant.")
        put_in(session, membership.tenant)
    signed = _signed(ctx, user, session, lifetimes)
    return TenantSession(signed=signed, tenant=membership.tenant, membership=membership)


def _signed(
    ctx: RequestContext, user: HostUser, session: UserSession, lifetimes: Lifetimes
) -> SignedIn:
    roles = roles_held(user)
    names = tuple(role.name for role in roles)
    account: Account | None = getattr(user, "jwt_account", None)
    by_password = account is not None and used_password(session.amr.split())
    return SignedIn(
        user=user,
        role=hooks().get_role(user, names),
        roles=names,
        tokens=renew(ctx, session=session, lifetimes=lifetimes),
        password_expires_at=(
            password_expiry(account.password_changed_at, roles)
            if account is not None and by_password
            else None
        ),
    )
