"""Links for who forgot the password or the user name: to whom they go, and what they open."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.errors import (
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    PasswordUnchanged,
    ResetExpired,
    ResetInvalid,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.confirm_email import confirm_email
from jwt_accounts.flows.lock_account import lift_staff_lock, lock_account
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.request_link import (
    request_password_link,
    request_username_link,
    reset_email,
    reset_username,
)
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.letters import letters, sent
from tests.recovery import NEW, pin_in

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = "ann@example.com"
PAGE = "set-password#{token}"


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def ask(ctx):
    """Ask for a link; the messages that went out."""

    def send(email=ANN, at=ctx, request=request_password_link):
        return letters(lambda: request(at, email=email, link=PAGE))

    return send


@pytest.fixture
def token(ann, ask):
    """What a link for the password holds."""
    (found,) = ask()
    return found.token


@pytest.fixture
def name_token(ann, ask):
    """What a link for the user name holds."""
    (found,) = ask(request=request_username_link)
    return found.token


def opens(ctx, user, password) -> bool:
    try:
        sign_in(ctx, identifier=ANN, password=password)
    except WrongCredentials:
        return False
    return True


# The password.


@core
def test_a_password_is_set_by_the_link_and_nobody_is_signed_in(ctx, ann, ask):
    tokens = sign_in(ctx, identifier=identifier_of(ann), password=PASSWORD).tokens
    (found,) = ask("ANN@Example.com")
    assert (found.to, found.about) == (ANN, "reset_link")
    notes = sent(lambda: reset_password(ctx, secret=found.token, password=NEW))
    assert notes == [(ANN, "password_changed")]
    assert opens(ctx, ann, NEW)
    assert not opens(ctx, ann, PASSWORD)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=tokens.access)
    kinds = [EventKind.EMAIL_CONFIRMED, EventKind.PASSWORD_RECOVERED]
    assert sorted(SecurityEvent.objects.values_list("kind", flat=True)) == kinds


def test_the_link_shows_that_the_address_is_its_owners(ctx, token):
    reset_password(ctx, secret=token, password=NEW)
    found = Account.objects.get()
    assert found.email_is_confirmed
    assert found.email_confirmed_at == ctx.now


@core
def test_it_sets_a_password_once(ctx, token):
    reset_password(ctx, secret=token, password=NEW)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=token, password=PASSWORD)


def test_a_password_that_breaks_the_rules_leaves_the_link(ctx, token):
    for _ in range(3):
        with pytest.raises(InvalidInput):
            reset_password(ctx, secret=token, password="short")
        with pytest.raises(PasswordUnchanged):
            reset_password(ctx, secret=token, password=PASSWORD)
    reset_password(ctx, secret=token, password=NEW)


def test_twenty_passwords_may_be_tried(ctx, token):
    for _ in range(20):
        with pytest.raises(InvalidInput):
            reset_password(ctx, secret=token, password="short")
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=token, password=NEW)


@pytest.mark.parametrize("timeout", [3 * 24 * 3600, 3600])
def test_it_holds_as_long_as_djangos_own_links(ctx, ann, ask, settings, timeout):
    settings.PASSWORD_RESET_TIMEOUT = timeout
    (found,) = ask()
    with pytest.raises(ResetExpired):
        reset_password(later(ctx, seconds=timeout), secret=found.token, password=NEW)
    moment = later(ctx, seconds=timeout, microseconds=-1)
    reset_password(moment, secret=found.token, password=NEW)


def test_a_newer_link_ends_the_older_one(ctx, ask, token):
    (newer,) = ask()
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=token, password=NEW)
    reset_password(ctx, secret=newer.token, password=NEW)


def test_a_link_and_a_pin_live_beside_each_other_until_one_is_used(ctx, token):
    (message,) = letters(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value=ANN))
    assert pin_in(message.text)
    reset_password(ctx, secret=token, password=NEW)
    (row,) = Challenge.objects.filter(purpose="recovery")
    assert row.used_at is None
    assert letters(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value=ANN))


def by_change(ctx, ann, root):
    change_password(ctx, user=ann, current=PASSWORD, new="a third password")


def by_staff(ctx, ann, root):
    edit_user(ctx, actor=root, user_id=str(ann.pk), values=UserValues(password="a third password"))


def by_moving(ctx, ann, root):
    edit_user(ctx, actor=root, user_id=str(ann.pk), values=UserValues(email="anne@example.com"))


def by_lock(ctx, ann, root):
    lock_account(ctx, actor=root, user_id=str(ann.pk))
    lift_staff_lock(ctx, actor=root, user_id=str(ann.pk))


def by_disabling(ctx, ann, root):
    for is_active in (False, True):
        values = UserValues(is_active=is_active)
        edit_user(ctx, actor=root, user_id=str(ann.pk), values=values)


@core
@pytest.mark.parametrize("end", [by_change, by_staff, by_moving, by_lock, by_disabling])
def test_the_link_ends_with_what_it_is_bound_to(ctx, ann, root, token, name_token, end):
    end(ctx, ann, root)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=token, password=NEW)
    with pytest.raises(LinkInvalid):
        reset_username(ctx, secret=name_token, username="anne")


def inactive(ctx, user):
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def locked_by_staff(ctx, user):
    Account.objects.filter(user=user).update(staff_locked_at=ctx.now)


def without_a_password(ctx, user):
    user.set_unusable_password()
    user.save()


def twice(ctx, user):
    Account.objects.exclude(user=user).update(email=ANN)


@core
@pytest.mark.parametrize("disable", [inactive, locked_by_staff])
def test_nobody_is_revived_by_a_link(ctx, ann, token, name_token, disable):
    disable(ctx, ann)
    before = get_user_model().objects.filter(pk=ann.pk).values().get()
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=token, password=NEW)
    with pytest.raises(LinkInvalid):
        reset_username(ctx, secret=name_token, username="anne")
    with pytest.raises(LinkInvalid):
        reset_email(ctx, secret=name_token, email="anne@example.com", link=PAGE)
    assert get_user_model().objects.filter(pk=ann.pk).values().get() == before
    assert not Account.objects.get(user=ann).email_is_confirmed


@core
@pytest.mark.parametrize("state", [inactive, locked_by_staff, without_a_password, twice])
def test_who_gets_no_pin_gets_no_link(ctx, ann, make_user, ask, state):
    make_user("bob")
    state(ctx, ann)
    assert ask() == []
    assert ask(request=request_username_link) == []


@pytest.mark.parametrize("email", ["nobody@example.com", "", "@", "ann", "+40771694307"])
def test_nobody_gets_no_link_and_nothing_tells(ann, ask, email):
    assert ask(email) == []


@pytest.mark.parametrize("email", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(ctx, email):
    with pytest.raises(InvalidInput):
        request_password_link(ctx, email=email, link=PAGE)


def test_ten_links_an_hour_and_the_last_one_stays_valid(ctx, ann, ask):
    found = [ask() for _ in range(12)]
    assert [len(each) for each in found] == [1] * 10 + [0] * 2
    reset_password(ctx, secret=found[9][0].token, password=NEW)


def test_it_goes_to_the_stored_address(make_user, ask):
    make_user("bob", email="Bob@Example.com")
    assert [each.to for each in ask(" bob@EXAMPLE.com")] == ["Bob@Example.com"]


def test_a_request_that_is_rolled_back_sends_nothing(ctx, ann):
    def undone():
        with transaction.atomic():
            request_password_link(ctx, email=ANN, link=PAGE)
            transaction.set_rollback(True)

    assert letters(undone) == []
    assert not Challenge.objects.exists()


# The user name.


@core
def test_the_message_names_the_user_name_and_lets_one_choose_another(ctx, ann, ask):
    (found,) = ask(request=request_username_link)
    assert (found.to, found.about) == (ANN, "reset_username")
    assert identifier_of(ann) in found.text
    if user_fields().username is None:
        return
    tokens = sign_in(ctx, identifier="ann", password=PASSWORD).tokens
    act = lambda: reset_username(ctx, secret=found.token, username=" anne ")  # noqa: E731
    assert sent(act) == [(ANN, "username_changed")]
    ann.refresh_from_db()
    assert identifier_of(ann) == "anne"
    assert authenticate(ctx, access_token=tokens.access).user == ann
    assert Account.objects.get(user=ann).email_is_confirmed


def test_a_name_is_chosen_once(ctx, name_token):
    reset_username(ctx, secret=name_token, username="anne")
    with pytest.raises(LinkInvalid):
        reset_username(ctx, secret=name_token, username="annie")


def test_a_name_that_cannot_be_leaves_the_link(ctx, name_token, make_user):
    make_user("bob")
    for name in ("BOB", "no spaces", ""):
        with pytest.raises(InvalidInput) as refusal:
            reset_username(ctx, secret=name_token, username=name)
        assert set(refusal.value.fields) == {"username"}
    reset_username(ctx, secret=name_token, username="anne")


def test_a_link_for_the_name_holds_three_days(ctx, name_token):
    with pytest.raises(LinkExpired):
        reset_username(later(ctx, days=3), secret=name_token, username="anne")
    with pytest.raises(LinkExpired):
        reset_email(later(ctx, days=3), secret=name_token, email="a@b.example", link=PAGE)
    reset_username(later(ctx, days=3, microseconds=-1), secret=name_token, username="anne")


# The address, where it is the name.


def test_another_address_is_asked_to_confirm_and_takes_its_place_then(ctx, ann, name_token):
    found, note = letters(
        lambda: reset_email(ctx, secret=name_token, email="anne@example.com", link=PAGE)
    )
    assert (found.to, found.about) == ("anne@example.com", "change_email")
    assert (note.to, note.about) == (ANN, "email_change_asked")
    assert get_user_model().objects.get(pk=ann.pk).email == ANN
    confirm_email(ctx, token=found.token)
    assert get_user_model().objects.get(pk=ann.pk).email == "anne@example.com"
    with pytest.raises(LinkInvalid):
        reset_email(ctx, secret=name_token, email="other@example.com", link=PAGE)


def test_an_address_that_cannot_be_leaves_the_link(ctx, ann, name_token, make_user):
    make_user("bob")
    for email in ("nonsense", "bob@example.com"):
        with pytest.raises(InvalidInput) as refusal:
            reset_email(ctx, secret=name_token, email=email, link=PAGE)
        assert set(refusal.value.fields) == {"email"}
    assert letters(lambda: reset_email(ctx, secret=name_token, email="a@b.example", link=PAGE))
