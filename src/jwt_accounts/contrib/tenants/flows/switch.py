"""Go to another of one's tenants, or stay in one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import router, transaction

from jwt_accounts.contrib.tenants.flows.active_tenant import (
    TENANT_CLAIM,
    Active,
    memberships_of,
    put_in,
)
from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import NotFound, SessionEnded
from jwt_accounts.flows.refresh import renew
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes, Tokens
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """An access token, and what its user is in the tenant that it names."""

    tokens: Tokens
    membership: Membership


def switch(
    ctx: RequestContext,
    *,
    user: HostUser,
    session: UserSession,
    token: AccessToken,
    tenant: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> Switched:
    """Put the session in the tenant with the slug ``tenant`` and give an access token that names
    it, in the place of ``token``, which it outlives only where tokens renew themselves. The refresh
    token stays, and names it from now on. The session is used by it, as by a refresh.

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
    active = Active(tenant=membership.tenant, membership=membership)
    return Switched(tokens=stay(ctx, session, token, active, lifetimes), membership=membership)


def stay(
    ctx: RequestContext,
    session: UserSession,
    token: AccessToken,
    active: Active,
    lifetimes: Lifetimes,
) -> Tokens:
    """One more access token for the tenant that a request is made in, whichever one another tab of
    the session went to meanwhile. Raises what the core's ``renew`` does."""
    claims = {TENANT_CLAIM: active.tenant.slug}
    return renew(ctx, session=session, token=token, lifetimes=lifetimes, claims=claims)
