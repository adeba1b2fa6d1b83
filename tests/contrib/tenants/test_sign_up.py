"""Sign up: a tenant with its owner, or a user of a tenant, or nothing at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.flows.accept import secret_of
from jwt_accounts.contrib.tenants.flows.invite import invite, revoke_invitation
from jwt_accounts.contrib.tenants.flows.sign_up import sign_up, sign_up_tenant
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.models import (
    ActiveTenant,
    Membership,
    Tenant,
    TenantInvitation,
)
from jwt_accounts.errors import (
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    NotFound,
    RegistrationClosed,
)
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.signals import member_joined, user_registered
from jwt_accounts.tokens.access import AccessToken
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD
from tests.letters import letters

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def found(ctx, person):
    """``found("Acme")`` signs a tenant up."""

    def make(name="Acme", profile=None, **more):
        profile = profile or person()
        return sign_up_tenant(ctx, name=name, profile=profile, password=PASSWORD, **more)

    return make


@pytest.fixture
def join(ctx, person):
    """``join(tenant="acme")`` signs a user up."""

    def make(profile=None, *, at=ctx, **more):
        return sign_up(at, profile=profile or person(), password=PASSWORD, **more)

    return make


@pytest.fixture
def invited(ctx, make_tenant, make_member):
    """``invited("ada@example.com")``: an invitation to a tenant by its owner."""

    def make(email, role="member"):
        owner = make_member(make_tenant(), "owner")
        return invite(ctx, actor_membership=owner, email=email, role=role)

    return make


def nothing_is_there(*, users=0):
    assert get_user_model().objects.count() == users
    assert Account.objects.count() == users
    for model in (Tenant, Membership, UserSession, ActiveTenant, SecurityEvent):
        assert not model.objects.exists(), model


def claim(made):
    return AccessToken(made.signed.tokens.access).payload["tenant"]


def test_a_tenant_is_made_with_its_owner_who_is_signed_in_to_it(ctx, found):
    made = found("Acme, Inc.", slug="ACME-2")
    assert isinstance(made, TenantSession)
    tenant = Tenant.objects.get()
    assert (tenant.name, tenant.slug) == ("Acme, Inc.", "acme-2")
    assert (tenant.is_active, tenant.joining, tenant.is_default) == (True, "invitation", False)
    membership = Membership.objects.get()
    assert (membership.tenant, membership.user) == (tenant, made.signed.user)
    assert (membership.role, membership.joined_at) == ("owner", ctx.now)
    assert (made.tenant, made.membership) == (tenant, membership)
    active = ActiveTenant.objects.get()
    assert (active.session, active.tenant) == (made.signed.tokens.session, tenant)
    assert claim(made) == "acme-2"
    kinds = SecurityEvent.objects.order_by("pk").values_list("kind", "details")
    assert list(kinds) == [
        ("tenant_created", {"tenant": "acme-2"}),
        ("tenant_joined", {"tenant": "acme-2"}),
    ]


def test_a_slug_is_made_of_the_name_and_differs_from_every_other(found):
    first, *others = [found("Crème & Co").tenant.slug for _ in range(3)]
    assert first == "creme-co"
    assert len({first, *others}) == 3
    assert all(slug.startswith("creme-co-") for slug in others)


def test_a_taken_slug_is_named_and_nothing_is_made(found, make_tenant, person):
    make_tenant("acme")
    with pytest.raises(InvalidInput) as refused:
        found(slug="Acme")
    assert {name: error.code for name, (error,) in refused.value.fields.items()} == {
        "slug": "unique"
    }
    Tenant.objects.all().delete()
    nothing_is_there()


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "a" * 101}, {"name"}),
        ({"name": "a\nb"}, {"name"}),
        ({"slug": "a_b"}, {"slug"}),
        ({"slug": "xn--bcher-kva"}, {"slug"}),
        ({"name": " ", "slug": "-"}, {"name", "slug"}),
    ],
)
def test_names_that_cannot_be_are_told_before_anything_is_hashed(found, names, fields):
    with pytest.raises(InvalidInput) as refused:
        found(**names)
    assert set(refused.value.fields) == fields
    assert hashers.runs == []
    nothing_is_there()


@pytest.mark.parametrize("way", ["found", "join"])
def test_nobody_signs_up_where_registration_is_not_open(settings, request, make_tenant, way):
    make_tenant(joining="open", is_default=True)
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "REGISTRATION": "invitation"}
    with pytest.raises(RegistrationClosed):
        request.getfixturevalue(way)()
    Tenant.objects.all().delete()
    nothing_is_there()


def test_a_taken_address_leaves_no_tenant(found, make_user):
    user = make_user("ada")
    with pytest.raises(InvalidInput) as refused:
        found(profile=Profile(username="other", email=user.email))
    assert set(refused.value.fields) == {"email"}
    nothing_is_there(users=1)


def test_an_open_tenant_is_joined_by_its_name(join, make_tenant):
    tenant = make_tenant("acme", joining="open")
    made = join(tenant="ACME")
    assert (made.tenant, made.membership.role, claim(made)) == (tenant, "member", "acme")
    assert Membership.objects.get().user == made.signed.user
    assert SecurityEvent.objects.get().kind == "tenant_joined"


def test_who_names_none_joins_the_default_tenant(join, make_tenant):
    make_tenant("other", joining="open")
    tenant = make_tenant("home", joining="open", is_default=True)
    assert join().tenant == tenant


@pytest.mark.parametrize("default", [None, {"joining": "invitation"}, {"is_active": False}])
def test_without_an_open_default_a_tenant_must_be_named(join, make_tenant, default):
    if default is not None:
        make_tenant(is_default=True, **{"joining": "open", **default})
    with pytest.raises(InvalidInput) as refused:
        join()
    assert refused.value.fields["tenant"][0].code == "required"
    Tenant.objects.all().delete()
    nothing_is_there()


def test_a_tenant_that_cannot_be_joined_is_told_as_one_that_is_not_there(join, make_tenant):
    make_tenant("closed", joining="invitation")
    make_tenant("gone", joining="open", is_active=False)
    told = set()
    for slug in ("closed", "gone", "nobody", "-", "a" * 500, "a\x00", "\ud800"):
        with pytest.raises(InvalidInput) as refused:
            join(tenant=slug)
        told.add(str(refused.value.fields))
    assert len(told) == 1
    Tenant.objects.all().delete()
    nothing_is_there()


def test_an_invitation_gives_its_role_and_confirms_the_address(join, person, invited):
    ada = person("ada")
    invitation = invited("Ada@Example.com", "admin")
    made = join(ada, invitation=secret_of(invitation))
    assert (made.tenant, made.membership.role) == (invitation.tenant, "admin")
    assert claim(made) == invitation.tenant.slug
    account = Account.objects.get(user=made.signed.user)
    assert account.email_is_confirmed
    assert not account.awaits_confirmation


def test_an_invitation_is_used_once(join, person, invited):
    secret = secret_of(invited("ada@example.com"))
    made = join(person("ada"), invitation=secret)
    made.signed.user.delete()
    with pytest.raises(LinkInvalid):
        join(person("ada"), invitation=secret)


def test_an_invitation_is_for_one_address(join, person, invited):
    invitation = invited("ada@example.com")
    with pytest.raises(InvalidInput) as refused:
        join(person("eve"), invitation=secret_of(invitation))
    assert set(refused.value.fields) == {"email"}
    assert TenantInvitation.objects.get().used_at is None
    assert not get_user_model().objects.filter(email="eve@example.com").exists()


def test_what_is_no_secret_opens_nothing(join, person, invited):
    invitation = invited("ada@example.com")
    right = secret_of(invitation)
    for secret in ("x", ".", f"{right}0", right[:-1], right.replace(".", ""), "a" * 8000, "\ud800"):
        with pytest.raises(LinkInvalid):
            join(person("ada"), invitation=secret)
    assert TenantInvitation.objects.get().used_at is None


def test_an_invitation_ends_by_time_by_its_maker_and_with_its_tenant(
    ctx, join, person, make_tenant, make_member
):
    owner = make_member(make_tenant(), "owner")

    def secret():
        row = invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
        return secret_of(row)

    right = secret()
    with pytest.raises(LinkExpired):
        join(person("ada"), at=later(ctx, days=7), invitation=right)
    Tenant.objects.update(is_active=False)
    with pytest.raises(LinkInvalid):
        join(person("ada"), invitation=right)
    Tenant.objects.update(is_active=True)
    revoke_invitation(ctx, actor_membership=owner, invitation_id=TenantInvitation.objects.get().pk)
    with pytest.raises(LinkExpired):
        join(person("ada"), invitation=right)
    assert Membership.objects.get() == owner


def test_a_refusal_leaves_the_invitation_for_later(join, person, invited):
    invitation = invited("ada@example.com")
    with pytest.raises(InvalidInput):
        join(replace(person("ada"), username="a@b@c"), invitation=secret_of(invitation))
    assert TenantInvitation.objects.get().used_at is None
    assert isinstance(join(person("ada"), invitation=secret_of(invitation)), TenantSession)


@pytest.mark.parametrize("way", ["found", "join"])
def test_where_an_address_must_be_confirmed_first_there_is_a_member_and_no_session(
    settings, request, make_tenant, person, way
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CONFIRMED_EMAIL_ONLY": True}
    make_tenant(joining="open", is_default=True)
    call, made = request.getfixturevalue(way), []
    (mail,) = letters(
        lambda: made.append(
            call(profile=person("ada"), confirms=True, link="confirm-email#{token}")
        )
    )
    assert (mail.to, mail.about) == ("ada@example.com", "confirm_email")
    assert isinstance(made[0], UserSummary)
    assert Membership.objects.get().user_id == made[0].id
    assert not UserSession.objects.exists()


def test_who_is_invited_needs_no_confirmation(settings, join, person, invited):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CONFIRMED_EMAIL_ONLY": True}
    secret = secret_of(invited("ada@example.com"))
    made = []
    assert letters(lambda: made.append(join(person("ada"), invitation=secret, confirms=True))) == []
    assert isinstance(made[0], TenantSession)


def test_what_comes_after_the_commit_is_told(django_capture_on_commit_callbacks, join, make_tenant):
    tenant, told = make_tenant("acme", joining="open"), []

    def receive(signal, **kwargs):
        told.append(kwargs)

    member_joined.connect(receive)
    user_registered.connect(receive)
    with django_capture_on_commit_callbacks(execute=True):
        made = join(tenant="acme")
        assert told == []
    joined = next(each for each in told if "scope" in each)
    assert (joined["user"], joined["scope"], joined["name"]) == (
        made.signed.user,
        str(tenant.pk),
        "Acme",
    )
    assert joined["sender"] is type(made.signed.user)
    assert len(told) == 2


def test_nobody_invites_to_a_tenant_that_was_closed(ctx, make_tenant, make_member):
    owner = make_member(make_tenant(is_active=False), "owner")
    with pytest.raises(NotFound):
        invite(ctx, actor_membership=owner, email="ada@example.com", role="member")
