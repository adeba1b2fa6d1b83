"""Sign in to a tenant."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.tenants.flows.active_tenant import last_active, memberships_of, put_in
from jwt_accounts.contrib.tenants.flows.enter import add_member, open_tenant
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import Forbidden, InvalidInput, WrongCredentials
from jwt_accounts.flows import sign_in as core
from jwt_accounts.flows.first_step import MfaEnrolmentRequired
from jwt_accounts.flows.second_step import read_step
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.models import UserSession
from jwt_accounts.policies.challenges import ENROLMENT
from jwt_accounts.types import HostUser, RequestContext

#: How a first step remembers what follows it (see ``flows/second_step.py``).
RESUMES = "tenant"
#: A tenant was named by what can be no slug, and none has this one.
_NO_SLUG = "-"


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
    :class:`Forbidden`, told only to who knows the password, where there is none to go to. Where a
    second step follows, ``SecondFactorRequired`` or ``EnrolmentRequired``: see
    ``resume_sign_in``.
    """
    entered: list[Membership] = []

    def enter(session: UserSession) -> None:
        membership = _named(session, tenant) if tenant else _usual(ctx, session)
        put_in(session, membership.tenant)
        entered.append(membership)

    wanted = (canonical_slug(tenant) or _NO_SLUG) if tenant else ""
    result = core.sign_in(
        ctx,
        identifier=identifier,
        password=password,
        lifetimes=lifetimes,
        confirmed_only=confirmed_only,
        enter=enter,
        resume=f"{RESUMES}:{wanted}",
    )
    if isinstance(result, MfaEnrolmentRequired) and result.token:
        _check_first(read_step(ctx, result.token, ENROLMENT).user, wanted)
    signed = core.require_session(result)
    return TenantSession(signed=signed, tenant=entered[-1].tenant, membership=entered[-1])


def resume_sign_in(session: UserSession, wanted: str) -> None:
    """Put the session that a second step opens in the tenant that the first one named.

    Whether it is the user's is asked here and not at the first step: what knows the password alone
    learns nothing of memberships. Who has shown both factors may hear it: :class:`Forbidden`.
    """
    opened = RequestContext(now=session.created_at, ip=session.ip, user_agent=session.user_agent)
    try:
        membership = _named(session, wanted) if wanted else _usual(opened, session)
    except WrongCredentials as error:
        raise Forbidden("You belong to no such tenant. Sign in to another one.") from error
    put_in(session, membership.tenant)


def _check_first(user: HostUser, wanted: str) -> None:
    """Before somebody sets up a first factor: a refusal after that would swallow the recovery
    codes. One factor is all that there is to know, so nothing is told too early."""
    known = memberships_of(user.pk)
    if wanted and not known.filter(tenant__slug=wanted).exists():
        raise WrongCredentials
    if not wanted and not known.exists():
        _default()


def _named(session: UserSession, tenant: str) -> Membership:
    # What can be no slug is looked for all the same.
    slug = canonical_slug(tenant) or ""
    membership = memberships_of(session.user_id).filter(tenant__slug=slug).first()
    if membership is None:
        raise WrongCredentials
    return membership


def _usual(ctx: RequestContext, session: UserSession) -> Membership:
    membership = last_active(session.user_id).first()
    return membership or add_member(ctx, _default(), session.user)


def _default() -> Tenant:
    try:
        return open_tenant("")
    except InvalidInput as error:
        raise Forbidden("You belong to no tenant. Ask for an invitation to one.") from error
