"""The log-in form of the admin, with a field for the code; sessions that were open before."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.admin import AdminSite
from django.core import mail
from django.test import RequestFactory
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY

from jwt_accounts.contrib.mfa.log_in import LogInForm, ask_for_code
from jwt_accounts.contrib.mfa.models import SentCodeFactor
from jwt_accounts.models import Account
from jwt_accounts.policies.mfa import FACTOR_TRIES, FactorKind
from tests.admin.conftest import text_of
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import NOON, give_totp
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]
once = pytest.mark.once


@pytest.fixture
def staff(make_user):
    return make_user("staff", is_staff=True, is_superuser=True)


def account_of(user):
    return Account.objects.get(user=user)


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


# Sessions of the admin that were open before.


def test_a_session_from_before_the_factor_shows_it_first(client, staff, clock):
    assert post(client, staff) is None
    assert client.get("/admin/").status_code == 200
    phone = give_totp(staff)
    refused = client.get("/admin/", follow=True)
    assert refused.redirect_chain == [("/admin/login/?next=/admin/", 302)]
    assert "have not shown your second factor here" in text_of(refused)
    assert post(client, staff, phone.code()) is None
    assert client.get("/admin/").status_code == 200
    phone.factor.delete()
    assert client.get("/admin/").status_code == 200, "there is none any more"
    other = give_totp(staff)
    assert client.get("/admin/").status_code == 302, "and this one was not shown"
    clock.shift(30)
    assert post(client, staff, other.code()) is None
    assert client.get("/admin/").status_code == 200


def test_a_session_is_over_when_a_role_begins_to_ask(client, make_user, make_role):
    user = make_user(is_staff=True)
    assert post(client, user) is None
    user.groups.add(make_role("Careful", require_mfa=True))
    assert client.get("/admin/").status_code == 302
    assert "set one up there" in post(client, user)


@once
def test_a_device_of_somebody_else_shows_nothing(client, staff, make_user):
    assert post(client, staff) is None
    own, other = give_totp(staff), give_totp(make_user())
    unconfirmed = give_totp(staff, confirmed=False, with_codes=False)
    session = client.session
    for named in (other.factor.persistent_id, unconfirmed.factor.persistent_id, "x", "a.b/0"):
        session[DEVICE_ID_SESSION_KEY] = named
        session.save()
        assert client.get("/admin/").status_code == 302
    session[DEVICE_ID_SESSION_KEY] = own.factor.persistent_id
    session.save()
    assert client.get("/admin/").status_code == 200


@once
def test_sessions_that_another_backend_opened_go_on(client, settings, staff):
    ours = "jwt_accounts.backends.AccountBackend"
    theirs = "django.contrib.auth.backends.RemoteUserBackend"
    settings.AUTHENTICATION_BACKENDS = [ours, theirs]
    give_totp(staff)
    client.force_login(staff, backend=theirs)
    assert client.get("/admin/").status_code == 200


@once
def test_a_site_that_is_told_twice_asks_once(client, staff, rf):
    site = AdminSite()
    ask_for_code(site)
    asked = site.has_permission
    ask_for_code(site)
    assert site.has_permission is asked
    client.force_login(staff)
    with statements() as before:
        client.get("/admin/")
    client.post("/admin/logout/")
    assert post(client, staff, give_totp(staff).code()) is None
    with statements() as after:
        client.get("/admin/")
    assert len(after) <= len(before)


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
