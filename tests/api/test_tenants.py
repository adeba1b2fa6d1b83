"""``tenants/`` and what is below. Whoever is in one gets nothing of another."""

from __future__ import annotations

from uuid import uuid4

import pytest

from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.flows.invite import invite
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.tokens.access import AccessToken
from tests.api.conftest import fields, problem
from tests.letters import letter

pytestmark = pytest.mark.django_db

core = pytest.mark.core

TENANT = {"id", "slug", "name", "role", "joined_at"}
MEMBER = {
    *("id", "username", "email", "first_name", "last_name", "name"),
    *("role", "joined_at", "is_active"),
}


@pytest.fixture
def make_tenant(ctx, db):
    def make(slug, **values):
        return Tenant.objects.create(slug=slug, name=slug.title(), created_at=ctx.now, **values)

    return make


@pytest.fixture
def acme(make_tenant):
    return make_tenant("acme")


@pytest.fixture
def member(ctx, api, make_user):
    """``member(tenant, "owner")``: the membership of a new user, and an access token in it."""

    def make(tenant, role="member", **values):
        made = add_member(ctx, tenant, make_user(**values), role)
        return made, api.access(made.user)

    return make


def key(membership):
    return str(public_id_of(membership.user))


@core
def test_a_tenant_is_made_listed_and_entered(api, user):
    access = api.access(user)
    assert api("GET", "tenants/", token=access).json() == []
    response = api("POST", "tenants/", {"name": "Acme, Inc."}, token=access)
    assert response.status_code == 201
    body = response.json()
    assert set(body) == TENANT
    assert (body["slug"], body["name"], body["role"]) == ("acme-inc", "Acme, Inc.", "owner")
    assert api("GET", "tenants/", token=access).json() == [body]
    switched = api("POST", "tenants/switch/", {"tenant": "ACME-Inc"}, token=access)
    assert switched.status_code == 200
    given = switched.json()
    assert set(given) == {"access", "token_type", "expires_in", "session", "tenant"}
    assert given["tenant"] == body
    assert AccessToken(given["access"]).payload["tenant"] == "acme-inc"
    assert api("GET", "tenants/members/", token=given["access"]).json()["count"] == 1


def test_going_round_and_round_does_not_replace_the_refresh_token(api, user, time_machine):
    access = api.access(user)
    api("POST", "tenants/", {"name": "Acme"}, token=access)
    expires_at = AccessToken(access).payload["exp"]
    time_machine.move_to(expires_at - 100, tick=False)
    switched = api("POST", "tenants/switch/", {"tenant": "acme"}, token=access).json()
    assert AccessToken(switched["access"]).payload["exp"] == expires_at
    assert switched["expires_in"] == 100


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"name": "Other", "slug": "a_b"}, "slug"),
        ({"name": "Other", "slug": "ACME"}, "slug"),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_naming_it(api, user, acme, body, field):
    assert set(fields(api("POST", "tenants/", body, token=api.access(user)))) == {field}
    assert Tenant.objects.get() == acme


@core
def test_an_open_tenant_is_joined_and_left(api, user, make_tenant):
    make_tenant("open", joining="open")
    access = api.access(user)
    for _ in range(2):
        joined = api("POST", "tenants/join/", {"tenant": "open"}, token=access)
        assert (joined.status_code, joined.json()["role"]) == (200, "member")
    left = api("POST", "tenants/leave/", {"tenant": "open"}, token=access)
    assert (left.status_code, left.content) == (204, b"")
    problem(api("POST", "tenants/leave/", {"tenant": "open"}, token=access), 404, "not_found")
    problem(api("POST", "tenants/switch/", {"tenant": "open"}, token=access), 404, "not_found")


@core
def test_who_is_invited_joins_by_the_link(api, acme, member, make_user):
    _, owner = member(acme, "owner")
    ada = make_user("ada")
    sent = []
    body = {"email": "Ada@Example.com", "role": "admin"}
    mail = letter(lambda: sent.append(api("POST", "tenants/invitations/", body, token=owner)))
    assert sent[0].status_code == 202
    invitation = sent[0].json()
    assert set(invitation) == {"id", "email", "role", "created_at", "expires_at"}
    assert mail.token not in sent[0].content.decode()
    assert api("GET", "tenants/invitations/", token=owner).json() == [invitation]
    joined = api("POST", "tenants/join/", {"invitation": mail.token}, token=api.access(ada))
    assert (joined.json()["slug"], joined.json()["role"]) == ("acme", "admin")
    assert api("GET", "tenants/invitations/", token=owner).json() == []
    again = api("POST", "tenants/join/", {"invitation": mail.token}, token=api.access(ada))
    problem(again, 404, "link_invalid")


