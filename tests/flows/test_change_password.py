"""Changing one's own password: who must be known, what ends, and who is told."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from jwt_accounts.credentials.challenges import open_at_once, pin_for, secret_for
from jwt_accounts.credentials.targets import change_of
from jwt_accounts.errors import (
    AccountLocked,
    AttemptsInFlight,
    InvalidInput,
    PasswordUnchanged,
    PinInvalid,
    ResetInvalid,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Account, Challenge, PasswordHistory, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.types import EventKind, IdentifierKind, SessionEnd
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.flows.conftest import KEEPS_REFRESH
from tests.hosts import MeddlingHasher
from tests.recovery import mailed

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

NEW = "zażółć gęślą 7"
WRONG = {"current_password": "wrong_password"}


@pytest.fixture
def user(make_user):
    return make_user("somebody")


@pytest.fixture
def change(ctx, user):
    """``change()``: the present password is right and the new one good."""

    def call(current=PASSWORD, new=NEW, at=ctx, keep=None):
        change_password(at, user=user, current=current, new=new, keep=keep)

    return call


@pytest.fixture
def refused(change):
    """The field that is named, and why; nothing is changed."""

    def call(*args, **kwargs):
        before = rows()
        with pytest.raises(InvalidInput) as error:
            change(*args, **kwargs)
        assert rows() == before
        return {name: why[0].code for name, why in error.value.fields.items()}

    return call


def rows():
    tables = (get_user_model(), UserSession, PasswordHistory, SecurityEvent)
    ages = Account.objects.order_by("pk").values("password_changed_at", "must_change_password")
    return [list(ages), *(list(table.objects.order_by("pk").values()) for table in tables)]


def failures():
    return Account.objects.get().failures


def enters(ctx, user, password):
    try:
        sign_in(ctx, identifier=identifier_of(user), password=password)
    except WrongCredentials:
        return False
    return True


def test_the_new_password_takes_the_place_of_the_old(ctx, user, change):
    Account.objects.update(must_change_password=True, password_changed_at=None)
    change()
    assert enters(ctx, user, NEW)
    assert not enters(ctx, user, PASSWORD)
    account = Account.objects.get()
    assert (account.password_changed_at, account.must_change_password) == (ctx.now, False)


def test_a_change_is_recorded_without_either(ctx, user, change):
    change()
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.at) == (EventKind.PASSWORD_CHANGED, user, ctx.now)
    assert (event.details, event.ip, event.user_agent) == ({}, ctx.ip, ctx.user_agent)


# Who does not know the present one.


@once
@pytest.mark.parametrize(
    "current", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} ", NEW, "x" * 4096], ids=len
)
def test_a_wrong_present_password_is_named_and_counts(refused, current):
    assert refused(current) == WRONG
    assert failures() == 1


def test_the_present_password_is_asked_for_before_the_new_one_is_judged(refused):
    """Nobody learns by it whether a password is the present one."""
    assert refused("wrong", "short") == WRONG
    assert refused("wrong", PASSWORD) == WRONG
    assert failures() == 2


def test_wrong_present_passwords_lock_the_account(ctx, user, change, refused):
    for _ in range(4):
        assert refused("wrong") == WRONG
    with pytest.raises(InvalidInput):
        change("wrong")
    with pytest.raises(AccountLocked) as locked:
        change()
    assert 0 < locked.value.wait <= 900
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert SecurityEvent.objects.get().kind == EventKind.ACCOUNT_LOCKED
    change(at=later(ctx, minutes=15))


def test_they_count_together_with_those_at_sign_in(ctx, user, change, refused):
    for _ in range(2):
        assert not enters(ctx, user, "wrong")
        assert refused("wrong") == WRONG
    assert not enters(ctx, user, "wrong")
    with pytest.raises(AccountLocked):
        change()


def test_a_success_forgets_them(ctx, user, change, refused):
    for _ in range(4):
        refused("wrong")
    change()
    assert failures() == 0


def test_a_lock_by_staff_is_told_before_anything_else(ctx, change):
    Account.objects.update(staff_locked_at=ctx.now)
    for current in (PASSWORD, "wrong"):
        with pytest.raises(AccountLocked):
            change(current)


def test_while_others_are_being_checked_it_waits(ctx, change):
    Account.objects.update(failures=5, tried_at=ctx.now)
    with pytest.raises(AttemptsInFlight):
        change()


def test_who_has_no_password_knows_none(ctx, user, refused):
    user.set_unusable_password()
    user.save()
    hashers.runs.clear()
    assert refused("") == WRONG
    assert hashers.runs == ["encode"]
    assert failures() == 1


# What is wrong with the new one.


@pytest.mark.parametrize(
    ("new", "code"),
    [("qvxjw-z", "minimum_characters"), ("qwertyuiop", "password_too_common")],
)
def test_a_new_password_that_is_refused_counts_as_no_failure(refused, new, code):
    refused("wrong")
    for _ in range(10):
        assert refused(new=new) == {"password": code}
    assert failures() == 1, "and the wrong one stays counted"


def test_the_present_password_again_counts_as_no_failure(change):
    before = rows()
    for _ in range(10):
        with pytest.raises(PasswordUnchanged):
            change(new=PASSWORD)
    assert rows() == before
    assert failures() == 0


@once
@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("x" * 4097, NEW, WRONG),
        (PASSWORD, "x" * 4097, {"password": "max_length"}),
        ("x" * 4097, "x" * 4097, {"password": "max_length"}),
    ],
    ids=["the present", "the new", "both"],
)
def test_what_is_too_long_is_neither_hashed_nor_counted(refused, current, new, expected):
    hashers.runs.clear()
    assert refused(current, new) == expected
    assert hashers.runs == []
    assert failures() == 0


# Sessions.


@pytest.mark.parametrize("lifetimes", [None, KEEPS_REFRESH], ids=["rotating", "not rotating"])
def test_the_present_session_goes_on_and_the_others_end(ctx, user, change, enter, lifetimes):
    others = [enter(user) for _ in range(2)]
    present = enter(user, lifetimes=lifetimes)
    change(keep=present.tokens.session.pk)
    assert authenticate(ctx, access_token=present.tokens.access).user.pk == user.pk
    more = {"lifetimes": lifetimes} if lifetimes else {}
    tokens = refresh(ctx, refresh_token=present.tokens.refresh, **more)
    assert authenticate(later(ctx, seconds=1), access_token=tokens.access)
    for other in others:
        with pytest.raises(SessionEnded):
            authenticate(ctx, access_token=other.tokens.access)
        with pytest.raises(SessionEnded):
            refresh(ctx, refresh_token=other.tokens.refresh)
    ended = UserSession.objects.filter(ended_at=ctx.now, end_reason=SessionEnd.PASSWORD_CHANGED)
    assert ended.count() == 2


def test_all_end_where_none_is_to_be_kept(ctx, user, change, enter):
    signed = enter(user)
    change()
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)


def test_what_had_ended_already_is_not_revived(ctx, user, change, enter):
    over = enter(user)
    UserSession.objects.update(ended_at=ctx.now, end_reason=SessionEnd.SIGNED_OUT)
    change(keep=over.tokens.session.pk)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=over.tokens.access)
    assert UserSession.objects.get().end_reason == SessionEnd.SIGNED_OUT


def test_a_session_of_an_older_password_is_not_revived(ctx, user, change, enter):
    older = enter(user)
    get_user_model().objects.update(password=make_password(PASSWORD))
    change(keep=older.tokens.session.pk)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=older.tokens.access)


def test_the_sessions_of_others_go_on(ctx, make_user, enter):
    user, other = make_user(), make_user()
    theirs = enter(other)
    change_password(ctx, user=user, current=PASSWORD, new=NEW, keep=theirs.tokens.session.pk)
    assert refresh(ctx, refresh_token=theirs.tokens.refresh).refresh


def test_the_kept_session_ends_with_the_next_change(ctx, user, change, enter):
    first = enter(user)
    change(keep=first.tokens.session.pk)
    second = enter(user, password=NEW)
    change(NEW, "quite another 8", keep=second.tokens.session.pk)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=first.tokens.access)
    assert authenticate(ctx, access_token=second.tokens.access)


# Whatever was open to set a password ends.


def address_of(user):
    return user_fields().read(user, IdentifierKind.EMAIL)


def ask(ctx, user):
    request_pin(ctx, kind=IdentifierKind.EMAIL, value=address_of(user))
    return pin_for(Challenge.objects.get())


def verify(ctx, user, pin):
    return verify_pin(ctx, kind=IdentifierKind.EMAIL, value=address_of(user), pin=pin).secret


def test_a_pin_that_was_sent_is_over(ctx, user, change):
    pin = ask(ctx, user)
    change()
    with pytest.raises(PinInvalid):
        verify(ctx, user, pin)


def test_an_open_window_is_over(ctx, user, change):
    secret = verify(ctx, user, ask(ctx, user))
    change()
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=secret, password="quite another 8")
    assert enters(ctx, user, NEW)


def test_a_change_token_is_over(ctx, user, change):
    secret = secret_for(open_at_once(change_of(user), ctx, CHANGE_LIFETIME))
    change()
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=secret, password="quite another 8")


@pytest.mark.parametrize("again", [1, 2], ids=["back to the old one", "and further"])
def test_they_stay_over_when_the_old_password_comes_back(ctx, user, change, settings, again):
    settings.JWT_ACCOUNTS = {"PASSWORD_HISTORY": 0}
    secret = verify(ctx, user, ask(ctx, user))
    for current, new in [(PASSWORD, NEW), (NEW, PASSWORD), (PASSWORD, "quite another 8")][
        : again + 1
    ]:
        user.refresh_from_db()
        change(current, new)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=secret, password="a third one 9")


def test_a_pin_asked_for_afterwards_holds(ctx, user, change):
    ask(ctx, user)
    change()
    user.refresh_from_db()
    secret = verify(ctx, user, ask(ctx, user))
    reset_password(ctx, secret=secret, password="quite another 8")
    assert enters(ctx, user, "quite another 8")


# The owner is told.


def test_the_owner_is_told_at_the_stored_address(ctx, user, change, settings):
    settings.JWT_ACCOUNTS = {"SITE_NAME": "Example Shop"}
    (message,) = mailed(change)
    assert message.to == [address_of(user)]
    (html,) = message.alternatives
    for text in (message.body, html.content):
        assert ctx.ip in text
        assert "Example Shop" in text
        assert not [each for each in (PASSWORD, NEW, user.password) if each in text]


@pytest.mark.parametrize(
    ("current", "new"), [("wrong", NEW), (PASSWORD, "short"), (PASSWORD, "x" * 4097)], ids=len
)
def test_nobody_is_told_of_a_change_that_was_refused(refused, current, new):
    assert mailed(lambda: refused(current, new)) == []


@pytest.mark.django_db(transaction=True)
def test_nobody_is_told_of_a_change_that_was_not_committed(user, mailoutbox, monkeypatch, change):
    def broken(*_args, **_kwargs):
        raise RuntimeError("away")

    monkeypatch.setattr(SecurityEvent.objects, "record", broken)
    before = [list(get_user_model().objects.values()), list(PasswordHistory.objects.values())]
    with pytest.raises(RuntimeError, match="away"):
        change()
    assert mailoutbox == []
    after = [list(get_user_model().objects.values()), list(PasswordHistory.objects.values())]
    assert after == before


def test_who_has_no_address_changes_it_all_the_same(ctx, make_user):
    if user_fields().username is None:
        pytest.skip("here everybody has an address")
    user = make_user(email="")
    sent = mailed(lambda: change_password(ctx, user=user, current=PASSWORD, new=NEW))
    assert sent == []
    assert enters(ctx, user, NEW)


# In parallel.


@pytest.fixture
def meanwhile(settings):
    """``meanwhile(call)``: ``call()`` happens while the present password is checked."""
    settings.PASSWORD_HASHERS = ["tests.hosts.MeddlingHasher", "tests.hashers.OldHasher"]
    yield MeddlingHasher.calls.append
    assert MeddlingHasher.calls == []


def test_a_password_changed_meanwhile_stays(ctx, user, change, meanwhile):
    def other():
        change_password(ctx, user=user, current=PASSWORD, new="the other one 5")

    meanwhile(other)
    with pytest.raises(InvalidInput) as refused:
        change()
    assert {name: why[0].code for name, why in refused.value.fields.items()} == WRONG
    assert enters(ctx, user, "the other one 5")
    assert PasswordHistory.objects.count() == 1
    assert SecurityEvent.objects.count() == 1


def test_of_many_at_once_one_succeeds(ctx, user, change, meanwhile):
    """Each begins while the one before it is being checked."""
    outcomes = []

    def nested(number):
        if number:
            meanwhile(lambda: nested(number - 1))
        try:
            change(new=f"password number {number}")
            outcomes.append(number)
        except (InvalidInput, AttemptsInFlight):
            outcomes.append(None)

    nested(4)
    assert [each for each in outcomes if each is not None] == [0]
    assert enters(ctx, user, "password number 0")
    assert PasswordHistory.objects.count() == 1


def test_a_user_deleted_meanwhile_is_refused_like_a_wrong_password(user, change, meanwhile):
    meanwhile(lambda: get_user_model().objects.filter(pk=user.pk).delete())
    with pytest.raises(InvalidInput):
        change()
    assert not PasswordHistory.objects.exists()


def test_a_lock_that_begins_meanwhile_undoes_nothing(ctx, user, change, meanwhile):
    """The password was right when it was checked, and whoever knew it may change it."""
    meanwhile(lambda: Account.objects.update(failures=5, locked_at=ctx.now))
    change()
    assert enters(ctx, user, NEW)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("current", [PASSWORD, "wrong"])
def test_it_refuses_to_lose_its_count_with_a_callers_transaction(change, current):
    with pytest.raises(RuntimeError), transaction.atomic():
        change(current)
    assert failures() == 0
