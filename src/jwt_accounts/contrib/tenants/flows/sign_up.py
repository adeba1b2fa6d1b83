"""Make an account that belongs to a tenant from the beginning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.tenants.flows.accept import accept, find_invitation
from jwt_accounts.contrib.tenants.flows.active_tenant import put_in
from jwt_accounts.contrib.tenants.flows.enter import (
    add_member,
    checked_names,
    make_tenant,
    open_tenant,
)
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.models import Membership, TenantInvitation
from jwt_accounts.errors import FieldError, InvalidInput
from jwt_accounts.flows import sign_up as core
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import canonical
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

#: What a sign-up comes to.
TenantSignUp: TypeAlias = TenantSession | UserSummary | MfaRequired | MfaEnrolmentRequired


@sensitive_variables()
def sign_up_tenant(
    ctx: RequestContext,
    *,
    name: str,
    slug: str = "",
    profile: Profile,
    password: str,
    confirms: bool = False,
    link: str = "",
    code: bool = True,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> TenantSignUp:
    """Make a tenant and its first user, the owner, in one transaction, and open a session in it.
    Without a ``slug`` one is made of the name.

    The user alone where the address must be confirmed first, as in the core's ``sign_up``, whose
    errors are raised, and :class:`InvalidInput` naming ``name`` or ``slug``; then nothing is made.
    """
    called, known = checked_names(name, slug)

    def enter(user: HostUser) -> Membership:
        return make_tenant(ctx, name=called, slug=known, owner=user)

    return _sign_up(
        ctx, enter, profile, password, confirms=confirms, link=link, code=code, lifetimes=lifetimes
    )


@sensitive_variables()
def sign_up(
    ctx: RequestContext,
    *,
    tenant: str = "",
    invitation: str = "",
    profile: Profile,
    password: str,
    confirms: bool = False,
    link: str = "",
    code: bool = True,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> TenantSignUp:
    """Make a user of a tenant and open a session in it: the tenant of an ``invitation`` (the secret
    of its link, whose address must be the user's, and is confirmed by it), the open tenant with the
    slug ``tenant``, or the open default tenant.

    The user alone where the address must be confirmed first, as in the core's ``sign_up``, whose
    errors are raised, and ``LinkInvalid``, ``LinkExpired``, or :class:`InvalidInput` naming
    ``tenant``, or the ``email`` that was not invited; then nothing is made.
    """
    if invitation:
        found = find_invitation(ctx, invitation)
        _check_address(found, profile)

        def enter_invited(user: HostUser) -> Membership:
            return accept(ctx, found, user, user.jwt_account)

        # The secret came to the address: there is nothing to confirm.
        return _sign_up(
            ctx,
            enter_invited,
            profile,
            password,
            confirms=False,
            link="",
            code=False,
            lifetimes=lifetimes,
        )
    joined = open_tenant(tenant)

    def enter(user: HostUser) -> Membership:
        return add_member(ctx, joined, user)

    return _sign_up(
        ctx, enter, profile, password, confirms=confirms, link=link, code=code, lifetimes=lifetimes
    )


@sensitive_variables()
def _sign_up(
    ctx: RequestContext,
    enter: Callable[[HostUser], Membership],
    profile: Profile,
    password: str,
    *,
    confirms: bool,
    link: str,
    code: bool,
    lifetimes: Lifetimes,
) -> TenantSignUp:
    entered: list[Membership] = []

    def enter_user(user: HostUser) -> None:
        entered.append(enter(user))

    def enter_session(session: UserSession) -> None:
        put_in(session, entered[-1].tenant)

    made = core.sign_up(
        ctx,
        profile=profile,
        password=password,
        confirms=confirms,
        link=link,
        code=code,
        lifetimes=lifetimes,
        enter_user=enter_user,
        enter_session=enter_session,
    )
    if not isinstance(made, SignedIn):
        return made
    return TenantSession(signed=made, tenant=entered[-1].tenant, membership=entered[-1])


def _check_address(invitation: TenantInvitation, profile: Profile) -> None:
    if canonical(IdentifierKind.EMAIL, profile.email or "") != invitation.email:
        message = "This invitation was sent to another address."
        raise InvalidInput(fields={"email": (FieldError("invalid", message),)})
