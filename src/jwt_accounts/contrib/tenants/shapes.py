"""How tenants look on the wire, in every contract that has them."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.tenants.flows.list_members import Member
from jwt_accounts.contrib.tenants.models import Membership, TenantInvitation
from jwt_accounts.contrib.tenants.policy import MemberRole
from jwt_accounts.http.inputs import Email, Inputs, Text, Token


class TenantInputs(Inputs):
    """A new tenant. Without a ``slug`` one is made of the ``name``."""

    name = Text(max_length=200)
    slug = Text(required=False, allow_blank=True, max_length=200)


class TenantNameInputs(Inputs):
    """``tenant``: the slug of one of one's tenants."""

    tenant = Text(max_length=200)


class JoinInputs(Inputs):
    """``tenant``: the slug of an open tenant, or ``invitation``: the secret of a link. Neither: the
    default tenant."""

    tenant = Text(required=False, allow_blank=True, max_length=200)
    invitation = Token(required=False, allow_blank=True)


class MemberRoleInputs(Inputs):
    """``role``: what a member is in the tenant, ``owner``, ``admin`` or ``member``."""

    role = Text(max_length=16)


class InvitationInputs(Inputs):
    """Whom to invite, and as what: ``owner``, ``admin`` or ``member``."""

    email = Email()
    role = Text(default=MemberRole.MEMBER.value, max_length=16)


class TenantBody(TypedDict):
    """A tenant and what one is in it."""

    id: str
    slug: str
    name: str
    role: str
    joined_at: str


class InvitationBody(TypedDict):
    """An open invitation. Its secret is in the message alone."""

    id: str
    email: str
    role: str
    created_at: str
    expires_at: str


class MemberBody(TypedDict):
    """A member as the others see one. ``id`` is the public one, and no key."""

    id: str
    username: str
    email: str
    first_name: str
    last_name: str
    name: str
    role: str
    joined_at: str
    is_active: bool


def tenant_body(membership: Membership) -> TenantBody:
    """A tenant as its member sees it."""
    return TenantBody(
        id=str(membership.tenant.pk),
        slug=membership.tenant.slug,
        name=membership.tenant.name,
        role=membership.role,
        joined_at=f"{membership.joined_at:%Y-%m-%dT%H:%M:%SZ}",
    )


def invitation_body(invitation: TenantInvitation) -> InvitationBody:
    """An invitation as those who manage the members see it."""
    return InvitationBody(
        id=str(invitation.pk),
        email=invitation.email,
        role=invitation.role,
        created_at=f"{invitation.created_at:%Y-%m-%dT%H:%M:%SZ}",
        expires_at=f"{invitation.expires_at:%Y-%m-%dT%H:%M:%SZ}",
    )


def member_body(member: Member) -> MemberBody:
    """A member as the others see one."""
    return MemberBody(
        id=str(member.user.public_id),
        username=member.user.username,
        email=member.user.email,
        first_name=member.user.first_name,
        last_name=member.user.last_name,
        name=member.user.name,
        role=member.role,
        joined_at=f"{member.joined_at:%Y-%m-%dT%H:%M:%SZ}",
        is_active=member.user.is_active,
    )
