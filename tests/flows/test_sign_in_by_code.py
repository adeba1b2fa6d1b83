"""Sign in by a mailed code or link: what it is worth, for whom, how often and how long."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import transaction
from django.utils import timezone

from jwt_accounts.credentials.challenges import pin_for, secret_for
from jwt_accounts.errors import (
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    NotFound,
    PinExpired,
    PinInvalid,
    ResetInvalid,
    SessionLimitReached,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.confirm_email import confirm_email, confirm_email_by_code
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in_by_code import request_sign_in, sign_in_by_code, sign_in_by_link
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.policies.challenges import SIGN_IN_CODE
from jwt_accounts.types import IdentifierKind
from tests.clock import later
from tests.letters import FRONT, letter, letters, sent
from tests.recovery import NEW, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

MIKE, ANN = "mike@example.com", "ann@example.com"
EMAIL = IdentifierKind.EMAIL


@pytest.fixture(autouse=True)
def _wanted(settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": True}


@pytest.fixture
def user(make_user):
    return make_user("mike")


@pytest.fixture
def ask(ctx):
    """Ask for a message; the letter."""

    def send(email=MIKE, at=ctx):
        return letter(lambda: request_sign_in(at, email=email, link="sign-in#{token}"))

    return send


@pytest.fixture
def enter(ctx):
    def sign(code, email=MIKE, at=ctx):
        return sign_in_by_code(at, email=email, code=code)

    return sign


@pytest.fixture
def refused(enter):
    """Whether a code is refused, without a word of why."""

    def check(code, *args, **more):
        try:
            enter(code, *args, **more)
        except PinInvalid:
            return True
        return False

    return check


def row():
    return Challenge.objects.get(purpose=SIGN_IN_CODE.name)


# What it is worth.


def test_the_code_opens_a_session(ctx, user, ask, enter):
    found = ask("MIKE@Example.com")
    assert (found.to, found.about) == (MIKE, "sign_in_code")
    result = enter(found.code, " Mike@example.com")
    session = authenticate(ctx, access_token=result.tokens.access).session
    assert (session.user, session.methods, session.ip) == (user, ["email"], ctx.ip)
    assert result.password_expires_at is None
    user.refresh_from_db()
    assert user.last_login == ctx.now


def test_the_link_opens_one_too(ctx, user, ask):
    found = ask()
    assert found.link == f"{FRONT}sign-in#{found.token}"
    result = sign_in_by_link(ctx, token=found.token)
    assert (result.user, UserSession.objects.get().methods) == (user, ["email"])


def test_code_and_link_are_good_once_both_together(ctx, user, ask, enter, refused):
    found = ask()
    enter(found.code)
    assert refused(found.code)
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=found.token)
    found = ask()
    sign_in_by_link(ctx, token=found.token)
    assert refused(found.code)
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=found.token)
    assert UserSession.objects.count() == 2


def test_a_new_message_cancels_the_older_one(ctx, user, ask, refused):
    old, new = ask(), ask()
    while old.code == new.code:
        new = ask()
    assert refused(old.code)
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=old.token)
    assert not refused(new.code)


def test_no_code_and_no_address_is_stored(user, ask):
    found = ask()
    stored = repr(Challenge.objects.values().get())
    assert not any(each in stored for each in (found.code, found.token, "mike"))


def test_where_the_site_does_not_want_it_nothing_is_known_of_it(ctx, user, ask, enter, settings):
    found = ask()
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": False}
    with pytest.raises(NotFound):
        request_sign_in(ctx, email=MIKE)
    with pytest.raises(NotFound):
        enter(found.code)
    with pytest.raises(NotFound):
        sign_in_by_link(ctx, token=found.token)
    assert row().tries_left == 5


# The limits: those of PINs.


def test_five_tries_a_code(user, ask, refused):
    code = ask().code
    assert all(refused(wrong(code, step)) for step in range(1, 6))
    assert refused(code)
    assert row().tries_left == 0


def test_twenty_tries_a_day_and_the_link_holds_still(ctx, user, ask, refused):
    for _ in range(4):
        code = ask().code
        assert all(refused(wrong(code, step)) for step in range(1, 6))
    found = ask()
    assert refused(found.code)
    assert sign_in_by_link(ctx, token=found.token).user == user
    # Who came in is the owner: nobody else uses the limits up for them.
    assert not refused(ask().code)


def test_a_day_later_there_are_twenty_more(ctx, user, ask, refused):
    for _ in range(4):
        code = ask().code
        assert all(refused(wrong(code, step)) for step in range(1, 6))
    tomorrow = later(ctx, hours=24)
    assert not refused(ask(at=tomorrow).code, at=tomorrow)


def test_ten_messages_an_hour_and_the_last_one_stays_valid(ctx, user, ask, enter):
    found = [ask() for _ in range(10)]
    assert letters(lambda: request_sign_in(ctx, email=MIKE)) == []
    assert enter(found[-1].code).user == user
    # The limits begin afresh: eleven sign-ins within the hour are a busy day, and no attack.
    assert ask().about == "sign_in_code"


@pytest.mark.parametrize(("seconds", "holds"), [(599, True), (600, False)])
def test_both_hold_ten_minutes(ctx, user, ask, enter, seconds, holds):
    found, at = ask(), later(ctx, seconds=seconds)
    if holds:
        assert enter(found.code, at=at).user == user
        return
    with pytest.raises(LinkExpired):
        sign_in_by_link(at, token=found.token)
    with pytest.raises(PinExpired):
        enter(found.code, at=at)
    with pytest.raises(PinInvalid):
        enter(wrong(found.code), at=at)
    assert not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_try_is_committed_before_anything_is_compared(user, ask, enter, monkeypatch):
    code = ask().code

    def crash(_row, _code):
        raise KeyboardInterrupt

    monkeypatch.setattr("jwt_accounts.flows.sign_in_by_code.is_right_pin", crash)
    with pytest.raises(KeyboardInterrupt):
        enter(code)
    assert row().tries_left == 4


def test_a_callers_transaction_is_refused_rather_than_the_count_lost(ctx, user, ask, enter):
    found = ask()
    for code in (found.code, wrong(found.code)):
        with pytest.raises(RuntimeError), transaction.atomic():
            enter(code)
    with pytest.raises(RuntimeError), transaction.atomic():
        sign_in_by_link(ctx, token=found.token)
    assert not UserSession.objects.exists()


def test_a_session_too_many_leaves_the_code(ctx, user, ask, enter, settings):
    limits = {"SESSION_LIMIT": 1, "SESSION_LIMIT_ACTION": "refuse"}
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **limits}
    enter(ask().code)
    code = ask().code
    with pytest.raises(SessionLimitReached):
        enter(code)
    UserSession.objects.update(ended_at=ctx.now)
    assert enter(code).user == user


# For whom, and for nothing else.


def test_the_code_of_one_is_worth_nothing_for_another(user, make_user, ask, refused):
    make_user("ann")
    mine, other = ask(), ask(ANN)
    while other.code == mine.code:
        other = ask(ANN)
    assert refused(mine.code, ANN)
    assert refused(other.code, MIKE)


def test_what_was_sent_for_something_else_signs_nobody_in(ctx, user, ask, refused):
    ask()
    Account.objects.filter(user=user).update(unproved="email", awaits_confirmation=True)
    for row_of in ("recovery", "reset_link", "confirm_email", "factor_code", "presence_code"):
        Challenge.objects.update(purpose=row_of)
        with pytest.raises(LinkInvalid):
            sign_in_by_link(ctx, token=secret_for(Challenge.objects.get()))
    Challenge.objects.all().delete()
    request_pin(ctx, kind=EMAIL, value=MIKE)
    assert refused(pin_for(Challenge.objects.get()))


def test_it_is_worth_nothing_for_anything_else(ctx, user, ask):
    found = ask()
    with pytest.raises(PinInvalid):
        verify_pin(ctx, kind=EMAIL, value=MIKE, pin=found.code)
    with pytest.raises(PinInvalid):
        confirm_email_by_code(ctx, email=MIKE, code=found.code)
    with pytest.raises(LinkInvalid):
        confirm_email(ctx, token=found.token)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=found.token, password=NEW)


def inactive(user):
    user.is_active = False
    user.save()


def locked_by_staff(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def two_have_it(user):
    other = get_user_model().objects.exclude(pk=user.pk).get()
    Account.objects.filter(user=other).update(email=Account.objects.get(user=user).email)


def deleted(user):
    user.delete()


@pytest.mark.parametrize("state", [inactive, locked_by_staff, two_have_it, deleted])
def test_these_get_none_and_what_they_have_is_over(ctx, user, make_user, ask, refused, state):
    make_user("ann")
    found = ask()
    state(user)
    assert refused(found.code)
    if state is not two_have_it:  # the link names the account
        with pytest.raises(LinkInvalid):
            sign_in_by_link(ctx, token=found.token)
    assert sent(lambda: request_sign_in(ctx, email=MIKE)) == []
    assert not UserSession.objects.exists()


def test_whoever_changed_the_address_or_the_password_meanwhile_ended_it(ctx, user, ask, refused):
    found = ask()
    user.set_password(NEW)
    user.save()
    assert refused(found.code)
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=found.token)
    found = ask()
    user.email = ANN
    user.save()
    assert refused(found.code)
    assert refused(found.code, ANN)
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=found.token)


@once
@pytest.mark.parametrize("value", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(ctx, db, enter, value):
    with pytest.raises(InvalidInput):
        request_sign_in(ctx, email=value)
    with pytest.raises(InvalidInput):
        enter("000000", value)


def test_nobody_is_sent_nothing_and_not_even_the_derived_code_signs_in(ctx, db, refused):
    request_sign_in(ctx, email="nobody@example.com")
    assert mail.outbox == []
    assert refused(pin_for(row()), "nobody@example.com")
    with pytest.raises(LinkInvalid):
        sign_in_by_link(ctx, token=secret_for(row()))


def test_without_a_front_end_the_message_holds_a_code_alone(ctx, user, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "FRONTEND_URL": ""}
    found = letter(lambda: request_sign_in(ctx, email=MIKE, link="sign-in#{token}"))
    assert found.link == ""
    assert sign_in_by_code(ctx, email=MIKE, code=found.code).user == user
