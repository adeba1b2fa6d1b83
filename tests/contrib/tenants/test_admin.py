"""The pages of tenants, memberships and invitations."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks

from jwt_accounts.contrib.tenants.flows.invite import invite
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.contrib.tenants.staff import end_memberships
from jwt_accounts.errors import Forbidden, NotFound
from jwt_accounts.models import SecurityEvent
from tests.admin.conftest import text_of
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.urls("tests.contrib.tenants.urls"),
]
once = pytest.mark.once

APP = "jwt_accounts_tenants"
VIEW, CHANGE = f"{APP}.view_membership", f"{APP}.change_membership"


@pytest.fixture
def rows(ctx, make_tenant, make_member):
    """One of each, by its model."""
    owner = make_member(make_tenant("acme"), "owner")
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
    return {Tenant: owner.tenant, Membership: owner, TenantInvitation: row}


def test_the_pages_pass_djangos_checks():
    assert run_checks(tags=["admin"]) == []


@once
@pytest.mark.parametrize("model", [Tenant, Membership, TenantInvitation])
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens_for_who_may_look_and_not_for_others(staff, rows, model, page):
    args = [] if page == "changelist" else [rows[model].pk]
    response = staff(f"{APP}.view_{model._meta.model_name}").open(model, page, *args)
    assert response.status_code == 200
    text = text_of(response)
    assert rows[TenantInvitation].seed not in text
    assert staff().open(model, page, *args).status_code == 403


@pytest.mark.parametrize("model", [Tenant, Membership, TenantInvitation])
def test_nobody_deletes_on_a_page(root, rows, model):
    assert root.send(model, "delete", rows[model].pk, post="yes").status_code == 403
    assert "delete_selected" not in root.offers(model)


def test_a_list_costs_as_many_queries_for_ten_rows_as_for_one(root, rows, make_tenant, make_member):
    def cost():
        with statements() as asked:
            root.open(Membership)
        return len(asked)

    one = cost()
    for _ in range(9):
        make_member(make_tenant())
    assert cost() == one


def test_who_may_delete_a_user_deletes_the_memberships_too(staff, rows):
    clerk = staff("delete_user", "view_user")
    user = rows[Membership].user_id
    assert clerk.send(get_user_model(), "delete", user, post="yes").status_code == 302
    assert not Membership.objects.exists()
    assert TenantInvitation.objects.get().invited_by_id is None


def test_a_tenant_is_made_and_changed_in_its_canonical_form(root):
    sent = {"name": " Acme ", "slug": "ACME", "joining": "open", "is_active": "on"}
    assert root.send(Tenant, "add", **sent).status_code == 302
    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.slug, tenant.joining) == ("Acme", "acme", "open")
    refused = root.send(Tenant, "change", tenant.pk, **{**sent, "slug": "a_b", "name": "\x1b"})
    assert refused.status_code == 200
    assert set(refused.context["adminform"].form.errors) == {"slug", "name"}
    assert root.send(Tenant, "change", tenant.pk, **{**sent, "is_active": ""}).status_code == 302
    tenant.refresh_from_db()
    assert not tenant.is_active


def test_a_second_default_tenant_is_refused_in_words(root, make_tenant):
    first, second = make_tenant(is_default=True), make_tenant()
    known = {"joining": "open", "is_active": "on", "is_default": "on"}
    answer = root.send(Tenant, "change", second.pk, name="B", slug="b", **known)
    assert "Another tenant is the default one." in text_of(answer)
    assert "jwt_tenant_default" not in text_of(answer)
    assert root.send(Tenant, "change", first.pk, name="A", slug="a", **known).status_code == 302


def test_staff_names_an_owner_where_there_is_none(root, make_tenant, make_user):
    tenant, user = make_tenant(), make_user()
    sent = {"tenant": str(tenant.pk), "user": str(user.pk), "role": "owner"}
    assert root.send(Membership, "add", **sent).status_code == 302
    made = Membership.objects.get()
    assert (made.tenant, made.user, made.role) == (tenant, user, "owner")
    assert root.send(Membership, "change", made.pk, role="admin").status_code == 302
    assert Membership.objects.get().role == "admin"


def test_not_even_a_superuser_makes_an_invitation_here(root, rows):
    before = list(TenantInvitation.objects.values())
    for page, args in [("add", []), ("change", [rows[TenantInvitation].pk])]:
        sent = root.send(TenantInvitation, page, *args, email="eve@example.com", role="owner")
        assert sent.status_code == 403
    assert list(TenantInvitation.objects.values()) == before


def test_the_chosen_memberships_are_ended_and_no_others(staff, make_tenant, make_member):
    tenant = make_tenant("acme")
    chosen, kept = make_member(tenant, "owner"), make_member(tenant)
    other = make_member(make_tenant(), user=chosen.user)
    SecurityEvent.objects.all().delete()
    desk = staff(VIEW, CHANGE)
    assert desk.offers(Membership) == {"end"}
    assert desk.press("end", [chosen]) == [("success", "The memberships of 1 user were ended.")]
    assert set(Membership.objects.all()) == {kept, other}
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user_id, event.actor_id, event.details) == (
        "tenant_member_removed",
        chosen.user_id,
        desk.user.pk,
        {"tenant": "acme"},
    )


@pytest.mark.parametrize("held", [(VIEW,), (), ("jwt_accounts.view_account",)])
def test_without_the_rights_nothing_is_ended(staff, rows, held):
    staff(*held).press("end", [rows[Membership]])
    assert Membership.objects.exists()


def test_nobody_ends_memberships_of_who_is_above(staff, make_user, make_tenant, make_member):
    high = make_member(make_tenant(), user=make_user("high", is_superuser=True))
    low = make_member(make_tenant())
    told = staff(VIEW, CHANGE).press("end", [high, low])
    assert {level for level, _ in told} == {"success", "error"}
    assert Membership.objects.get() == high


def test_the_flow_of_staff_reaches_the_named_user_alone(ctx, root, make_user, rows):
    one = rows[Membership]
    with pytest.raises(Forbidden):
        end_memberships(ctx, actor=make_user(), user_id=str(one.user_id), only=[one.pk])
    for key in ("x", "999999999", str(NO_KEY)):
        with pytest.raises(NotFound):
            end_memberships(ctx, actor=root.user, user_id=key, only=[one.pk])
    other = str(make_user().pk)
    assert end_memberships(ctx, actor=root.user, user_id=other, only=[one.pk]) == 0
    assert Membership.objects.get() == one
