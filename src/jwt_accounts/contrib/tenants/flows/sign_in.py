"""Sign in to a tenant."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.tenants.flows.active_tenant import last_active, memberships_of, put_in
from jwt_accounts.contrib.tenants.flows.enter import add_member, open_tenant
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.models import Membership
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import Forbidden, InvalidInput, WrongCredentials
from jwt_accounts.flows import sign_in as core
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.models import UserSession
from jwt_accounts.types import RequestContext


@sensitive_variables()
def sign_in(
    ctx: RequestContext,
    *,
    identifier: str,
    password: str,
    tenant: str = "",
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    confirmed_only: bool = False,
) -> TenantSession:
    """Check who it is and open a session in the tenant with the slug ``tenant``.

    Where none is named: the one of the user's session that was used last, else the one joined
    first; who belongs to none joins the default tenant, if it is open.

    Raises what the core's ``sign_in`` does, ``PasswordExpired`` where the password must be changed,
    ``WrongCredentials`` for a tenant that is not the user's, as if the password were wrong, and
    :class:`Forbidden`, told only to who knows the password, where there is none to go to.
    """
    entered: list[Membership] = []

    def enter(session: UserSession) -> None:
        membership = _named(session, tenant) if tenant else _usual(ctx, session)
        put_in(session, membership.tenant)
        entered.append(membership)

    signed = core.require_session(
        core.sign_in(
            ctx,
            identifier=identifier,
            password=password,
            lifetimes=lifetimes,
            confirmed_only=confirmed_only,
            enter=enter,
        )
    )
    return TenantSession(signed=signed, tenant=entered[-1].tenant, membership=entered[-1])


def _named(session: UserSession, tenant: str) -> Membership:
    # What can be no slug is looked for all the same.
    slug = canonical_slug(tenant) or ""
    membership = memberships_of(session.user_id).filter(tenant__slug=slug).first()
    if membership is None:
        raise WrongCredentials
    return membership


def _usual(ctx: RequestContext, session: UserSession) -> Membership:
    membership = last_active(session.user_id).first()
    if membership is not None:
        return membership
    try:
        tenant = open_tenant("")
    except InvalidInput as error:
        raise Forbidden("You belong to no tenant. Ask for an invitation to one.") from error
    return add_member(ctx, tenant, session.user)
