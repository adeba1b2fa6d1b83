"""Invite an address to a tenant: what is sent, how often, and what is kept of it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core import mail

from jwt_accounts.contrib.tenants.flows import invite as inviting
from jwt_accounts.contrib.tenants.flows.accept import find_invitation, secret_of
from jwt_accounts.contrib.tenants.flows.invite import (
    invite,
    list_invitations,
    revoke_invitation,
)
from jwt_accounts.contrib.tenants.flows.messages import send_invitation
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.errors import Forbidden, InvalidInput, LinkExpired, LinkInvalid, NotFound
from jwt_accounts.models import SecurityEvent
from tests.clock import later
from tests.letters import letter, letters, sent

pytestmark = [pytest.mark.django_db, pytest.mark.core]

ADA = "ada@example.com"


@pytest.fixture
def owner(make_tenant, make_member):
    return make_member(make_tenant("acme"), "owner")


@pytest.fixture
def ask(ctx, owner):
    """``ask("ada@example.com")``: the owner invites."""

    def call(email=ADA, role="member", *, actor=owner, at=ctx, **more):
        return invite(at, actor_membership=actor, email=email, role=role, **more)

    return call


def test_the_link_in_the_message_is_the_invitation(ctx, ask):
    mail_to_ada = letter(lambda: ask("Ada@Example.com"))
    assert (mail_to_ada.to, mail_to_ada.about) == (ADA, "tenant_invitation")
    assert "acme" in mail_to_ada.text
    assert mail_to_ada.link.startswith("https://front.example/join-tenant#")
    found = find_invitation(ctx, mail_to_ada.token)
    assert (found.email, found.role, found.tenant.slug) == (ADA, "member", "acme")


def test_the_message_says_no_word_that_somebody_chose(ctx, owner, ask):
    Tenant.objects.update(name="Visit evil.example now")
    text = letter(ask).text
    assert "evil" not in text
    assert owner.user.email not in text


def test_no_secret_is_kept_or_queued(settings, monkeypatch, ask):
    queued = []
    monkeypatch.setattr(
        inviting, "enqueue_on_commit", lambda task, *args, using: queued.extend(args)
    )
    row = ask()
    secret = secret_of(row).partition(".")[2]
    assert not any(secret in str(value) for value in queued)
    stored = TenantInvitation.objects.filter(pk=row.pk).values().get()
    assert not any(secret in str(value) for value in stored.values())
    settings.SIMPLE_JWT = {"SIGNING_KEY": "another-signing-key-that-is-long-enough-for-hs256"}
    assert secret_of(row).partition(".")[2] != secret


def test_again_it_replaces_the_former_one_but_not_within_a_moment(ctx, ask):
    first = secret_of(ask())
    again = []
    assert letters(lambda: again.append(ask(role="admin", at=later(ctx, seconds=59)))) == []
    assert (secret_of(again[0]), again[0].role) == (first, "member")
    second = letter(lambda: ask(role="admin", at=later(ctx, seconds=60))).token
    with pytest.raises(LinkInvalid):
        find_invitation(ctx, first)
    assert find_invitation(ctx, second).role == "admin"
    assert TenantInvitation.objects.count() == 1


def test_nobody_sends_more_than_the_limit_and_taking_back_frees_none(settings, ctx, owner, ask):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_LIMIT": "3/h"}
    before = len(mail.outbox)
    for minute in range(0, 40, 2):
        moment = later(ctx, minutes=minute)
        letters(lambda moment=moment: ask(at=moment))
        for row in list_invitations(moment, actor_membership=owner):
            revoke_invitation(moment, actor_membership=owner, invitation_id=row.pk)
    assert len(mail.outbox) - before == 3
    assert len(letters(lambda: ask(at=later(ctx, hours=2)))) == 1


def test_who_makes_many_tenants_sends_one_address_no_more_than_the_limit(
    settings, ctx, make_tenant, make_member, ask
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_LIMIT": "2/h"}
    owners = [make_member(make_tenant(), "owner")]
    owners += [make_member(make_tenant(), "owner", user=owners[0].user) for _ in range(3)]

    def invite_all(at):
        return letters(lambda: [ask(actor=each, at=at) for each in owners])

    assert len(invite_all(ctx)) == 2
    assert TenantInvitation.objects.filter(email=ADA).count() == 4  # nobody is told of others
    assert invite_all(later(ctx, minutes=30)) == []
    assert len(invite_all(later(ctx, minutes=61))) == 2
    assert len(letters(lambda: ask("bob@example.com"))) == 1


def test_who_makes_many_accounts_sends_one_address_three_times_the_limit(
    settings, ctx, make_tenant, make_member, ask
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_LIMIT": "1/h"}
    owners = [make_member(make_tenant(), "owner") for _ in range(5)]

    def invite_all(at):
        return letters(lambda: [ask(actor=each, at=at) for each in owners])

    assert len(invite_all(ctx)) == 3
    assert invite_all(later(ctx, minutes=30)) == []
    assert len(invite_all(later(ctx, minutes=61))) == 3


def test_a_tenant_has_no_more_open_ones_than_it_may(ctx, monkeypatch, owner, ask):
    monkeypatch.setattr(inviting, "MOST_INVITATIONS", 2)
    one = ask("one@example.com")
    ask("two@example.com")
    with pytest.raises(Forbidden, match="2 invitations"):
        ask("three@example.com")
    revoke_invitation(ctx, actor_membership=owner, invitation_id=str(one.pk))
    ask("three@example.com", at=later(ctx, seconds=1))


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [("owner", {"owner", "admin", "member"}), ("admin", {"admin", "member"}), ("member", set())],
)
def test_nobody_invites_above_themselves(make_member, owner, ask, actor, allowed):
    acting = owner if actor == "owner" else make_member(owner.tenant, actor)
    for role in ("owner", "admin", "member"):
        if role in allowed:
            assert ask(f"{role}@example.com", role, actor=acting).role == role
        else:
            with pytest.raises(Forbidden):
                ask(f"{role}@example.com", role, actor=acting)
    assert TenantInvitation.objects.count() == len(allowed)


def test_who_invites_is_judged_as_they_are_now(owner, ask):
    Membership.objects.update(role="member")
    with pytest.raises(Forbidden):
        ask()
    owner.user.delete()
    with pytest.raises(Forbidden):
        ask()
    assert not TenantInvitation.objects.exists()


@pytest.mark.parametrize(
    "email", ["", "ada", "a@b", "a\x00@example.com", "\ud800@example.com", f"{'a' * 300}@x.example"]
)
def test_what_is_no_address_is_named(ask, email):
    with pytest.raises(InvalidInput) as refused:
        ask(email)
    assert set(refused.value.fields) == {"email"}


def test_a_role_that_is_none_is_named(ask):
    with pytest.raises(InvalidInput) as refused:
        ask(role="boss")
    assert set(refused.value.fields) == {"role"}


def test_without_a_front_end_nobody_is_invited_unless_the_link_is_whole(settings, ask):
    settings.JWT_ACCOUNTS = {}
    with pytest.raises(Forbidden, match="FRONTEND_URL"):
        ask()
    assert not TenantInvitation.objects.exists()
    found = letters(lambda: ask(link="https://other.example/in#{token}"))
    assert found[0].link.startswith("https://other.example/in#")


def test_a_message_that_was_overtaken_is_not_sent(ctx, owner):
    row = invite(ctx, actor_membership=owner, email=ADA, role="member")
    seed = row.seed
    for change in ({"seed": "x"}, {"used_at": ctx.now}, {"expires_at": ctx.now}):
        TenantInvitation.objects.update(**{"seed": seed, "used_at": None, **change})
        assert sent(lambda: send_invitation.enqueue(row.pk.hex, seed, "x#{token}")) == []


def test_open_invitations_are_listed_for_those_who_manage(ctx, make_member, owner, ask):
    ask("one@example.com")
    ask("two@example.com", at=later(ctx, minutes=1))
    used = ask("used@example.com")
    TenantInvitation.objects.filter(pk=used.pk).update(used_at=ctx.now)
    moment = later(ctx, minutes=2)
    found = list_invitations(moment, actor_membership=owner)
    assert [each.email for each in found] == ["two@example.com", "one@example.com"]
    assert list_invitations(later(ctx, days=8), actor_membership=owner) == []
    with pytest.raises(Forbidden):
        list_invitations(moment, actor_membership=make_member(owner.tenant))


def test_nobody_lists_or_takes_back_those_of_another_tenant(ctx, make_tenant, make_member, ask):
    row = ask()
    stranger = make_member(make_tenant(), "owner")
    assert list_invitations(ctx, actor_membership=stranger) == []
    for key in (row.pk, uuid4(), "x", "", "a\x00"):
        with pytest.raises(NotFound):
            revoke_invitation(ctx, actor_membership=stranger, invitation_id=key)
    assert TenantInvitation.objects.get().expires_at > ctx.now


def test_an_admin_takes_back_no_owners_invitation(ctx, make_member, owner, ask):
    row, admin = ask(role="owner"), make_member(owner.tenant, "admin")
    with pytest.raises(Forbidden):
        revoke_invitation(ctx, actor_membership=admin, invitation_id=row.pk)
    revoke_invitation(ctx, actor_membership=owner, invitation_id=row.pk)
    with pytest.raises(LinkExpired):
        find_invitation(ctx, secret_of(row))
    with pytest.raises(NotFound):
        revoke_invitation(later(ctx, seconds=1), actor_membership=owner, invitation_id=row.pk)


def test_an_admin_replaces_no_owners_invitation(ctx, make_member, owner, ask):
    row, admin = ask(role="owner"), make_member(owner.tenant, "admin")
    for at in (ctx, later(ctx, hours=2)):
        with pytest.raises(Forbidden):
            ask(role="member", actor=admin, at=at)
    assert find_invitation(ctx, secret_of(row)).role == "owner"
    assert ask(role="member", actor=admin, at=later(ctx, days=8)).role == "member"


def test_the_trail_names_who_invited_and_no_address(owner, ask):
    SecurityEvent.objects.all().delete()
    ask()
    event = SecurityEvent.objects.get()
    assert (event.kind, event.actor_id, event.user_id) == (
        "tenant_member_invited",
        owner.user_id,
        None,
    )
    assert event.details == {"tenant": "acme"}
