"""Requests in parallel, each on a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from jwt_accounts.contrib.tenants.flows import enter
from jwt_accounts.contrib.tenants.flows.accept import secret_of
from jwt_accounts.contrib.tenants.flows.invite import invite
from jwt_accounts.contrib.tenants.flows.join import create_tenant, join, leave
from jwt_accounts.contrib.tenants.flows.manage_members import change_role, remove_member
from jwt_accounts.contrib.tenants.flows.sign_up import sign_up_tenant
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.errors import AccountError, Forbidden, InvalidInput, LinkInvalid
from jwt_accounts.flows.delete_account import delete_user
from jwt_accounts.flows.public_ids import public_id_of
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.postgres,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="one connection is the whole of this database"
    ),
]

TOGETHER = 8


def at_once(*calls):
    """What each call gives, or why it is refused, all at the same moment."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(20)
            return call()
        except AccountError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_many_who_want_one_slug_one_has_it_and_the_others_have_no_account(ctx, person):
    def sign_up():
        return sign_up_tenant(ctx, name="Acme", slug="acme", profile=person(), password=PASSWORD)

    told = at_once(*[sign_up] * TOGETHER)
    refused = [each for each in told if isinstance(each, InvalidInput)]
    assert len(refused) == TOGETHER - 1
    assert {name for each in refused for name in each.fields} == {"slug"}
    assert Membership.objects.get().user == get_user_model().objects.get()


def test_of_many_who_found_one_name_each_has_a_slug_of_its_own(ctx, person):
    def sign_up():
        return sign_up_tenant(ctx, name="Acme", profile=person(), password=PASSWORD)

    slugs = {made.tenant.slug for made in at_once(*[sign_up] * TOGETHER)}
    assert len(slugs) == TOGETHER


def test_an_invitation_is_used_once(ctx, make_tenant, make_member, make_user):
    owner = make_member(make_tenant(), "owner")
    ada = make_user("ada")
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="admin")
    told = at_once(*[lambda: join(ctx, user=ada, invitation=secret_of(row))] * TOGETHER)
    assert sum(isinstance(each, LinkInvalid) for each in told) == TOGETHER - 1
    assert Membership.objects.get(user=ada).role == "admin"


def test_one_membership_comes_of_many_requests_and_no_more_than_the_bound(
    ctx, monkeypatch, make_tenant, make_user
):
    monkeypatch.setattr(enter, "MOST_TENANTS", 3)
    user = make_user()
    make_tenant("acme", joining="open")
    same = at_once(*[lambda: join(ctx, user=user, tenant="acme")] * TOGETHER)
    assert {each.pk for each in same} == {Membership.objects.get().pk}
    more = at_once(*[lambda: create_tenant(ctx, user=user, name="Mine")] * TOGETHER)
    assert sum(isinstance(each, Forbidden) for each in more) == TOGETHER - 2
    assert Tenant.objects.count() == 3


@pytest.mark.parametrize("how", ["remove", "demote", "leave"])
def test_of_owners_who_end_each_other_at_once_one_stays(ctx, make_tenant, make_member, how):
    tenant = make_tenant("acme")
    owners = [make_member(tenant, "owner") for _ in range(TOGETHER)]
    pairs = list(zip(owners, owners[1:] + owners[:1], strict=True))

    def end(actor, other):
        key = public_id_of(other.user)
        if how == "remove":
            remove_member(ctx, actor_membership=actor, public_id=key)
        elif how == "demote":
            change_role(ctx, actor_membership=actor, public_id=key, role="member")
        else:
            leave(ctx, user=actor.user, tenant="acme")

    for _ in range(2):
        told = at_once(*[lambda pair=pair: end(*pair) for pair in pairs])
        assert any(isinstance(each, AccountError) for each in told) or how != "leave"
        assert Membership.objects.filter(tenant=tenant, role="owner").exists()


def test_deletions_invitations_and_removals_at_once_stop_nobody(
    ctx, make_tenant, make_member, make_user
):
    root = make_user(is_superuser=True)
    tenant = make_tenant("acme")
    owner = make_member(tenant, "owner")
    for number in range(3):
        admins = [make_member(tenant, "admin") for _ in range(3)]
        for admin in admins:
            invite(ctx, actor_membership=admin, email=f"{admin.pk}@example.com", role="member")
        calls = []
        for admin in admins:
            address = f"more{admin.pk}@example.com"
            key, user = public_id_of(admin.user), str(admin.user_id)
            calls += [
                lambda a=admin, e=address: invite(ctx, actor_membership=a, email=e, role="member"),
                lambda k=key: remove_member(ctx, actor_membership=owner, public_id=k),
                lambda u=user: delete_user(ctx, actor=root, user_id=u),
            ]
        at_once(*calls)
        assert Membership.objects.get() == owner, number
        assert not TenantInvitation.objects.filter(invited_by__in=[a.user_id for a in admins])
