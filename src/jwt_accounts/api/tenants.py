"""``tenants/`` and what is below, where ``jwt_accounts.contrib.tenants`` is installed."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.tenants.flows import invite as inviting
from jwt_accounts.contrib.tenants.flows import join as joining
from jwt_accounts.contrib.tenants.flows import manage_members as managing
from jwt_accounts.contrib.tenants.flows.active_tenant import Active, active_tenant
from jwt_accounts.contrib.tenants.flows.list_members import list_members as members_of
from jwt_accounts.contrib.tenants.flows.list_members import list_tenants as tenants_of
from jwt_accounts.contrib.tenants.flows.switch import switch as switch_flow
from jwt_accounts.contrib.tenants.policy import manages
from jwt_accounts.contrib.tenants.shapes import (
    InvitationBody,
    InvitationInputs,
    JoinInputs,
    MemberBody,
    MemberRoleInputs,
    TenantBody,
    TenantInputs,
    TenantNameInputs,
    invitation_body,
    member_body,
    tenant_body,
)
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.paging import NUMBERED, PageBody, QueryText, asked_page

_SEARCH = QueryText(name="search", description="A part of a name or an address.")


class SwitchedBody(TypedDict):
    """An access token, and the tenant it names. The refresh token stays as it is."""

    access: str
    token_type: str
    expires_in: int
    session: str
    tenant: TenantBody


@action("GET", who=Who.SIGNED_IN)
def list_tenants(ask: Ask) -> Reply[list[TenantBody]]:
    """One's tenants, the one joined first before the others."""
    return Reply([tenant_body(each) for each in tenants_of(user=ask.user)])


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=TenantInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN, Code.REGISTRATION_CLOSED),
    status=201,
)
def create_tenant(ask: Ask) -> Reply[TenantBody]:
    """Make a tenant, and be its owner."""
    made = joining.create_tenant(ask.ctx, user=ask.user, **ask.data)
    return Reply(tenant_body(made))


@action("POST", who=Who.SIGNED_IN, inputs=TenantNameInputs, raises=(Code.NOT_FOUND,))
def switch(ask: Ask) -> Reply[SwitchedBody]:
    """Go to another of one's tenants. The access token expires when the one that was sent does:
    more time is what a refresh token is for."""
    made = switch_flow(
        ask.ctx,
        user=ask.user,
        session=ask.session,
        token=ask.token,
        tenant=ask.data["tenant"],
    )
    tokens = made.tokens
    body = SwitchedBody(
        access=tokens.access,
        token_type="Bearer",  # noqa: S106 - a type, not a token
        expires_in=tokens.access_expires_in,
        session=str(tokens.session.pk),
        tenant=tenant_body(made.membership),
    )
    return Reply(body, tokens=tokens)


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=JoinInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN, Code.LINK_INVALID, Code.LINK_EXPIRED),
)
def join(ask: Ask) -> Reply[TenantBody]:
    """Join a tenant. To be in it, switch to it."""
    return Reply(tenant_body(joining.join(ask.ctx, user=ask.user, **ask.data)))


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=TenantNameInputs,
    raises=(Code.FORBIDDEN, Code.NOT_FOUND),
    status=204,
)
def leave(ask: Ask) -> Reply[None]:
    """Belong to a tenant no more."""
    joining.leave(ask.ctx, user=ask.user, tenant=ask.data["tenant"])
    return Reply(None)


@action("GET", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN,))
def list_invitations(ask: Ask) -> Reply[list[InvitationBody]]:
    """The open invitations to the tenant one is in, for its owners and admins."""
    found = inviting.list_invitations(ask.ctx, actor_membership=_here(ask).membership)
    return Reply([invitation_body(each) for each in found])


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=InvitationInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN,),
    status=202,
)
def invite(ask: Ask) -> Reply[InvitationBody]:
    """Invite somebody to the tenant one is in, by e-mail."""
    made = inviting.invite(ask.ctx, actor_membership=_here(ask).membership, **ask.data)
    return Reply(invitation_body(made))


@action("DELETE", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN, Code.NOT_FOUND), status=204)
def revoke_invitation(ask: Ask) -> Reply[None]:
    """Take an invitation back."""
    inviting.revoke_invitation(
        ask.ctx,
        actor_membership=_here(ask).membership,
        invitation_id=ask.path["invitation_id"],
    )
    return Reply(None)


@action("GET", who=Who.SIGNED_IN, query=(*NUMBERED, _SEARCH), raises=(Code.FORBIDDEN,))
def list_members(ask: Ask) -> Reply[PageBody[MemberBody]]:
    """A page of the members of the tenant one is in. Its owners and admins see disabled ones."""
    here, page = _here(ask), asked_page(ask.url_path, ask.query)
    found = members_of(
        tenant=here.tenant,
        offset=page.offset,
        limit=page.size,
        search=_SEARCH.read(ask.query),
        with_inactive=manages(here.membership.role),
    )
    return Reply(page.body([member_body(each) for each in found.members], found.count))


@action(
    "PATCH",
    who=Who.SIGNED_IN,
    inputs=MemberRoleInputs,
    raises=(Code.FORBIDDEN, Code.NOT_FOUND),
    status=204,
)
def change_member(ask: Ask) -> Reply[None]:
    """Give a member of the tenant one is in another role."""
    managing.change_role(
        ask.ctx,
        actor_membership=_here(ask).membership,
        public_id=ask.path["member_id"],
        role=ask.data["role"],
    )
    return Reply(None)


@action("DELETE", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN, Code.NOT_FOUND), status=204)
def remove_member(ask: Ask) -> Reply[None]:
    """Make somebody a member of the tenant one is in no more."""
    managing.remove_member(
        ask.ctx,
        actor_membership=_here(ask).membership,
        public_id=ask.path["member_id"],
    )
    return Reply(None)


def _here(ask: Ask) -> Active:
    return active_tenant(user=ask.user, session=ask.session, token=ask.token)
