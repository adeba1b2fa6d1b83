"""The tenant of a request: named by the token, decided by the database."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.tenants.flows.active_tenant import active_tenant
from jwt_accounts.contrib.tenants.flows.switch import switch
from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership, Tenant
from jwt_accounts.errors import Forbidden, NotFound, PasswordExpired, SessionEnded
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.models import Account, UserSession
from jwt_accounts.tokens.access import AccessToken
from tests.clock import later
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def two(ctx, make_tenant, make_member):
    """One user's memberships of two tenants."""
    first = make_member(make_tenant("one"))
    return first, make_member(make_tenant("two"), user=first.user, at=later(ctx, days=1))


@pytest.fixture
def asked(ctx):
    """In which tenant a request with an access token is made."""

    def ask(access, at=ctx):
        known = authenticate(at, access_token=access)
        with statements() as seen:
            active = active_tenant(user=known.user, session=known.session, token=known.token)
        assert len(seen) == 1, seen
        with statements() as seen:
            assert active.tenant.slug == active.membership.tenant.slug
        assert seen == []
        return active.membership

    return ask


@pytest.fixture
def go(ctx):
    def to(made, slug, *, at=ctx):
        session = made.signed.tokens.session
        token = AccessToken(access_of(made))
        return switch(at, user=made.signed.user, session=session, token=token, tenant=slug)

    return to


def access_of(made):
    return made.signed.tokens.access


def test_the_token_names_it(two, signed_in, asked):
    first, second = two
    assert asked(access_of(signed_in(first, "two"))) == second
    assert asked(access_of(signed_in(first, "one"))) == first


def test_a_switch_gives_a_token_of_the_other_and_the_old_token_stays_with_its_own(
    ctx, two, signed_in, asked, go
):
    first, second = two
    made = signed_in(first, "one")
    moved = go(made, "TWO")
    assert moved.membership == second
    assert moved.tokens.session == made.signed.tokens.session
    assert moved.tokens.refresh is None
    assert asked(moved.tokens.access) == second
    assert asked(access_of(made)) == first
    assert ActiveTenant.objects.get().tenant == second.tenant


def test_a_switch_uses_the_session_as_a_refresh_does_and_spends_no_refresh_token(
    ctx, two, signed_in, go
):
    made = signed_in(two[0], "one")
    moment = later(ctx, minutes=3)
    go(made, "two", at=moment)
    session = UserSession.objects.get()
    assert (session.last_used_at, session.generation) == (moment.now, 0)
    assert refresh(moment, refresh_token=made.signed.tokens.refresh).session == session


def test_a_password_that_must_be_changed_is_not_switched_around(ctx, two, signed_in, go):
    made = signed_in(two[0], "one")
    Account.objects.update(must_change_password=True)
    with pytest.raises(PasswordExpired):
        go(made, "two")
    assert UserSession.objects.get().ended_at is not None


def test_who_is_no_member_any_more_is_refused_at_once_whatever_the_token_says(
    two, signed_in, asked, go
):
    first, second = two
    made = signed_in(first, "two")
    second.delete()
    with pytest.raises(Forbidden):
        asked(access_of(made))
    assert asked(go(made, "one").tokens.access) == first


def test_a_tenant_that_is_closed_is_refused_at_once(two, signed_in, asked, go):
    made = signed_in(two[0], "two")
    Tenant.objects.filter(slug="two").update(is_active=False)
    with pytest.raises(Forbidden):
        asked(access_of(made))
    with pytest.raises(NotFound):
        go(made, "two")


@pytest.mark.parametrize("slug", ["three", "nobody", "-", "", "a\x00", "\ud800", "a" * 500])
def test_nobody_switches_to_a_tenant_that_is_not_theirs(two, make_tenant, signed_in, go, slug):
    make_tenant("three", joining="open")
    made = signed_in(two[0], "one")
    with pytest.raises(NotFound) as refused:
        go(made, slug)
    assert refused.value.text == "You belong to no such tenant."
    assert ActiveTenant.objects.get().tenant.slug == "one"


def test_a_token_that_names_none_means_the_one_of_the_session_else_the_first(
    ctx, two, asked, make_user, make_tenant, make_member
):
    first, _ = two
    given = open_session(ctx, user=first.user, amr=("pwd",)).tokens
    assert asked(given.access) == first
    user = make_user()
    early = open_session(ctx, user=user, amr=("pwd",)).tokens
    with pytest.raises(Forbidden):
        asked(early.access)
    late = make_member(make_tenant("late"), user=user)
    later_one = make_member(make_tenant("later"), user=user, at=later(ctx, days=1))
    assert asked(early.access) == late
    ActiveTenant.objects.create(session=early.session, tenant=later_one.tenant)
    assert asked(early.access) == later_one


@pytest.mark.parametrize("claim", ["", 7, None, ["one"], {"one": 1}, True, "ONE", "a\x00"])
def test_a_claim_that_is_no_slug_is_no_tenant(ctx, two, signed_in, claim):
    made = signed_in(two[0], "one")
    known = authenticate(ctx, access_token=access_of(made))
    known.token.payload["tenant"] = claim
    ask = {"user": known.user, "session": known.session, "token": known.token}
    if claim is None:
        assert active_tenant(**ask).membership == two[0]
        return
    with pytest.raises(Forbidden):
        active_tenant(**ask)


def test_a_role_is_what_the_database_says_now(two, signed_in, asked):
    made = signed_in(two[0], "one")
    Membership.objects.filter(pk=two[0].pk).update(role="admin")
    assert asked(access_of(made)).role == "admin"


def test_a_user_who_vanished_switches_nowhere(two, signed_in, go):
    made = signed_in(two[0], "one")
    type(two[0].user).objects.filter(pk=two[0].user_id).delete()
    with pytest.raises(SessionEnded):
        go(made, "two")


def test_what_a_session_was_in_goes_with_the_session(two, signed_in):
    signed_in(two[0], "one")
    UserSession.objects.all().delete()
    assert not ActiveTenant.objects.exists()
