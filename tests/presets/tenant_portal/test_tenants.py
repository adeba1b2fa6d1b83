"""``tenants/``: one's own, going to another, inviting, joining; and ``current_user/``."""

from __future__ import annotations

import re

import pytest

from jwt_accounts.contrib.tenants.models import Membership
from tests.presets.calling import claims_of
from tests.presets.tenant_portal.conftest import FRONT_END, mailed

pytestmark = pytest.mark.django_db


def test_ones_tenants_are_listed_and_no_others(portal, ann, globex, make_tenant, ctx):
    make_tenant("third")
    Membership.objects.create(tenant=globex, user=ann, joined_at=ctx.now)
    mine = portal("GET", "tenants/", as_=ann).json()
    assert [(each["slug"], each["role"]) for each in mine] == [
        ("acme", "owner"),
        ("globex", "member"),
    ]


def test_switching_gives_a_token_for_the_other_one(portal, ann, globex, ctx):
    Membership.objects.create(tenant=globex, user=ann, joined_at=ctx.now)
    answer = portal("POST", "tenants/switch/", {"tenant": "globex"}, as_=ann)
    assert (answer.status, list(answer.json())) == (200, ["token", "user"])
    token = answer.json()["token"]
    assert claims_of(token)["tenant"] == "globex"
    assert portal("GET", "current_user/", token=token).json()["tenant"]["role"] == "member"
    # The former one still names the former tenant.
    assert portal("GET", "current_user/", as_=ann).json()["tenant"]["slug"] == "acme"


@pytest.mark.parametrize("slug", ["globex", "nowhere", "not a slug", "\x00"])
def test_nobody_switches_to_what_is_not_theirs(portal, ann, globex, slug):
    answer = portal("POST", "tenants/switch/", {"tenant": slug}, as_=ann)
    assert answer.status == (400 if slug == "\x00" else 404)
    assert claims_of(portal("POST", "login/refresh/", as_=ann).json()["token"])["tenant"] == "acme"


def test_current_user_tells_the_tenant_and_lets_one_change_the_names(portal, ann, acme):
    shown = portal("GET", "current_user/", as_=ann).json()
    assert shown["tenant"]["name"] == acme.name
    more = {"first_name": "Ann", "username": "root", "email": "x@y.example", "is_staff": True}
    answer = portal("PATCH", "current_user/", more, as_=ann)
    assert (answer.status, answer.json()) == (200, {**shown, "first_name": "Ann"})
    assert portal("GET", "current_user/", as_=ann).json() == answer.json()
    ann.refresh_from_db()
    assert (ann.username, ann.is_staff) == ("ann", False)


def test_current_user_answers_without_a_membership(portal, ann):
    token = portal.token(ann)
    Membership.objects.all().delete()
    answer = portal("GET", "current_user/", token=token)
    assert (answer.status, answer.json()["tenant"]) == (200, None)
    assert portal("GET", "tenants/", token=token).json() == []


def test_one_joins_an_open_tenant_and_no_closed_one(portal, ann, make_tenant, globex):
    make_tenant("open", joining="open")
    joined = portal("POST", "tenants/join/", {"tenant": "open"}, as_=ann)
    assert (joined.status, joined.json()["slug"], joined.json()["role"]) == (201, "open", "member")
    for slug in ("globex", "nowhere"):
        refused = portal("POST", "tenants/join/", {"tenant": slug}, as_=ann)
        assert (refused.status, list(refused.json())) == (400, ["tenant"])
    assert Membership.objects.filter(user=ann).count() == 2


def invitation(portal, ann, email, **more):
    """The secret that goes to an address."""
    (sent,) = mailed(lambda: portal("POST", "tenants/invite/", {"email": email, **more}, as_=ann))
    (secret,) = set(re.findall(rf"{FRONT_END}/join-tenant#(\S+)", sent.body))
    return secret


def test_who_is_invited_signs_up_once(portal, ann, acme):
    secret = invitation(portal, ann, "new@example.com", role="admin")
    elsewhere = portal.sign_up(invitation=secret)
    assert (elsewhere.status, list(elsewhere.json())) == (400, ["email"])
    made = portal.sign_up(invitation=secret, email="New@example.com")
    assert (made.status, claims_of(made.json()["token"])["tenant"]) == (201, "acme")
    shown = portal("GET", "current_user/", token=made.json()["token"]).json()
    assert (shown["tenant"]["slug"], shown["tenant"]["role"]) == ("acme", "admin")
    again = portal.sign_up(invitation=secret, email="new@example.com")
    assert (again.status, again.json()["code"]) == (400, "link_invalid")
    assert Membership.objects.filter(tenant=acme).count() == 2


def test_who_has_an_account_joins_by_the_invitation(portal, ann, zoe):
    secret = invitation(portal, ann, zoe.email)
    joined = portal("POST", "tenants/join/", {"invitation": secret}, as_=zoe)
    assert (joined.status, joined.json()["slug"]) == (201, "acme")
    assert portal.log_in("zoe", tenant="acme").status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"role": "owner"}, 400),
        ({"email": "no"}, 400),
        ({"email": "a@b.example", "role": "x"}, 400),
    ],
)
def test_an_invitation_needs_an_address_and_a_role_there_is(portal, ann, body, status):
    assert portal("POST", "tenants/invite/", body, as_=ann).status == status


def test_a_member_invites_nobody(portal, ben):
    assert (
        mailed(lambda: portal("POST", "tenants/invite/", {"email": "a@b.example"}, as_=ben)) == []
    )
    assert portal("POST", "tenants/invite/", {"email": "a@b.example"}, as_=ben).status == 403
