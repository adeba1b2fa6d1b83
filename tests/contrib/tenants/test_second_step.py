"""Sign in to a tenant in two steps: the second one goes where the first one named."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.tenants.flows.sign_in import sign_in
from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership
from jwt_accounts.errors import (
    EnrolmentRequired,
    Forbidden,
    SecondFactorRequired,
    WrongCredentials,
)
from jwt_accounts.flows.second_step import take_second_step
from jwt_accounts.models import UserSession
from jwt_accounts.second_factors import Answer
from jwt_accounts.tokens.access import AccessToken
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def first_step(ctx):
    """Type the password: ``first_step(user, "acme")``; the token of the second step."""

    def take(user, tenant="", error=SecondFactorRequired):
        with pytest.raises(error) as refused:
            sign_in(ctx, identifier=identifier_of(user), password=PASSWORD, tenant=tenant)
        return refused.value.extra.get("challenge_token")

    return take


@pytest.fixture
def second_step(ctx):
    """Show a code; the tenant that the token names."""

    def take(someone, token):
        answer = Answer(code=someone.recovery_codes[0])
        signed = take_second_step(ctx, token=token, answer=answer)
        return AccessToken(signed.tokens.access).payload.get("tenant")

    return take


def test_it_is_the_tenant_that_was_named(make_tenant, make_member, first_step, second_step):
    someone = give_totp(make_member(make_tenant("one")).user)
    second = make_member(make_tenant("two"), user=someone.user)
    token = first_step(someone.user, "TWO")
    assert not UserSession.objects.exists()
    assert second_step(someone, token) == "two"
    assert ActiveTenant.objects.get().tenant == second.tenant


def test_where_none_is_named_it_is_the_usual_one(
    make_tenant, make_member, signed_in, first_step, second_step
):
    member = make_member(make_tenant("one"))
    make_member(make_tenant("two"), user=member.user)
    signed_in(member, "two")
    someone = give_totp(member.user)
    assert second_step(someone, first_step(someone.user)) == "two"


def test_who_belongs_to_none_joins_the_open_default(
    make_user, make_tenant, first_step, second_step
):
    someone = give_totp(make_user())
    make_tenant("home", joining="open", is_default=True)
    token = first_step(someone.user)
    assert not Membership.objects.exists()
    assert second_step(someone, token) == "home"
    assert Membership.objects.get().user == someone.user


@pytest.mark.parametrize("slug", ["other", "nobody", "a_b", "-", "a" * 500, "a\x00"])
def test_the_password_alone_tells_nothing_of_memberships(
    make_tenant, make_member, first_step, second_step, slug
):
    someone = give_totp(make_member(make_tenant("mine")).user)
    make_tenant("other", joining="open")
    token = first_step(someone.user, slug)
    with pytest.raises(Forbidden):
        second_step(someone, token)
    assert not UserSession.objects.exists()
    assert Membership.objects.count() == 1


def test_who_must_set_up_a_factor_is_told_of_the_tenant_before(
    make_tenant, make_member, make_role, first_step
):
    user = make_member(make_tenant("mine")).user
    user.groups.add(make_role("Cashier", require_mfa=True))
    assert first_step(user, error=EnrolmentRequired)
    assert first_step(user, "mine", error=EnrolmentRequired)
    assert first_step(user, "other", error=WrongCredentials) is None
    Membership.objects.all().delete()
    assert first_step(user, error=Forbidden) is None
