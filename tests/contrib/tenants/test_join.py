"""Make, join and leave tenants, signed in."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.tenants.flows import enter
from jwt_accounts.contrib.tenants.flows.accept import secret_of
from jwt_accounts.contrib.tenants.flows.invite import invite, list_invitations
from jwt_accounts.contrib.tenants.flows.join import create_tenant, join, leave
from jwt_accounts.contrib.tenants.flows.list_members import list_tenants
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.errors import (
    Forbidden,
    InvalidInput,
    LinkInvalid,
    NotFound,
    RegistrationClosed,
    SessionEnded,
)
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.signals import account_reclaimed
from jwt_accounts.types import IdentifierKind
from tests.clock import later
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_who_makes_a_tenant_owns_it(ctx, make_user):
    user = make_user()
    made = create_tenant(ctx, user=user, name="Acme", slug="ACME")
    assert (made.user, made.role, made.tenant) == (user, "owner", Tenant.objects.get())
    assert made.tenant.slug == "acme"
    assert create_tenant(ctx, user=user, name="Acme").tenant.slug.startswith("acme-")
    with pytest.raises(InvalidInput) as refused:
        create_tenant(ctx, user=user, name="Acme", slug="acme")
    assert set(refused.value.fields) == {"slug"}
    assert Membership.objects.count() == 2


def test_where_registration_is_not_open_nobody_makes_tenants(ctx, settings, make_user):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "REGISTRATION": "invitation"}
    with pytest.raises(RegistrationClosed):
        create_tenant(ctx, user=make_user(), name="Acme")
    assert not Tenant.objects.exists()


def test_an_open_tenant_is_joined_once_however_often_it_is_asked_for(ctx, make_user, make_tenant):
    user, tenant = make_user(), make_tenant("acme", joining="open")
    first = join(ctx, user=user, tenant="Acme")
    assert (first.tenant, first.role) == (tenant, "member")
    Membership.objects.update(role="admin")
    assert join(later(ctx, days=1), user=user, tenant="acme").role == "admin"
    assert Membership.objects.get() == first
    assert SecurityEvent.objects.count() == 1


def test_who_names_none_joins_the_default(ctx, make_user, make_tenant):
    home = make_tenant("home", joining="open", is_default=True)
    assert join(ctx, user=make_user()).tenant == home


@pytest.mark.parametrize("slug", ["closed", "gone", "nobody", "-", "", "a\x00"])
def test_another_tenant_is_not_joined_and_not_told_apart(ctx, make_user, make_tenant, slug):
    make_tenant("closed")
    make_tenant("gone", joining="open", is_active=False)
    with pytest.raises(InvalidInput) as refused:
        join(ctx, user=make_user(), tenant=slug)
    assert set(refused.value.fields) == {"tenant"}
    assert not Membership.objects.exists()


def test_an_invitation_is_taken_up_by_whom_it_was_sent_to(ctx, make_user, make_tenant, make_member):
    owner = make_member(make_tenant("acme"), "owner")
    ada, eve = make_user("ada", email="Ada@Example.com"), make_user("eve")
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="admin")
    with pytest.raises(Forbidden):
        join(ctx, user=eve, invitation=secret_of(row))
    made = join(ctx, user=ada, invitation=secret_of(row))
    assert (made.user, made.role, made.tenant) == (ada, "admin", owner.tenant)
    assert TenantInvitation.objects.get().used_at == ctx.now
    with pytest.raises(LinkInvalid):
        join(ctx, user=ada, invitation=secret_of(row))
    assert Membership.objects.count() == 2


def test_an_invitation_proves_the_address_it_came_to(ctx, make_user, make_tenant, make_member):
    user, owner = make_user(email="ada@example.com"), make_member(make_tenant(), "owner")
    Account.objects.filter(user=user).update(unproved="email", awaits_confirmation=True)
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
    join(ctx, user=user, invitation=secret_of(row))
    account = Account.objects.get(user=user)
    # Or the next recovery would take it for somebody else's, and end this membership.
    assert not account.is_unproved(IdentifierKind.EMAIL)
    assert (account.email_is_confirmed, account.awaits_confirmation) == (True, False)


def test_an_invitation_changes_nothing_for_a_member(ctx, make_tenant, make_member):
    owner = make_member(make_tenant(), "owner")
    address = owner.user.jwt_account.email
    row = invite(ctx, actor_membership=owner, email=address, role="member")
    assert join(ctx, user=owner.user, invitation=secret_of(row)) == owner
    assert Membership.objects.get().role == "owner"


def test_nobody_belongs_to_too_many(ctx, monkeypatch, make_user, make_tenant):
    monkeypatch.setattr(enter, "MOST_TENANTS", 2)
    user = make_user()
    make_tenant("one", joining="open")
    make_tenant("two", joining="open")
    join(ctx, user=user, tenant="one")
    create_tenant(ctx, user=user, name="Acme")
    for one_more in (
        lambda: join(ctx, user=user, tenant="two"),
        lambda: create_tenant(ctx, user=user, name="Other"),
    ):
        with pytest.raises(Forbidden, match="2 tenants"):
            one_more()
    assert join(ctx, user=user, tenant="one")
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("act", "more"),
    [(join, {"tenant": "acme"}), (create_tenant, {"name": "Other"})],
    ids=["join", "create"],
)
def test_who_lost_the_account_a_moment_ago_joins_nothing(ctx, make_user, make_tenant, act, more):
    make_tenant("acme", joining="open")
    user, before = make_user(), Tenant.objects.count()
    present = type(user).objects.get(pk=user.pk)
    present.set_password("another long password")
    present.save()
    with pytest.raises(SessionEnded):
        act(ctx, user=user, **more)
    type(user).objects.filter(pk=user.pk).delete()
    with pytest.raises(NotFound):
        act(ctx, user=user, **more)
    assert not Membership.objects.exists()
    assert Tenant.objects.count() == before


def test_who_leaves_is_no_member_and_the_invitations_they_made_end(ctx, make_tenant, make_member):
    owner = make_member(make_tenant("acme"), "owner")
    admin = make_member(owner.tenant, "admin")
    for actor, name in ((owner, "a"), (admin, "b")):
        invite(ctx, actor_membership=actor, email=f"{name}@example.com", role="member")
    leave(ctx, user=admin.user, tenant="ACME")
    assert Membership.objects.get() == owner
    still = list_invitations(later(ctx, seconds=1), actor_membership=owner)
    assert [each.email for each in still] == ["a@example.com"]
    assert SecurityEvent.objects.filter(kind="tenant_left", user=admin.user_id).exists()
    for slug in ("acme", "nobody", ""):
        with pytest.raises(NotFound):
            leave(ctx, user=admin.user, tenant=slug)


def test_the_last_owner_stays(ctx, make_tenant, make_member):
    owner = make_member(make_tenant("acme"), "owner")
    make_member(owner.tenant, "admin")
    with pytest.raises(Forbidden, match="last owner"):
        leave(ctx, user=owner.user, tenant="acme")
    other = make_member(owner.tenant, "owner")
    type(other.user).objects.filter(pk=other.user_id).update(is_active=False)
    with pytest.raises(Forbidden, match="last owner"):
        leave(ctx, user=owner.user, tenant="acme")
    make_member(owner.tenant, "owner")
    leave(ctx, user=owner.user, tenant="acme")
    assert not Membership.objects.filter(pk=owner.pk).exists()


def test_ones_tenants_are_listed_without_the_closed_ones_in_one_query(
    ctx, make_tenant, make_member
):
    first = make_member(make_tenant("b"))
    second = make_member(make_tenant("a"), "admin", user=first.user, at=later(ctx, days=1))
    gone = make_member(make_tenant("gone"), user=first.user)
    Tenant.objects.filter(pk=gone.tenant_id).update(is_active=False)
    make_member(second.tenant)
    with statements() as seen:
        assert [(each.tenant.slug, each.role) for each in list_tenants(user=first.user)] == [
            ("b", "member"),
            ("a", "admin"),
        ]
    assert len(seen) == 1


def test_who_reclaims_an_account_belongs_to_nothing_where_others_are(
    ctx, make_user, make_tenant, make_member
):
    user = make_user()
    alone = make_member(make_tenant(), "owner", user=user)
    with_others = make_member(make_tenant(), "owner", user=user)
    accomplice = make_member(with_others.tenant)
    for each in (alone, with_others):
        invite(ctx, actor_membership=each, email="eve@example.com", role="owner")
    kept = invite(
        ctx,
        actor_membership=make_member(make_tenant(), "owner"),
        email="eve@example.com",
        role="member",
    )
    account_reclaimed.send(sender=type(user), user=user, ctx=ctx)
    assert list(Membership.objects.filter(user=user)) == [alone]
    assert Membership.objects.filter(pk=accomplice.pk).exists()
    still = TenantInvitation.objects.filter(expires_at__gt=later(ctx, seconds=1).now)
    assert list(still) == [kept]


def test_memberships_go_with_the_user_and_invitations_stay(ctx, make_tenant, make_member):
    owner = make_member(make_tenant(), "owner")
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
    owner.user.delete()
    assert not Membership.objects.exists()
    row.refresh_from_db()
    assert row.invited_by_id is None
    assert Tenant.objects.exists()