@core
def test_members_are_listed_changed_and_removed(api, acme, member):
    mine, owner = member(acme, "owner")
    other, theirs = member(acme)
    page = api("GET", "tenants/members/?page_size=1", token=owner).json()
    assert (page["count"], len(page["results"])) == (2, 1)
    shown = api("GET", "tenants/members/", token=theirs).json()["results"]
    assert {each["id"] for each in shown} == {key(mine), key(other)}
    assert set(shown[0]) == MEMBER
    path = f"tenants/members/{key(other)}/"
    assert api("PATCH", path, {"role": "admin"}, token=owner).status_code == 204
    assert Membership.objects.get(pk=other.pk).role == "admin"
    assert set(fields(api("PATCH", path, {"role": "boss"}, token=owner))) == {"role"}
    assert api("DELETE", path, token=owner).status_code == 204
    problem(api("DELETE", path, token=owner), 404, "not_found")
    problem(api("GET", "tenants/members/", token=theirs), 403, "forbidden")


def test_who_is_disabled_is_seen_by_those_who_manage_alone(api, acme, member):
    _, owner = member(acme, "owner")
    _, plain = member(acme)
    member(acme, is_active=True)[0].user.__class__.objects.filter(
        pk=Membership.objects.order_by("-pk").first().user_id
    ).update(is_active=False)
    counts = [api("GET", "tenants/members/", token=each).json()["count"] for each in (owner, plain)]
    assert counts == [3, 2]


@core
def test_the_last_owner_neither_leaves_nor_is_removed(api, acme, member):
    mine, owner = member(acme, "owner")
    path = f"tenants/members/{key(mine)}/"
    problem(api("POST", "tenants/leave/", {"tenant": "acme"}, token=owner), 403, "forbidden")
    problem(api("DELETE", path, token=owner), 403, "forbidden")
    problem(api("PATCH", path, {"role": "admin"}, token=owner), 403, "forbidden")
    assert Membership.objects.get().role == "owner"


@core
@pytest.mark.parametrize("role", ["owner", "admin", "member"])
def test_a_member_of_one_tenant_gets_nothing_of_another(ctx, api, acme, make_tenant, member, role):
    """Every endpoint, asked for what is the other's."""
    mine, access = member(make_tenant("mine"), role)
    owner, _ = member(acme, "owner")
    victim, _ = member(acme, "member")
    row = invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
    before = [list(model.objects.order_by("pk").values()) for model in EVERYTHING]
    listed = {
        path: api("GET", path, token=access)
        for path in ("tenants/", "tenants/members/", "tenants/invitations/")
    }
    for path in ("tenants/members/?search=user", f"tenants/members/?search={victim.user.email}"):
        listed[path] = api("GET", path, token=access)
    told = "".join(response.content.decode() for response in listed.values())
    for secret in ("acme", key(victim), key(owner), victim.user.email, row.email, str(row.pk)):
        assert secret not in told
    asked = [
        ("POST", "tenants/switch/", {"tenant": "acme"}, {"tenant": "nobody"}),
        ("POST", "tenants/leave/", {"tenant": "acme"}, {"tenant": "nobody"}),
        ("POST", "tenants/join/", {"tenant": "acme"}, {"tenant": "nobody"}),
    ]
    for method, path, body, unknown in asked:
        theirs, nobodys = (api(method, path, each, token=access) for each in (body, unknown))
        assert theirs.status_code in {400, 404}
        assert theirs.content == nobodys.content
    for method, path, body in (
        ("PATCH", "tenants/members/{}/", {"role": "member"}),
        ("DELETE", "tenants/members/{}/", {}),
        ("DELETE", "tenants/invitations/{}/", {}),
    ):
        place = row.pk if "invitations" in path else key(victim)
        theirs = api(method, path.format(place), body, token=access)
        nobodys = api(method, path.format(uuid4()), body, token=access)
        assert theirs.status_code == (403 if role == "member" else 404)
        assert theirs.content == nobodys.content
    after = [list(model.objects.order_by("pk").values()) for model in EVERYTHING]
    assert after == before
    assert mine.tenant.slug in told


EVERYTHING = (Tenant, Membership, TenantInvitation)


@core
def test_who_belongs_to_none_is_told_so(api, user):
    access = api.access(user)
    for path in ("tenants/members/", "tenants/invitations/"):
        problem(api("GET", path, token=access), 403, "forbidden")


@core
def test_each_wants_a_live_session(api, user):
    access = api.access(user)
    paths = [("GET", "tenants/"), ("GET", "tenants/members/"), ("POST", "tenants/switch/")]
    for method, path in paths:
        problem(api(method, path), 401, "not_authenticated")
    api("POST", "sign-out/", token=access)
    for method, path in paths:
        problem(api(method, path, token=access), 401, "session_ended")
