"""Django's own log-in: by password alone nobody comes in who has, or must have, a second factor."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.test import RequestFactory
from django_otp.plugins.otp_static.models import StaticDevice
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from jwt_accounts.contrib.mfa.models import RecoveryCode
from jwt_accounts.models import Account
from jwt_accounts.policies.mfa import FACTOR_TRIES
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


@pytest.fixture
def staff(make_user):
    return make_user("staff", is_staff=True, is_superuser=True)


def account_of(user):
    return Account.objects.get(user=user)


def enter(user, password=PASSWORD, **more):
    request = RequestFactory().post("/")
    return authenticate(request, username=identifier_of(user), password=password, **more)


def test_the_password_alone_lets_nobody_in_who_has_a_second_factor(staff, caplog):
    phone = give_totp(staff)
    assert enter(staff) is None
    assert f"A log-in of user {staff.pk} was refused: mfa_required" in caplog.text
    assert enter(staff, otp_token=phone.wrong_code) is None
    assert enter(staff, otp_token=phone.code()) == staff
    assert enter(staff, otp_token=phone.code()) is None  # the same code again
    assert enter(staff, otp_token=phone.recovery_codes[3]) == staff
    assert enter(staff, otp_token=phone.recovery_codes[3]) is None
    assert PASSWORD not in caplog.text
    assert phone.code() not in caplog.text


def test_a_factor_that_was_never_confirmed_is_not_asked_for(staff):
    give_totp(staff, confirmed=False, with_codes=False)
    assert enter(staff) == staff


@once
def test_a_device_of_another_plug_in_is_asked_for_too(staff):
    device = StaticDevice.objects.create(user=staff, name="sheet")
    device.token_set.create(token="drawer")
    assert enter(staff) is None
    assert enter(staff, otp_token="drawer") == staff
    assert enter(staff, otp_token="drawer") is None


def test_a_refused_right_password_is_no_failure_and_forgets_none(staff):
    phone = give_totp(staff)
    enter(staff, "wrong")
    for code in ("", phone.wrong_code, *[""] * 6):
        assert enter(staff, otp_token=code) is None
    assert account_of(staff).failures == 1
    assert account_of(staff).factor_tries == 1
    assert enter(staff, otp_token=phone.code()) == staff
    assert account_of(staff).failures == 0


def test_a_code_is_not_looked_at_before_the_password_is_right(staff):
    phone = give_totp(staff)
    told = []
    user_login_failed.connect(keep := lambda credentials, **_: told.append(credentials))
    try:
        assert enter(staff, "wrong", otp_token=phone.recovery_codes[0]) is None
    finally:
        user_login_failed.disconnect(keep)
    assert not RecoveryCode.objects.filter(used_at__isnull=False).exists()
    assert phone.recovery_codes[0] not in told[0].values()
    assert enter(staff, otp_token=phone.recovery_codes[0]) == staff


def test_guesses_are_limited_over_all_log_ins_and_a_recovery_code_still_counts(staff, clock):
    phone = give_totp(staff)
    for _ in range(FACTOR_TRIES):
        assert enter(staff, otp_token=phone.wrong_code) is None
    assert enter(staff, otp_token=phone.code()) is None
    assert enter(staff, otp_token=phone.recovery_codes[0]) == staff
    clock.shift(timedelta(minutes=16))
    assert enter(staff, otp_token=phone.code()) == staff


@once
@pytest.mark.parametrize("code", ["\x00", "x" * 65, "\ud800", "١٢٣٤٥٦", 7, None, ["1"], b"123456"])
def test_what_can_be_no_code_is_refused(staff, code):
    give_totp(staff)
    assert enter(staff, otp_token=code) is None


def test_who_must_have_a_factor_and_has_none_is_refused(make_user, make_role, caplog):
    make_role("Careful", require_mfa=True)
    user = make_user(groups=["Careful"])
    assert enter(user) is None
    assert f"user {user.pk} was refused: mfa_enrolment_required" in caplog.text
    assert account_of(user).failures == 0
    assert enter(user, otp_token=give_totp(user).code()) == user


def test_the_second_factor_comes_before_what_is_told_of_the_password(staff, caplog):
    phone = give_totp(staff)
    Account.objects.filter(user=staff).update(must_change_password=True)
    assert enter(staff) is None
    assert "demanded" not in caplog.text
    assert enter(staff, otp_token=phone.code()) is None
    assert "was refused: demanded" in caplog.text


def test_who_is_disabled_uses_up_no_code(staff):
    phone = give_totp(staff)
    get_user_model().objects.filter(pk=staff.pk).update(is_active=False)
    assert enter(staff, otp_token=phone.recovery_codes[0]) is None
    assert not RecoveryCode.objects.filter(used_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_inside_a_callers_transaction_wrong_codes_are_counted_with_it(staff):
    phone = give_totp(staff)
    with transaction.atomic():
        assert enter(staff, otp_token=phone.wrong_code) is None
    assert account_of(staff).factor_tries == 1
    assert enter(staff, otp_token=phone.code()) == staff


def test_asynchronous_code_passes_the_code_on(staff):
    phone = give_totp(staff)
    ask = async_to_sync(aauthenticate)
    name = {"username": identifier_of(staff), "password": PASSWORD}
    assert ask(None, **name) is None
    assert ask(None, **name, otp_token=phone.code()) == staff


def test_basic_authentication_is_refused(staff):
    def ask():
        pair = b64encode(f"{identifier_of(staff)}:{PASSWORD}".encode()).decode()
        asked = RequestFactory().get("/", headers={"Authorization": f"Basic {pair}"})
        return BasicAuthentication().authenticate(Request(asked))

    assert ask()[0] == staff
    give_totp(staff)
    with pytest.raises(AuthenticationFailed):
        ask()


def test_rights_are_still_djangos(make_user):
    user = make_user()
    user.user_permissions.add(Permission.objects.first())
    entered = enter(user, otp_token=give_totp(user).code())
    assert entered.get_all_permissions()
