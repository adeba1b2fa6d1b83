"""Django's own log-in: by password alone nobody comes in who has, or must have, a second factor."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from datetime import timedelta

import pytest
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.models import Permission
from django.contrib.auth.signals import user_login_failed
from django.core import mail
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from jwt_accounts.contrib.mfa.log_in import LogInForm
from jwt_accounts.contrib.mfa.models import RecoveryCode, SentCodeFactor
from jwt_accounts.models import Account
from jwt_accounts.policies.mfa import FACTOR_TRIES, FactorKind
from tests.admin.conftest import text_of
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import NOON, give_totp

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


def post(client, user, code="", password=PASSWORD):
    """Send the admin's form; what it says, or None where it lets in."""
    form = {"username": identifier_of(user), "password": password, "code": code}
    answer = client.post("/admin/login/?next=/admin/", form)
    if answer.status_code == 302:
        return None
    text = text_of(answer)
    assert answer.status_code == 200
    assert password not in text
    found = re.findall(r'class="errorlist"[^>]*>(.*?)</ul>|class="errornote">(.*?)</p>', text, re.S)
    told = " ".join(re.sub(r"<[^>]+>", " ", part) for pair in found for part in pair)
    return " ".join(told.split())


# The backend.


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


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_passes_the_code_on(staff):
    phone = give_totp(staff)
    name = {"username": identifier_of(staff), "password": PASSWORD}
    assert asyncio.run(aauthenticate(None, **name)) is None
    assert asyncio.run(aauthenticate(None, **name, otp_token=phone.code())) == staff


def test_basic_authentication_is_refused(staff):
    def ask():
        pair = b64encode(f"{identifier_of(staff)}:{PASSWORD}".encode()).decode()
        asked = RequestFactory().get("/", headers={"Authorization": f"Basic {pair}"})
        return BasicAuthentication().authenticate(Request(asked))

    assert ask()[0] == staff
    give_totp(staff)
    with pytest.raises(AuthenticationFailed):
        ask()


# The form.


def test_the_form_lets_in_with_password_and_code(client, staff, clock):
    assert post(client, staff) is None
    client.logout()
    phone = give_totp(staff)
    assert "password again, with a code" in post(client, staff)
    assert "This code is wrong" in post(client, staff, phone.wrong_code)
    assert client.get("/admin/").status_code == 302
    assert post(client, staff, f" {phone.code()[:3]} {phone.code()[3:]} ") is None
    assert client.get("/admin/").status_code == 200


def test_the_form_tells_nothing_to_who_does_not_know_the_password(client, staff, make_user):
    plain = make_user("plain", is_staff=True)
    give_totp(staff)
    pages = [client.get("/admin/login/").content.count(b"one-time-code")]
    said = {post(client, user, code, "wrong") for user in (staff, plain) for code in ("", "123456")}
    assert len(said) == 1
    assert "code" not in said.pop()
    assert pages == [1]


def test_the_form_tells_nothing_of_factors_to_who_is_no_staff(client, make_user):
    user = make_user("customer")
    give_totp(user)
    SentCodeFactor.objects.create(user=user, channel=str(FactorKind.EMAIL), confirmed=True)
    stranger = post(client, make_user("other"))
    assert post(client, user) == stranger
    assert mail.outbox == []


@pytest.mark.parametrize("why", ["demanded", "enrolment", "unconfirmed", "exhausted"])
def test_the_form_says_what_to_do(client, staff, make_role, settings, why):
    code = ""
    if why == "demanded":
        Account.objects.filter(user=staff).update(must_change_password=True)
    elif why == "enrolment":
        staff.groups.add(make_role("Careful", require_mfa=True))
    elif why == "unconfirmed":
        settings.JWT_ACCOUNTS = {"CONFIRMED_EMAIL_ONLY": True}
        Account.objects.filter(user=staff).update(awaits_confirmation=True)
    else:
        code = give_totp(staff).wrong_code
        Account.objects.filter(user=staff).update(
            factor_tries=FACTOR_TRIES, factor_tried_since=NOON - timedelta(minutes=5, seconds=1)
        )
    words = {
        "demanded": "password must be changed first",
        "enrolment": "set one up there",
        "unconfirmed": "Confirm your e-mail address",
        "exhausted": "Wait 10 minutes, or use a recovery code",
    }
    assert words[why] in post(client, staff, code)


@pytest.mark.django_db(transaction=True)
def test_who_gets_codes_by_e_mail_gets_one_for_the_right_password(client, staff):
    Account.objects.filter(user=staff).update(confirmed_email=account_of(staff).email)
    SentCodeFactor.objects.create(user=staff, channel=str(FactorKind.EMAIL), confirmed=True)
    post(client, staff, "", "wrong")
    assert mail.outbox == []
    assert "on its way" in post(client, staff)
    (message,) = mail.outbox
    assert message.to == [staff.email]
    (code,) = re.findall(r"\b\d{6}\b", message.body)
    assert post(client, staff, code) is None
    client.logout()
    assert "wrong, or was used before" in post(client, staff, code)


@once
def test_people_of_another_backend_are_asked_too(client, settings, make_user):
    ours = "jwt_accounts.backends.AccountBackend"
    settings.AUTHENTICATION_BACKENDS = [ours, "tests.hosts.FriendlyDirectoryBackend"]
    user = make_user("directory", password=None, is_staff=True)
    assert post(client, user, password="from the directory") is None
    client.logout()
    phone = give_totp(user)
    assert "with a code" in post(client, user, password="from the directory")
    assert "wrong" in post(client, user, phone.wrong_code, password="from the directory")
    assert post(client, user, phone.code(), password="from the directory") is None


@once
def test_the_form_is_for_other_log_in_pages_too(make_user):
    user = make_user()
    phone = give_totp(user)
    given = {"username": identifier_of(user), "password": PASSWORD}
    request = RequestFactory().post("/")
    assert LogInForm(request, {**given, "code": phone.code()}).is_valid()
    assert not LogInForm(RequestFactory().post("/"), given).is_valid()
    assert not LogInForm(None, given).is_valid()


# django-otp's own admin site.


@once
@pytest.mark.urls("tests.contrib.mfa.urls")
@pytest.mark.parametrize("form", ["theirs", "ours"])
def test_the_admin_site_of_django_otp_lets_in_by_our_form_alone(client, settings, staff, form):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_otp.middleware.OTPMiddleware"]
    address = reverse(f"{form}:index")
    client.force_login(staff)
    assert client.get(address).status_code == 302  # a session that showed no factor
    client.logout()
    phone = give_totp(staff)
    given = {"username": identifier_of(staff), "password": PASSWORD, "code": phone.code()}
    theirs = {"otp_device": phone.factor.persistent_id, "otp_token": phone.code()}
    client.post(reverse(f"{form}:login"), {**given, **theirs})
    assert client.get(address).status_code == (200 if form == "ours" else 302)


def test_rights_are_still_djangos(make_user):
    user = make_user()
    user.user_permissions.add(Permission.objects.first())
    entered = enter(user, otp_token=give_totp(user).code())
    assert entered.get_all_permissions()
