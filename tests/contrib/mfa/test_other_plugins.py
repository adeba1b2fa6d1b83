"""Devices of the host's other django-otp plug-ins: asked for, and taken, like ours."""

from __future__ import annotations

from binascii import hexlify

import pytest
from django.core import mail
from django_otp.oath import TOTP
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from jwt_accounts.models import Account
from jwt_accounts.second_factors import factor_tables, user_has_factor
from tests.api.conftest import fields, problem
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]

KEY = b"a key of twenty byte"
ONCE = "abcdefgh"


def generator(user, *, confirmed=True):
    """A TOTPDevice; what its app shows."""
    TOTPDevice.objects.create(user=user, confirmed=confirmed, key=hexlify(KEY).decode())
    return lambda: f"{TOTP(KEY).token():06d}"


def sheet(user, *, confirmed=True):
    """A StaticDevice of one token."""
    StaticDevice.objects.create(user=user, confirmed=confirmed).token_set.create(token=ONCE)
    return lambda: ONCE


def mailbox(user, *, confirmed=True):
    """An EmailDevice; the token that it sends when it is asked."""
    device = EmailDevice.objects.create(user=user, confirmed=confirmed, email="own@example.com")

    def read():
        if confirmed:
            device.refresh_from_db()
        return device.token or "000000"

    return read


PLUG_INS = [generator, sheet, mailbox]


def ask(api, token):
    body = {"challenge_token": token, "factor": "other"}
    return api("POST", "sign-in/second-step/send/", body)


def test_all_plug_ins_are_known():
    assert {TOTPDevice, StaticDevice, EmailDevice} <= set(factor_tables())


@pytest.mark.parametrize("give", PLUG_INS)
def test_a_device_is_asked_for_and_signs_in_once(api, user, give, first_step, second_step):
    read = give(user)
    assert user_has_factor(user)
    answer = api.sign_in(user)
    assert problem_of(answer)["factors"] == ["other"]
    token = answer.json()["challenge_token"]
    if give is mailbox:
        assert ask(api, token).status_code == 202
        assert [each.to for each in mail.outbox] == [["own@example.com"]]
    code = read()
    answer = second_step(token, code)
    assert answer.status_code == 200
    assert Account.objects.get(user=user.pk).factor_tries == 0
    problem(second_step(first_step(user), code), 400, "code_invalid")


@pytest.mark.parametrize("give", PLUG_INS)
def test_a_device_that_is_not_confirmed_is_neither_asked_for_nor_taken(
    api, user, give, first_step, second_step
):
    read = give(user, confirmed=False)
    assert not user_has_factor(user)
    assert api.sign_in(user).status_code == 200
    give_totp(user)
    problem(second_step(first_step(user), read()), 400, "code_invalid")
    assert api.sign_in(user).json()["factors"] == ["totp", "recovery_code"]


@pytest.mark.parametrize("give", PLUG_INS)
def test_the_device_of_another_user_is_not_taken(make_user, give, first_step, second_step, api):
    ann, bob = make_user(), make_user()
    give(ann)
    read = give_static(bob)
    problem(second_step(first_step(ann), read()), 400, "code_invalid")
    assert second_step(first_step(bob), read()).status_code == 200


def give_static(user):
    device = StaticDevice.objects.create(user=user, confirmed=True)
    device.token_set.create(token="hgfedcba")
    return lambda: "hgfedcba"


def test_it_is_throttled_by_the_plug_in_and_by_us(user, first_step, second_step, clock):
    read = generator(user)
    token = first_step(user)
    problem(second_step(token, "000000"), 400, "code_invalid")
    # The plug-in waits for a second after the first wrong code: not even the right one helps.
    problem(second_step(token, read()), 400, "code_invalid")
    assert Account.objects.get(user=user.pk).factor_tries == 2
    clock.shift(2)
    assert second_step(token, read()).status_code == 200
    Account.objects.filter(user=user.pk).update(factor_tries=20)
    clock.shift(60)
    refusal = second_step(first_step(user), read())
    problem(refusal, 429, "codes_exhausted")


def test_ours_and_theirs_are_asked_for_together(user, first_step, second_step, api, clock):
    read, someone = generator(user), give_totp(user)
    assert api.sign_in(user).json()["factors"] == ["totp", "recovery_code", "other"]
    assert second_step(first_step(user), someone.code()).status_code == 200
    assert second_step(first_step(user), read()).status_code == 200


def test_an_older_session_ends_once_a_plug_in_has_a_device(api, user):
    tokens = api.tokens(user)
    sheet(user)
    answer = api("POST", "token/refresh/", {"refresh": tokens["refresh"]})
    problem(answer, 401, "session_ended")
    assert api("GET", "me/", token=tokens["access"]).status_code == 401


def test_a_device_that_sends_nothing_is_not_asked_to(api, user, first_step):
    generator(user)
    assert fields(ask(api, first_step(user))) == {"factor": "invalid"}


def test_a_second_request_in_a_moment_and_a_mail_that_fails_tell_nothing(
    api, user, first_step, monkeypatch, clock
):
    mailbox(user)
    token = first_step(user)
    assert [ask(api, token).status_code for _ in range(2)] == [202, 202]
    assert len(mail.outbox) == 1

    def away(*_args, **_kwargs):
        raise OSError("no mail today")

    monkeypatch.setattr(EmailDevice, "generate_challenge", away)
    clock.shift(240)
    assert ask(api, token).status_code == 202


def test_staff_takes_those_away_too(api, user, root):
    for give in PLUG_INS:
        give(user)
    answer = api("DELETE", f"users/{user.pk}/factors/", token=api.access(root))
    assert answer.status_code == 204
    assert not user_has_factor(user)
    assert api.sign_in(user).status_code == 200


def problem_of(answer):
    assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required")
    return answer.json()
