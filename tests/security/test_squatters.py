"""Who registers with somebody else's address keeps it from nobody, and keeps nothing when its
owner comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.devices.flows import list_devices, register_device
from jwt_accounts.credentials.owner import find_owner
from jwt_accounts.errors import (
    AlreadyConfirmed,
    EmailUnconfirmed,
    InvalidInput,
    LinkInvalid,
    PinInvalid,
    ResetInvalid,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_identifier import change_email, change_phone, change_username
from jwt_accounts.flows.confirm_email import confirm_change_by_code, confirm_email
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.register import register, register_discreetly
from jwt_accounts.flows.request_link import (
    request_password_link,
    request_username_link,
    reset_username,
)
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import account_reclaimed
from jwt_accounts.types import EventKind, IdentifierKind
from tests.conftest import PASSWORD
from tests.letters import PAGE, Letter, letter, letters, sent
from tests.recovery import NEW, Texts

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN, MALLORY = "ann@example.com", "mallory@example.com"
EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
NUMBER = "+40771694307"


@pytest.fixture
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


@dataclass
class Squat:
    """All that Mallory set up with Ann's address, and could come back with."""

    user: Any
    asked: Letter
    tokens: list[Any]
    wish: Letter
    name_link: Letter


@pytest.fixture
def squat(ctx, sms):
    profile = Profile(username="mallory", email=ANN, phone=NUMBER)
    asked = letter(
        lambda: register(
            ctx, profile=profile, password=PASSWORD, contacts=(), confirms=True, link=PAGE
        )
    )
    user = get_user_model().objects.get()
    register_device(ctx, user=user, hostname="mallorys-laptop")
    tokens = [sign_in(ctx, identifier=each, password=PASSWORD).tokens for each in (ANN, NUMBER)]
    wish = letter(lambda: change_email(ctx, user=user, email=MALLORY, current=PASSWORD, link=PAGE))
    name_link = letter(lambda: request_username_link(ctx, email=ANN, link=PAGE))
    return Squat(user, asked, tokens, wish, name_link)


def by_pin(ctx):
    found = letter(lambda: request_pin(ctx, kind=EMAIL, value=ANN))
    window = verify_pin(ctx, kind=EMAIL, value=ANN, pin=found.code)
    return letters(lambda: reset_password(ctx, secret=window.secret, password=NEW))


def by_link(ctx):
    found = letter(lambda: request_password_link(ctx, email=ANN, link=PAGE))
    return letters(lambda: reset_password(ctx, secret=found.token, password=NEW))


recoveries = pytest.mark.parametrize("recover", [by_pin, by_link])


# The owner comes.


@core
@recoveries
def test_the_owner_recovers_the_address_and_nothing_of_the_squatters_is_left(
    ctx, squat, sms, recover
):
    # Where to comes the PIN, or the link? To the address, though nobody confirmed it.
    notes = recover(ctx)
    assert [(each.to, each.about) for each in notes] == [(ANN, "password_changed")]

    # The address is confirmed, and its owner signs in.
    account = Account.objects.get()
    assert account.email_is_confirmed
    assert account.unproved == ""
    assert sign_in(ctx, identifier=ANN, password=NEW).user == squat.user

    # The sessions are over, and the password is another.
    for tokens in squat.tokens:
        with pytest.raises(SessionEnded):
            authenticate(ctx, access_token=tokens.access)
        with pytest.raises(SessionEnded):
            refresh(ctx, refresh_token=tokens.refresh)
    for identifier in (ANN, NUMBER, "mallory"):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier, password=PASSWORD)

    # The telephone is no way in, and none to a PIN.
    assert (account.phone_key, account.phone, account.phone_as_written) == (None, "", "")
    if user_fields().phone:
        assert get_user_model().objects.get().phone == ""
    letters(lambda: request_pin(ctx, kind=PHONE, value=NUMBER))
    assert sms.new() == []

    # What was asked for and is not confirmed yet never will be.
    with pytest.raises((LinkInvalid, AlreadyConfirmed)):
        confirm_email(ctx, token=squat.wish.token)
    with pytest.raises(PinInvalid):
        confirm_change_by_code(ctx, user=squat.user, kind=EMAIL, code=squat.wish.code)
    with pytest.raises((LinkInvalid, ResetInvalid)):
        reset_password(ctx, secret=squat.name_link.token, password=PASSWORD)
    assert Account.objects.get().email == ANN

    # The devices are gone.
    assert list_devices(user=squat.user) == []


@recoveries
def test_a_link_of_the_squatters_that_was_ended_does_not_say_that_it_was_followed(
    ctx, squat, recover
):
    recover(ctx)
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=squat.wish.token)


@recoveries
def test_a_number_that_was_only_written_down_may_stay(ctx, recover):
    """Nothing is sent to it, and nobody comes in by it."""
    profile = Profile(username="mallory", email=ANN, phone=NUMBER)
    letters(lambda: register_discreetly(ctx, profile=profile, password=PASSWORD, link=PAGE))
    recover(ctx)
    account = Account.objects.get()
    assert account.phone_key is None
    assert account.is_unproved(PHONE) is bool(account.phone)


@recoveries
def test_it_is_recorded_and_heard_of(ctx, squat, recover):
    heard = []

    def hear(user, ctx, **_kwargs):
        heard.append((user, ctx))

    account_reclaimed.connect(hear)
    try:
        recover(ctx)
    finally:
        account_reclaimed.disconnect(hear)
    assert heard == [(squat.user, ctx)]
    kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
    assert {EventKind.ACCOUNT_RECLAIMED, EventKind.EMAIL_CONFIRMED} <= kinds


@recoveries
def test_wrong_passwords_of_the_squatter_keep_nobody_out(ctx, squat, recover):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=ANN, password="wrong")
    recover(ctx)
    assert sign_in(ctx, identifier=ANN, password=NEW)


