"""``tenants/``: signing one up, one's own, going to another."""

from __future__ import annotations

from jwt_accounts.conf import settings
from jwt_accounts.contrib.tenants.flows import invite as inviting
from jwt_accounts.contrib.tenants.flows import join as joining
from jwt_accounts.contrib.tenants.flows import sign_up as signing_up
from jwt_accounts.contrib.tenants.flows import switch as switching
from jwt_accounts.contrib.tenants.flows.list_members import list_tenants
from jwt_accounts.contrib.tenants.shapes import (
    InvitationInputs,
    JoinInputs,
    TenantBody,
    TenantInputs,
    TenantNameInputs,
    tenant_body,
)
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.rest_auth import RegisterInputs
from jwt_accounts.presets.tenant_portal.accounts import NamesInputs, profile_of, signed_up
from jwt_accounts.presets.tenant_portal.bodies import SignedInBody, here, own_body
from jwt_accounts.presets.tenant_portal.contract import LIFETIMES


class SignUpInputs(NamesInputs, RegisterInputs, TenantInputs):
    """The tenant, and its first user."""


@action("POST", who=Who.ANYONE, inputs=SignUpInputs, limit="registration", status=201)
def sign_up(ask: Ask) -> Reply[SignedInBody | DetailBody]:
    """Sign up a tenant, and oneself as its owner."""
    with fields_named(password="password1"):  # noqa: S106 - a field's name
        made = signing_up.sign_up_tenant(
            ask.ctx,
            name=ask.data["name"],
            slug=ask.data.get("slug", ""),
            profile=profile_of(ask),
            password=ask.data["password1"],
            confirms=True,
            link=settings.LINKS["account_confirm_email"],
            code=False,
            lifetimes=LIFETIMES,
        )
    return signed_up(made)


@action("GET", who=Who.SIGNED_IN)
def listing(ask: Ask) -> Reply[list[TenantBody]]:
    """One's tenants."""
    mine = list_tenants(user=ask.user)
    return Reply([tenant_body(each) for each in mine])


@action("POST", who=Who.SIGNED_IN, inputs=TenantNameInputs, limit="account_change")
def switch(ask: Ask) -> Reply[SignedInBody]:
    """Go to another of one's tenants: a token that names it."""
    entered = switching.switch(
        ask.ctx,
        user=ask.user,
        session=ask.session,
        token=ask.token,
        tenant=ask.data["tenant"],
        lifetimes=LIFETIMES,
    )
    tokens = entered.tokens
    return Reply(SignedInBody(token=tokens.access, user=own_body(ask.user)), tokens=tokens)


@action("POST", who=Who.SIGNED_IN, inputs=JoinInputs, limit="account_change", status=201)
def join(ask: Ask) -> Reply[TenantBody]:
    """Belong to one more tenant."""
    joined = joining.join(ask.ctx, user=ask.user, **ask.data)
    return Reply(tenant_body(joined))


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=InvitationInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN,),
    status=201,
)
def invite(ask: Ask) -> Reply[DetailBody]:
    """Invite somebody to the tenant one is in, as its owner or admin."""
    inviting.invite(ask.ctx, actor_membership=here(ask).membership, **ask.data)
    return Reply(DetailBody(detail="The invitation has been sent."))
