"""Who is in a tenant, and what its owners and admins do about it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from jwt_accounts.contrib.tenants.flows.invite import invite, list_invitations
from jwt_accounts.contrib.tenants.flows.list_members import get_member, list_members
from jwt_accounts.contrib.tenants.flows.manage_members import change_role, remove_member
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.errors import Forbidden, InvalidInput, NotFound
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import Account, SecurityEvent
from tests.clock import later
from tests.recovery import give_phone
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]

ROLES = ("owner", "admin", "member")


@pytest.fixture
def acme(make_tenant, make_member):
    """A tenant with two of each role, by ``role`` and ``role2``; another one beside it."""
    tenant = make_tenant("acme")
    other = make_tenant("other")
    for role in ROLES:
        make_member(other, role)
    return {f"{role}{number}": make_member(tenant, role) for role in ROLES for number in ("", "2")}


def key(membership):
    return str(public_id_of(membership.user))


def roles():
    return dict(Membership.objects.values_list("pk", "role"))


def test_a_page_counts_and_shows_those_of_the_tenant_alone(acme, make_member):
    tenant = acme["owner"].tenant
    # Of two tenants: shown once, with the role of this one.
    make_member(Tenant.objects.get(slug="other"), "owner", user=acme["member"].user)
    page = list_members(tenant=tenant, offset=0, limit=100)
    everybody = sorted(acme.values(), key=lambda each: each.user_id)
    assert page.count == 6
    assert [each.id for each in page.users] == [each.user_id for each in everybody]
    assert [each.role for each in page.members] == [each.role for each in everybody]
    first = page.members[0]
    assert (first.joined_at, first.user.public_id) == (
        everybody[0].joined_at,
        public_id_of(everybody[0].user),
    )
    pages = [list_members(tenant=tenant, offset=start, limit=4) for start in (0, 4, 8, 10**12)]
    assert [len(each.users) for each in pages] == [4, 2, 0, 0]
    assert {each.count for each in pages} == {6}
    assert pages[0].users + pages[1].users == page.users


def test_a_page_costs_two_queries_however_many_there_are(acme):
    for limit in (1, 6):
        with statements() as seen:
            list_members(tenant=acme["owner"].tenant, offset=0, limit=limit)
        assert len(seen) == 2, seen


def test_a_search_finds_names_and_addresses_of_the_tenant_and_no_numbers(
    make_tenant, make_member, make_user
):
    tenant, other = make_tenant(), make_tenant()
    make_member(tenant, user=make_user("ann"))
    make_member(tenant, user=make_user("bob"))
    make_member(other, user=make_user("ann2"))

    def found(search):
        page = list_members(tenant=tenant, offset=0, limit=10, search=search)
        assert page.count == len(page.users)
        return sorted(each.email for each in page.users)

    assert found("ANN") == found("ann@exam") == ["ann@example.com"]
    assert found("example") == ["ann@example.com", "bob@example.com"]
    assert found("%") == []
    give_phone(Membership.objects.first().user, "+40771694307")
    assert found("40771694307") == []
    for text in ("a\x00", "a" * 201):
        with pytest.raises(InvalidInput) as refused:
            found(text)
        assert set(refused.value.fields) == {"search"}


def test_who_is_disabled_is_shown_to_those_who_manage_alone(acme):
    gone = acme["member"]
    type(gone.user).objects.filter(pk=gone.user_id).update(is_active=False)
    ask = {"tenant": gone.tenant, "offset": 0, "limit": 10}
    assert list_members(**ask).count == 5
    assert list_members(**ask, with_inactive=True).count == 6
    with pytest.raises(NotFound):
        get_member(tenant=gone.tenant, public_id=key(gone))
    found = get_member(tenant=gone.tenant, public_id=key(gone), with_inactive=True)
    assert (found.id, found.is_active) == (gone.user_id, False)


def test_one_member_is_found_by_the_public_id_and_nobody_else(acme):
    mine, stranger = acme["member"], Membership.objects.filter(tenant__slug="other").first()
    with statements() as seen:
        assert get_member(tenant=mine.tenant, public_id=key(mine)).id == mine.user_id
    assert len(seen) == 1
    told = set()
    unknown = [key(stranger), str(uuid4()), str(mine.user_id) + "x", "", "a\x00", "9" * 500]
    for public_id in unknown[:2]:
        with pytest.raises(NotFound) as refused:
            get_member(tenant=mine.tenant, public_id=public_id)
        told.add(refused.value.text)
    assert len(told) == 1
    for public_id in unknown[2:]:
        with pytest.raises(NotFound):
            get_member(tenant=mine.tenant, public_id=public_id)


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("target", ["owner2", "admin2", "member2"])
def test_nobody_removes_or_raises_above_themselves(ctx, acme, actor, target):
    allowed = actor == "owner" or (actor == "admin" and target != "owner2")
    before = roles()

    def attempt(act, **more):
        acting = {"actor_membership": acme[actor], "public_id": key(acme[target]), **more}
        if allowed:
            return act(ctx, **acting)
        with pytest.raises(Forbidden):
            act(ctx, **acting)
        assert roles() == before
        return None

    attempt(change_role, role="member")
    attempt(change_role, role="admin")
    attempt(remove_member)
    assert Membership.objects.filter(pk=acme[target].pk).exists() is not allowed


def test_an_admin_makes_no_owner(ctx, acme):
    with pytest.raises(Forbidden):
        change_role(
            ctx, actor_membership=acme["admin"], public_id=key(acme["member"]), role="owner"
        )
    change_role(ctx, actor_membership=acme["owner"], public_id=key(acme["member"]), role="owner")
    assert Membership.objects.get(pk=acme["member"].pk).role == "owner"


@pytest.mark.parametrize("role", ["", "boss", "OWNER", "a\x00"])
def test_a_role_that_is_none_is_named(ctx, acme, role):
    with pytest.raises(InvalidInput) as refused:
        change_role(ctx, actor_membership=acme["owner"], public_id=key(acme["member"]), role=role)
    assert set(refused.value.fields) == {"role"}


def test_the_members_of_another_tenant_are_not_there(ctx, acme):
    before = roles()
    for stranger in Membership.objects.filter(tenant__slug="other"):
        for act, more in ((change_role, {"role": "member"}), (remove_member, {})):
            with pytest.raises(NotFound):
                act(ctx, actor_membership=acme["owner"], public_id=key(stranger), **more)
    assert roles() == before


def test_who_acts_is_judged_as_they_are_now(ctx, acme):
    actor, target = acme["owner"], key(acme["member"])
    Membership.objects.filter(pk=actor.pk).update(role="member")
    with pytest.raises(Forbidden):
        remove_member(ctx, actor_membership=actor, public_id=target)
    actor.delete()
    actor.pk = 10**9
    with pytest.raises(Forbidden):
        remove_member(ctx, actor_membership=actor, public_id=target)
    Tenant.objects.update(is_active=False)
    with pytest.raises(NotFound):
        remove_member(ctx, actor_membership=acme["owner2"], public_id=target)


def test_the_last_owner_is_neither_removed_nor_demoted(ctx, acme):
    owner = acme["owner"]
    remove_member(ctx, actor_membership=owner, public_id=key(acme["owner2"]))
    for act, more in ((change_role, {"role": "admin"}), (remove_member, {})):
        with pytest.raises(Forbidden, match="last owner"):
            act(ctx, actor_membership=owner, public_id=key(owner), **more)
    kept = change_role(ctx, actor_membership=owner, public_id=key(owner), role="owner")
    assert kept.role == "owner"


def test_who_may_invite_no_more_leaves_no_open_invitation(ctx, acme):
    def invited_by(name):
        return invite(
            ctx, actor_membership=acme[name], email=f"{name}@example.com", role="member"
        ).email

    def still():
        rows = list_invitations(later(ctx, seconds=1), actor_membership=acme["owner"])
        return {row.email for row in rows}

    kept = invited_by("owner")
    invited_by("admin")
    demoted = invited_by("owner2")
    remove_member(ctx, actor_membership=acme["owner"], public_id=key(acme["admin"]))
    assert still() == {kept, demoted}
    change_role(ctx, actor_membership=acme["owner"], public_id=key(acme["owner2"]), role="admin")
    assert still() == {kept}


def test_what_was_done_is_written_down(ctx, acme):
    owner, member = acme["owner"], acme["member"]
    SecurityEvent.objects.all().delete()
    change_role(ctx, actor_membership=owner, public_id=key(member), role="admin")
    remove_member(ctx, actor_membership=owner, public_id=key(member))
    rows = SecurityEvent.objects.order_by("pk").values_list("kind", "user", "actor", "details")
    assert list(rows) == [
        (
            "tenant_role_changed",
            member.user_id,
            owner.user_id,
            {"tenant": "acme", "role": "admin", "former": "member"},
        ),
        ("tenant_member_removed", member.user_id, owner.user_id, {"tenant": "acme"}),
    ]


def test_members_whom_the_host_made_in_bulk_are_listed_with_theirs(ctx, make_tenant, make_user):
    tenant, user = make_tenant(), make_user("bulk")
    Account.objects.filter(user=user).delete()
    Membership.objects.create(tenant=tenant, user=user, joined_at=ctx.now)
    [listed] = list_members(tenant=tenant, offset=0, limit=9).users
    assert listed.public_id == public_id_of(type(user).objects.get(pk=user.pk))
    assert get_member(tenant=tenant, public_id=str(listed.public_id)).id == user.pk


def test_a_member_whom_the_host_made_in_bulk_has_a_public_id(ctx, make_tenant, make_user):
    user = make_user("bulk")
    Account.objects.filter(user=user).delete()
    user = type(user).objects.get(pk=user.pk)
    made = Membership.objects.create(tenant=make_tenant(), user=user, joined_at=ctx.now)
    public_id = public_id_of(user)
    assert get_member(tenant=made.tenant, public_id=public_id).id == user.pk