@recoveries
def test_who_confirmed_the_address_before_keeps_what_is_theirs(ctx, squat, recover):
    """It is nobody else's: a forgotten password costs no telephone and no device."""
    confirm_email(ctx, token=squat.asked.token)
    recover(ctx)
    account = Account.objects.get()
    assert account.phone_key == NUMBER
    assert [each.revoked_at for each in list_devices(user=squat.user)] == [None]
    assert not SecurityEvent.objects.filter(kind=EventKind.ACCOUNT_RECLAIMED).exists()


def test_a_squatter_gets_no_telephone_to_come_back_with(ctx, squat, sms):
    """Who has not shown that the address is theirs can show of no number that it is."""
    with pytest.raises(EmailUnconfirmed):
        change_phone(ctx, user=squat.user, phone="+40771694308", current=PASSWORD)
    assert letters(lambda: request_pin(ctx, kind=PHONE, value=NUMBER)) == []
    assert sms.new() == []


@core
def test_who_wants_to_register_is_led_to_the_recovery(ctx, squat):
    profile = Profile(username="ann", email=ANN)
    act = lambda: register_discreetly(ctx, profile=profile, password=NEW, link=PAGE)  # noqa: E731
    assert sent(act) == [(ANN, "address_taken")]
    by_link(ctx)
    assert sign_in(ctx, identifier=ANN, password=NEW).user == squat.user


# The squatter moves away.


def test_an_address_that_was_left_is_free(ctx, squat):
    confirm_email(ctx, token=squat.wish.token)
    register_discreetly(ctx, profile=Profile(username="ann", email=ANN), password=NEW)
    assert sign_in(ctx, identifier=ANN, password=NEW).user != squat.user


# The owner has an account already, and shows that the address is hers as well.


@pytest.fixture
def taken_over(ctx, squat, make_user):
    """Ann's own account, to which she has just moved the address."""
    own = make_user("ann", email="old@example.com")
    found = letter(lambda: change_email(ctx, user=own, email=ANN, current=PASSWORD, link=PAGE))
    link = letter(lambda: request_password_link(ctx, email=ANN, link=PAGE))
    confirm_email(ctx, token=found.token)
    return own, link


def test_what_was_sent_to_the_address_for_the_squatters_account_ends(ctx, squat, taken_over):
    own, link = taken_over
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=squat.asked.token)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=link.token, password=NEW)
    assert find_owner(EMAIL, ANN).user == own


def test_the_squatter_can_move_away_and_not_come_back(ctx, squat, taken_over):
    own, _ = taken_over
    with pytest.raises(InvalidInput):
        change_email(ctx, user=squat.user, email=ANN)
    assert sign_in(ctx, identifier=ANN, password=PASSWORD).user == own


# Names that read as an address or a number.


def named(ctx, name, email=MALLORY):
    made = register(ctx, profile=Profile(username=name, email=email), password=PASSWORD)
    return get_user_model().objects.get(pk=made.id)


def by_registering(ctx, name):
    named(ctx, name)


def by_changing(ctx, name):
    change_username(ctx, user=named(ctx, "mallory"), username=name)


def by_a_link(ctx, name):
    named(ctx, "mallory")
    found = letter(lambda: request_username_link(ctx, email=MALLORY, link=PAGE))
    reset_username(ctx, secret=found.token, username=name)


@pytest.mark.parametrize("take", [by_registering, by_changing, by_a_link])
@pytest.mark.parametrize("name", [ANN, "ANN@Example.com", "nobody@example.com", NUMBER])
@pytest.mark.parametrize("known", [True, False])
def test_nobody_takes_a_name_that_reads_as_somebody_elses_address_or_number(
    ctx, make_user, take, name, known
):
    """It would keep it from its owner. Whether there is one makes no difference: nothing tells."""
    if known:
        Account.objects.filter(user=make_user("ann")).update(phone_key=NUMBER, phone=NUMBER)
    with pytest.raises(InvalidInput) as refusal:
        take(ctx, name)
    assert {key: [e.code for e in errors] for key, errors in refusal.value.fields.items()} == {
        "username": ["invalid"]
    }


def test_a_name_may_be_ones_own_address(ctx):
    """It goes with the account to who recovers that."""
    mallory = named(ctx, ANN, ANN)
    by_link(ctx)
    assert sign_in(ctx, identifier=ANN, password=NEW).user == mallory


def test_a_name_that_was_ones_own_address_keeps_it_from_nobody(ctx):
    mallory = named(ctx, ANN, ANN)
    found = letter(
        lambda: change_email(ctx, user=mallory, email=MALLORY, current=PASSWORD, link=PAGE)
    )
    confirm_email(ctx, token=found.token)
    register(ctx, profile=Profile(username="ann", email=ANN), password=NEW)
    assert sign_in(ctx, identifier=ANN, password=NEW).user != mallory
    assert sign_in(ctx, identifier=MALLORY, password=PASSWORD).user == mallory


@pytest.mark.parametrize("contacts", [{PHONE}, {EMAIL, PHONE}])
def test_a_name_that_is_a_claimed_address_ends_with_the_claim(ctx, make_user, contacts):
    squatter = register(
        ctx, profile=Profile(username=ANN, email=ANN), password=PASSWORD, contacts=contacts
    )
    owner = make_user("owner")
    asked = letters(lambda: change_email(ctx, user=owner, email=ANN, link=PAGE))
    (mail,) = (each for each in asked if each.to == ANN)
    confirm_email(ctx, token=mail.token)
    assert Account.objects.get(user=owner).email_key == ANN
    assert Account.objects.get(user=squatter.id).username_key is None
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=ANN, password="squat horse 42")
