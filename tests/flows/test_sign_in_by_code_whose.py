"""Sign in by a mailed code: whatever the account's password, address and second factors are."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.mfa.models import RecoveryCode, SentCodeFactor
from jwt_accounts.contrib.mfa.recovery import make_codes
from jwt_accounts.errors import (
    AccountLocked,
    CodeInvalid,
    SecondFactorRequired,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.register import register
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.second_step import take_second_step
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.sign_in_by_code import request_sign_in, sign_in_by_code
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge, SecurityEvent, UserSession
from jwt_accounts.policies.challenges import SIGN_IN_CODE
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import Answer, user_has_factor
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.letters import PAGE, letter, letters
from tests.recovery import NEW
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core]

MIKE = "mike@example.com"
WANTED = {"PASSWORDLESS": True}


@pytest.fixture(autouse=True)
def _wanted(settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **WANTED}


@pytest.fixture
def user(make_user):
    return make_user("mike")


@pytest.fixture
def enter(ctx):
    """Ask for a message and sign in by its code."""

    def sign(at=ctx):
        found = letter(lambda: request_sign_in(at, email=MIKE, link=PAGE))
        return sign_in_by_code(at, email=MIKE, code=found.code)

    return sign


def present():
    return Challenge.objects.get(purpose=SIGN_IN_CODE.name)


# The password.


def test_the_password_is_not_asked_for_whatever_its_state(ctx, user, enter, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORD_EXPIRATION": 86400}
    old = later(ctx, days=-9).now
    Account.objects.filter(user=user).update(password_changed_at=old, must_change_password=True)
    result = enter()
    assert refresh(later(ctx, minutes=1), refresh_token=result.tokens.refresh)
    user.set_unusable_password()
    user.save()
    assert isinstance(enter(), SignedIn)


def test_the_lock_of_wrong_passwords_is_of_the_password(ctx, user, enter):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert isinstance(enter(), SignedIn)
    assert Account.objects.get(user=user).failures == 0


# Whose address it is.


def test_an_address_that_nobody_was_asked_to_confirm_is_confirmed(ctx, user, enter):
    before = user.password
    enter()
    assert Account.objects.get(user=user).email_is_confirmed
    user.refresh_from_db()
    assert user.password == before  # the host vouched for it


@pytest.fixture
def squat(ctx, db):
    """Mallory registered with Mike's address, and signed in."""
    profile = Profile(username="mallory", email=MIKE)
    letters(lambda: register(ctx, profile=profile, password=PASSWORD, confirms=True, link=PAGE))
    return sign_in(ctx, identifier=MIKE, password=PASSWORD)


@pytest.mark.parametrize("confirmed_only", [False, True])
def test_a_squatter_is_out_when_the_owner_comes_in(ctx, squat, enter, settings, confirmed_only):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CONFIRMED_EMAIL_ONLY": confirmed_only}
    phone = give_totp(squat.user)
    result = enter()
    assert authenticate(ctx, access_token=result.tokens.access).session.methods == ["email"]
    account = Account.objects.get()
    assert (account.email_is_confirmed, account.unproved) == (True, "")
    # Sessions, the password, second factors and what was asked for.
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=squat.tokens.access)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=squat.tokens.refresh)
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=MIKE, password=PASSWORD)
    assert not user_has_factor(phone.user)
    assert not RecoveryCode.objects.exists()
    assert not Challenge.objects.filter(used_at__isnull=True).exists()
    kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
    assert {EventKind.ACCOUNT_RECLAIMED, EventKind.EMAIL_CONFIRMED} <= kinds


def test_who_took_an_account_back_is_told_and_chooses_a_password_by_recovery(ctx, squat):
    found = letter(lambda: request_sign_in(ctx, email=MIKE, link=PAGE))
    notes = letters(lambda: sign_in_by_code(ctx, email=MIKE, code=found.code))
    assert ("password_changed", MIKE) in [(each.about, each.to) for each in notes]
    found = letter(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value=MIKE))
    window = verify_pin(ctx, kind=IdentifierKind.EMAIL, value=MIKE, pin=found.code)
    reset_password(ctx, secret=window.secret, password=NEW)
    assert sign_in(ctx, identifier=MIKE, password=NEW)


def test_a_second_sign_in_takes_nothing_back(ctx, squat, enter):
    enter()
    before = get_user_model().objects.get().password
    result = enter()
    assert get_user_model().objects.get().password == before
    assert authenticate(ctx, access_token=result.tokens.access)


# Second factors.


def test_a_second_factor_is_asked_for_all_the_same(ctx, user, enter):
    phone = give_totp(user, with_codes=False)
    step = enter()
    assert isinstance(step, MfaRequired)
    assert step.factors == (FactorKind.TOTP,)
    assert not UserSession.objects.exists()
    result = take_second_step(ctx, token=step.token, answer=Answer(code=phone.code()))
    assert isinstance(result, SignedIn)
    assert UserSession.objects.get().methods == ["email", "otp", "mfa"]


def test_wrong_passwords_of_others_stop_no_second_step(ctx, user, enter):
    phone = give_totp(user, with_codes=False)
    step = enter()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")
    answer = Answer(code=phone.code())
    assert isinstance(take_second_step(ctx, token=step.token, answer=answer), SignedIn)


def test_a_lock_by_staff_stops_it(ctx, user, enter):
    phone = give_totp(user, with_codes=False)
    step = enter()
    Account.objects.filter(user=user).update(staff_locked_at=ctx.now)
    with pytest.raises(AccountLocked):
        take_second_step(ctx, token=step.token, answer=Answer(code=phone.code()))


def test_the_mailbox_is_not_proved_twice(ctx, user, enter):
    SentCodeFactor.objects.create(user=user, name="mail", channel="email", confirmed=True)
    with pytest.raises(SecondFactorRequired) as refused:
        enter()
    assert refused.value.extra == {"factors": []}
    assert "password" in refused.value.text
    # Nothing was begun, and nothing is used up.
    assert (present().used_at, present().sent) == (None, 1)
    assert not UserSession.objects.exists()
    codes = make_codes(ctx, user.pk)
    step = enter()
    assert step.factors == (FactorKind.RECOVERY_CODE,)
    with pytest.raises(CodeInvalid):
        take_second_step(ctx, token=step.token, answer=Answer(code="000000"))
    result = take_second_step(ctx, token=step.token, answer=Answer(code=codes[0]))
    assert isinstance(result, SignedIn)


def test_a_role_that_asks_for_a_factor_asks_for_it_here(user, enter, make_role):
    user.groups.add(make_role("Cashier", require_mfa=True))
    assert isinstance(enter(), MfaEnrolmentRequired)
    assert not UserSession.objects.exists()
