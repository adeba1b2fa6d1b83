"""By invitation: staff makes the account, the person chooses the password by a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    RegistrationClosed,
    ResetExpired,
    ResetInvalid,
    WrongCredentials,
)
from jwt_accounts.flows.invite import invite_user
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.request_link import request_password_link
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import SignedIn, sign_in
from jwt_accounts.models import Account, Challenge, SecurityEvent, UserSession
from jwt_accounts.types import EventKind
from tests.clock import later
from tests.conftest import NO_KEY, PASSWORD, identifier_of
from tests.letters import FRONT, letters
from tests.recovery import NEW

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = "ann@example.com"
PAGE = "accept-invitation#{token}"


@pytest.fixture
def ann(ctx, manager):
    """Made by staff, without a password."""
    made = create_user(ctx, actor=manager, values=UserValues(username="ann", email=ANN))
    return get_user_model().objects.get(pk=made.id)


@pytest.fixture
def invite(ctx, ann, manager):
    """Invite somebody; the messages that went out."""

    def send(user=ann, actor=manager, at=ctx):
        act = lambda: invite_user(at, actor=actor, user_id=str(user.pk), link=PAGE)  # noqa: E731
        return letters(act)

    return send


def refused(act) -> set[str]:
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert not Challenge.objects.exists()
    return set(refusal.value.fields)


@core
@pytest.mark.parametrize("mode", ["open", "invitation"])
def test_the_person_chooses_the_password_and_the_address_is_confirmed(
    ctx, ann, invite, settings, mode
):
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "REGISTRATION": mode,
        "CONFIRMED_EMAIL_ONLY": True,
    }
    Account.objects.filter(user=ann).update(confirmed_email="", email_confirmed_at=None)
    (found,) = invite()
    assert (found.to, found.about) == (ANN, "invitation")
    assert found.link == f"{FRONT}accept-invitation#{found.token}"
    assert identifier_of(ann) in found.text
    reset_password(later(ctx, days=6), secret=found.token, password=NEW)
    assert not UserSession.objects.exists()
    assert Account.objects.get(user=ann).email_is_confirmed
    assert isinstance(sign_in(ctx, identifier=ANN, password=NEW), SignedIn)


def test_until_then_nobody_signs_in(ctx, ann, invite):
    invite()
    for password in ("", PASSWORD):
        with pytest.raises((WrongCredentials, InvalidInput)):
            sign_in(ctx, identifier=ANN, password=password)


def test_it_is_recorded_by_whom(ctx, ann, invite, manager):
    invite()
    event = SecurityEvent.objects.get(kind=EventKind.USER_INVITED)
    assert (event.user, event.actor) == (ann, manager)


@core
def test_it_sets_one_password(ctx, invite):
    (found,) = invite()
    reset_password(ctx, secret=found.token, password=NEW)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=found.token, password=PASSWORD)


def test_it_holds_seven_days(ctx, invite):
    (found,) = invite()
    with pytest.raises(ResetExpired):
        reset_password(later(ctx, days=7), secret=found.token, password=NEW)
    reset_password(later(ctx, days=7, microseconds=-1), secret=found.token, password=NEW)


def test_it_can_be_sent_again_but_not_within_a_minute(ctx, invite):
    (first,) = invite()
    assert invite(at=later(ctx, seconds=59)) == []
    (second,) = invite(at=later(ctx, seconds=60))
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=first.token, password=NEW)
    reset_password(ctx, secret=second.token, password=NEW)
    assert SecurityEvent.objects.filter(kind=EventKind.USER_INVITED).count() == 2


def test_the_pause_is_a_setting(ctx, invite, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RESEND_COOLDOWN": timedelta(0)}
    assert [len(invite()) for _ in range(3)] == [1, 1, 1]


def test_a_password_that_staff_sets_meanwhile_ends_it(ctx, ann, invite, manager):
    (found,) = invite()
    values = UserValues(password=PASSWORD)
    edit_user(ctx, actor=manager, user_id=str(ann.pk), values=values)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=found.token, password=NEW)


@core
@pytest.mark.parametrize("by", ["is_active", "staff_locked_at", "email"])
def test_it_ends_when_staff_disables_locks_or_moves_the_account(ctx, ann, invite, manager, by):
    (found,) = invite()
    if by == "staff_locked_at":
        Account.objects.filter(user=ann).update(staff_locked_at=ctx.now)
    else:
        change = {"is_active": False, "email": "anne@example.com"}
        values = UserValues(**{by: change[by]})
        edit_user(ctx, actor=manager, user_id=str(ann.pk), values=values)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=found.token, password=NEW)
    assert not get_user_model().objects.get(pk=ann.pk).has_usable_password()


def test_who_was_invited_and_has_no_password_gets_no_link_for_one(ctx, ann):
    assert letters(lambda: request_password_link(ctx, email=ANN, link=PAGE)) == []


# Who is invited, and by whom.


@core
def test_nobody_is_invited_where_registration_is_closed(ctx, invite, settings):
    settings.JWT_ACCOUNTS = {"REGISTRATION": "closed"}
    with pytest.raises(RegistrationClosed):
        invite()
    assert not Challenge.objects.exists()


@pytest.mark.parametrize("rights", [[], ["view_user"], ["change_user"], ["delete_user"]])
def test_who_may_not_add_users_invites_nobody(invite, make_user, make_role, rights):
    make_role("Role", rights)
    actor = make_user(groups=["Role"])
    with pytest.raises(Forbidden):
        invite(actor=actor)


def test_nobody_invites_who_holds_more(ann, invite, make_role):
    """The link would be theirs who can read that mailbox; but the rule is one for every act."""
    make_role("Owner", rights=["delete_user"])
    ann.groups.add(make_role("Owner"))
    with pytest.raises(Forbidden):
        invite()


def test_who_has_a_password_is_not_invited(invite, make_user):
    assert refused(lambda: invite(make_user("bob"))) == {"password"}


def test_who_has_no_address_is_not_invited(ctx, invite, make_user):
    assert refused(lambda: invite(make_user("bob", email="", password=None))) == {"email"}


@pytest.mark.parametrize("by", ["is_active", "staff_locked_at"])
def test_whom_staff_disabled_is_not_invited(ctx, ann, invite, by):
    if by == "is_active":
        get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    else:
        Account.objects.filter(user=ann).update(staff_locked_at=ctx.now)
    with pytest.raises(Forbidden):
        invite()


@pytest.mark.parametrize("user_id", ["nobody", "", str(NO_KEY), "9" * 40])
def test_nobody_is_not_found(ctx, manager, user_id):
    with pytest.raises(NotFound):
        invite_user(ctx, actor=manager, user_id=user_id, link=PAGE)


def test_who_was_made_elsewhere_can_be_invited(ctx, invite, make_user):
    user = make_user("bob", password=None)
    Account.objects.filter(user=user).delete()
    assert [each.to for each in invite(user)] == ["bob@example.com"]


def test_an_invitation_that_is_rolled_back_sends_nothing(ctx, ann, manager):
    def undone():
        with transaction.atomic():
            invite_user(ctx, actor=manager, user_id=str(ann.pk), link=PAGE)
            transaction.set_rollback(True)

    assert letters(undone) == []
    assert not Challenge.objects.exists()
