"""Sign in to a tenant, and be told no more than by a wrong password where it is another's."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.tenants.flows.active_tenant import claims_of
from jwt_accounts.contrib.tenants.flows.sign_in import sign_in
from jwt_accounts.contrib.tenants.flows.switch import switch
from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership, Tenant
from jwt_accounts.errors import (
    AccountError,
    AccountInactive,
    AccountLocked,
    Forbidden,
    PasswordExpired,
    WrongCredentials,
)
from jwt_accounts.flows import sign_in as core
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.tokens import claim_sources
from jwt_accounts.models import Account, UserSession
from jwt_accounts.tokens.access import AccessToken
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]

WRONG = "wrong horse battery"


def claim(made):
    return AccessToken(made.signed.tokens.access).payload.get("tenant")


@pytest.fixture
def refused(ctx):
    """What somebody is told who may not come in."""

    def call(user, password=PASSWORD, **more):
        with pytest.raises(AccountError) as error:
            sign_in(ctx, identifier=identifier_of(user), password=password, **more)
        return error.value

    return call


def test_the_tenant_that_is_named_is_entered(ctx, make_tenant, make_member, signed_in):
    first = make_member(make_tenant("one"))
    second = make_member(make_tenant("two"), "admin", user=first.user, at=later(ctx, days=1))
    made = signed_in(first, "TWO")
    assert (made.tenant, made.membership, claim(made)) == (second.tenant, second, "two")
    active = ActiveTenant.objects.get()
    assert (active.session, active.tenant) == (made.signed.tokens.session, second.tenant)


def test_where_none_is_named_it_is_the_one_that_was_used_last(
    ctx, make_tenant, make_member, signed_in
):
    first = make_member(make_tenant("one"))
    second = make_member(make_tenant("two"), user=first.user, at=later(ctx, days=1))
    make_member(make_tenant("three"), user=first.user, at=later(ctx, days=2))
    assert signed_in(first).tenant == first.tenant
    signed_in(first, "two", at=later(ctx, hours=1))
    signed_in(make_member(second.tenant), at=later(ctx, hours=2))
    assert claim(signed_in(first, at=later(ctx, hours=3))) == "two"
    used = UserSession.objects.filter(user=first.user_id).order_by("created_at").first()
    UserSession.objects.filter(pk=used.pk).update(last_used_at=later(ctx, hours=4).now)
    assert claim(signed_in(first, at=later(ctx, hours=5))) == "one"
    Membership.objects.filter(pk=first.pk).delete()
    assert claim(signed_in(second, at=later(ctx, hours=6))) == "two"


def test_who_belongs_to_none_joins_the_open_default(make_user, make_tenant, ctx):
    user = make_user()
    home = make_tenant("home", joining="open", is_default=True)
    made = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert (made.tenant, made.membership.role, claim(made)) == (home, "member", "home")
    assert Membership.objects.get().user == user


@pytest.mark.parametrize("default", [None, {"joining": "invitation"}, {"is_active": False}])
def test_who_belongs_to_none_and_can_join_none_is_told_so_and_only_by_the_right_password(
    make_user, make_tenant, refused, default
):
    user = make_user()
    if default is not None:
        make_tenant(is_default=True, **{"joining": "open", **default})
    assert isinstance(refused(user), Forbidden)
    assert isinstance(refused(user, WRONG), WrongCredentials)
    assert not UserSession.objects.exists()
    assert not Membership.objects.exists()


@pytest.mark.parametrize("slug", ["other", "gone", "nobody", "-", "a" * 500, "a\x00", "\ud800"])
def test_a_tenant_that_is_not_ones_own_is_told_as_a_wrong_password(
    ctx, make_user, make_tenant, make_member, refused, slug
):
    user = make_user()
    before = user.last_login
    make_member(make_tenant("mine"), user=user)
    make_tenant("other", joining="open")
    gone = make_member(make_tenant("gone"), user=user)
    Tenant.objects.filter(pk=gone.tenant_id).update(is_active=False)
    wrong, hashes = refused(user, WRONG, tenant=slug), list(hashers.runs[-1:])
    hashers.runs.clear()
    right = refused(user, tenant=slug)
    assert (type(right), right.text, right.fields) == (type(wrong), wrong.text, wrong.fields)
    assert hashers.runs == hashes
    assert not UserSession.objects.exists()
    assert Membership.objects.count() == 2
    user.refresh_from_db()
    assert user.last_login == before


def test_guessing_tenants_with_the_right_password_locks_as_guessing_passwords_does(
    make_user, make_tenant, refused
):
    user = make_user()
    for number in range(5):
        assert isinstance(refused(user, tenant=f"t{number}"), WrongCredentials)
    assert isinstance(refused(user, tenant="t"), AccountLocked)
    assert Account.objects.get(user=user).locked_at is not None


def test_the_other_refusals_come_first(make_user, make_tenant, refused):
    user = make_user(is_active=False)
    assert isinstance(refused(user, tenant="nobody"), AccountInactive)
    other = make_user()
    Account.objects.filter(user=other).update(must_change_password=True)
    assert isinstance(refused(other, tenant="nobody"), PasswordExpired)


def test_a_sign_in_to_a_tenant_costs_three_statements_more(
    ctx, make_tenant, make_member, signed_in
):
    """The membership, what the session is in, and the claim; the usual one costs no more."""
    member = make_member(make_tenant("one"))
    signed_in(member)
    claim_sources.remove(claims_of)
    try:
        with statements() as bare:
            core.sign_in(ctx, identifier=identifier_of(member.user), password=PASSWORD)
    finally:
        claim_sources.append(claims_of)
    for tenant in ("one", ""):
        with statements() as seen:
            signed_in(member, tenant)
        assert len(seen) - len(bare) == 3, seen


def test_a_refresh_names_the_tenant_of_the_session(ctx, make_tenant, make_member, signed_in):
    first = make_member(make_tenant("one"))
    make_member(make_tenant("two"), user=first.user, at=later(ctx, days=1))
    made = signed_in(first)
    tokens = made.signed.tokens
    token = AccessToken(tokens.access)
    switched = switch(ctx, user=first.user, session=tokens.session, token=token, tenant="two")
    assert AccessToken(switched.tokens.access).payload["tenant"] == "two"
    tokens = refresh(ctx, refresh_token=made.signed.tokens.refresh)
    assert AccessToken(tokens.access).payload["tenant"] == "two"
