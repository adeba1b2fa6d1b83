"""Codes by e-mail and SMS: where they go, for which step they are good, and how often."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.mfa.models import SentCodeFactor
from jwt_accounts.models import Account, Challenge
from jwt_accounts.types import IdentifierKind
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD
from tests.letters import letter, letters
from tests.recovery import Texts, give_phone, mailed, pin_in, wrong
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

NUMBER = "+40771694307"


@pytest.fixture
def texts(settings, tmp_path):
    found = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **found.settings}
    return found


@pytest.fixture
def mailing(make_user):
    """A factory of users whose second factor is a code by e-mail, or by ``channel``."""

    def make(name="", *, channel="email"):
        user = make_user(name)
        SentCodeFactor.objects.create(user=user, channel=channel, name="", confirmed=True)
        return user

    return make


@pytest.fixture
def send(api):
    def ask(token, factor="email"):
        body = {"challenge_token": token, "factor": factor}
        return api("POST", "sign-in/second-step/send/", body)

    return ask


@pytest.fixture
def code_for(send):
    """Have a code sent, and read it."""
    return lambda token: letter(lambda: send(token)).code


def test_a_code_goes_to_the_stored_address_and_signs_in_once(
    mailing, first_step, second_step, send
):
    user = mailing("ann")
    token = first_step(user)
    sent = letter(lambda: send(token))
    assert (sent.to, sent.about, sent.link) == ("ann@example.com", "factor_code", "")
    answer = second_step(token, sent.code)
    assert answer.status_code == 200
    problem(second_step(token, sent.code), 404, "challenge_invalid")
    problem(second_step(first_step(user), sent.code), 400, "code_invalid")


def test_a_code_goes_to_the_stored_number(user, texts, first_step, second_step, send):
    give_phone(user, NUMBER)
    SentCodeFactor.objects.create(user=user, channel="sms", name="", confirmed=True)
    token = first_step(user)
    assert mailed(lambda: send(token, "sms")) == []
    (text,) = texts.new()
    assert NUMBER in text
    assert second_step(token, pin_in(text.replace(NUMBER, ""))).status_code == 200


def test_nothing_in_the_request_says_where_it_goes(mailing, first_step, api):
    body = {"challenge_token": first_step(mailing("ann")), "factor": "email"}
    planted = {"to": "eve@example.com", "email": "eve@example.com", "phone": "+40700000000"}
    sent = letter(lambda: api("POST", "sign-in/second-step/send/", {**body, **planted}))
    assert sent.to == "ann@example.com"


@pytest.mark.parametrize("kind", [IdentifierKind.EMAIL, IdentifierKind.PHONE])
def test_nothing_is_sent_to_what_nobody_has_confirmed(
    user, texts, first_step, send, second_step, kind
):
    give_phone(user, NUMBER)
    channel = "email" if kind is IdentifierKind.EMAIL else "sms"
    SentCodeFactor.objects.create(user=user, channel=channel, name="", confirmed=True)
    Account.objects.filter(user=user.pk).update(unproved=str(kind))
    token = first_step(user)
    assert letters(lambda: send(token, channel)) == []
    assert texts.new() == []
    assert not Challenge.objects.filter(purpose="factor_code").exists()
    problem(second_step(token, "000000"), 400, "code_invalid")


def test_a_code_for_one_step_is_of_no_use_in_another(mailing, first_step, second_step, code_for):
    """ASVS 6.6.2: another step of the same user, and the same step of another."""
    ann, bob = mailing("ann"), mailing("bob")
    mine, later, his = first_step(ann), first_step(ann), first_step(bob)
    code = code_for(mine)
    problem(second_step(later, code), 400, "code_invalid")
    problem(second_step(his, code), 400, "code_invalid")
    assert second_step(mine, code).status_code == 200


def test_a_newer_code_takes_the_place_of_the_older(
    mailing, first_step, second_step, code_for, clock
):
    token = first_step(mailing())
    older = code_for(token)
    clock.shift(61)
    newer = code_for(token)
    if older != newer:
        problem(second_step(token, older), 400, "code_invalid")
    assert second_step(token, newer).status_code == 200


def test_an_old_code_is_none(mailing, first_step, second_step, code_for, api, clock):
    """A step is over before; in a session the code is."""
    user = mailing()
    token = first_step(user)
    tokens = second_step(token, code_for(token)).json()
    body, access = {"factor": "email"}, tokens["access"]
    code = letter(lambda: api("POST", "reauthenticate/send/", body, token=access)).code
    clock.shift(10 * 60)
    access = api("POST", "token/refresh/", {"refresh": tokens["refresh"]}).json()["access"]
    again = {"current_password": PASSWORD, "code": code}
    problem(api("POST", "reauthenticate/", again, token=access), 400, "code_invalid")
    clock.shift(-1)
    assert api("POST", "reauthenticate/", again, token=access).status_code == 200


def test_a_code_may_be_tried_five_times(mailing, api, code_for, user, clock):
    """In the session too, whose step has no tries of its own."""
    SentCodeFactor.objects.create(user=user, channel="email", name="", confirmed=False)
    access = api.access(user)
    begun = api("GET", "factors/", token=access).json()["factors"][0]["id"]
    path = f"factors/{begun}/confirm/"
    code = letter(lambda: api("POST", "factors/email/", {}, token=access)).code
    for step in range(1, 6):
        answer = api("POST", path, {"code": wrong(code, step)}, token=access)
        problem(answer, 400, "code_invalid")
    problem(api("POST", path, {"code": code}, token=access), 400, "code_invalid")
    clock.shift(61)
    code = letter(lambda: api("POST", "factors/email/", {}, token=access)).code
    assert api("POST", path, {"code": code}, token=access).status_code == 200


def test_a_right_code_is_none_of_a_days_tries(mailing, first_step, second_step, code_for, clock):
    user = mailing()
    for _ in range(25):
        token = first_step(user)
        assert second_step(token, code_for(token)).status_code == 200
        clock.shift(10 * 60)
    assert Challenge.objects.get(purpose="factor_code").tried == 0


def test_one_step_is_sent_no_second_code_in_a_moment_and_no_user_a_flood(
    mailing, first_step, send, clock
):
    user = mailing()
    token = first_step(user)
    answers = []
    sent = letters(lambda: answers.extend(send(token) for _ in range(3)))
    assert [(each.status_code, each.content) for each in answers] == [(202, b"")] * 3
    assert len(sent) == 1
    # Who knows the password begins as many steps as they like.
    tokens = [first_step(user) for _ in range(20)]
    sent = [len(letters(lambda t=each: send(t))) for each in tokens]
    assert sent == [1] * 9 + [0] * 11
    clock.shift(3600)
    assert len(letters(lambda: send(first_step(user)))) == 1


def test_who_does_not_have_that_factor_is_sent_nothing(
    enrolled, make_user, first_step, send, mailing
):
    someone = enrolled()
    SentCodeFactor.objects.create(user=someone.user, channel="email", confirmed=False)
    for factor in ("email", "sms", "other"):
        answers = []
        token = first_step(someone.user)
        assert letters(lambda t=token, f=factor: answers.append(send(t, f))) == []  # noqa: B023
        assert fields(answers[0]) == {"factor": "invalid"}
    token = first_step(mailing())
    for factor in ("sms", "totp", "passkey", "recovery_code", "x", "", None, ["email"], 7):
        assert letters(lambda f=factor: answers.append(send(token, f))) == []
        assert fields(answers[-1]).keys() == {"factor"}
    for token in ("", "x", "a.b", "\u00e9"):
        assert send(token).status_code in {400, 404}


def test_it_is_set_up_with_a_code_to_the_own_address(api, user, first_step):
    access = api.access(user)
    sent = letter(lambda: api("POST", "factors/email/", {"name": "mail"}, token=access))
    assert (sent.to, sent.about) == (user.email, "factor_code")
    (begun,) = api("GET", "factors/", token=access).json()["factors"]
    assert (begun["type"], begun["name"], begun["confirmed"]) == ("email", "mail", False)
    local, _, domain = user.email.partition("@")
    assert local not in begun["to"]
    assert begun["to"].endswith(domain[-4:])
    # Nobody is asked for what was not shown to work.
    assert api.sign_in(user).status_code == 200
    path = f"factors/{begun['id']}/confirm/"
    answers = []
    code = {"code": sent.code}
    told = letters(lambda: answers.append(api("POST", path, code, token=access)))
    assert [each.about for each in told] == ["factor_added"]
    assert answers[0].json()["factor"]["last_used_at"] is not None
    assert api.sign_in(user).json()["factors"] == ["email", "recovery_code"]


def test_where_there_is_nothing_to_send_to_it_is_not_set_up(api, user, settings):
    access = api.access(user)
    refusal = api("POST", "factors/sms/", {}, token=access)
    assert "Confirm an address" in problem(refusal, 400, "invalid")["detail"]
    Account.objects.filter(user=user.pk).update(unproved="email")
    refusal = api("POST", "factors/email/", {}, token=access)
    assert "Confirm an address" in problem(refusal, 400, "invalid")["detail"]
    settings.JWT_ACCOUNTS = {"SECOND_FACTORS": ["totp"]}
    problem(api("POST", "factors/email/", {}, token=access), 403, "forbidden")
    assert not SentCodeFactor.objects.exists()


def test_who_signed_in_is_sent_one_to_show_again_who_it_is(
    mailing, first_step, second_step, code_for, api
):
    user = mailing()
    token = first_step(user)
    access = second_step(token, code_for(token)).json()["access"]
    body = {"factor": "email"}
    sent = letter(lambda: api("POST", "reauthenticate/send/", body, token=access))
    # It is good in this session alone.
    problem(second_step(first_step(user), sent.code), 400, "code_invalid")
    again = {"current_password": PASSWORD, "code": sent.code}
    answer = api("POST", "reauthenticate/", again, token=access)
    assert answer.status_code == 200
    access = answer.json()["access"]
    problem(api("POST", "reauthenticate/", again, token=access), 400, "code_invalid")


def test_a_code_of_an_app_costs_no_try_of_a_sent_one(mailing, first_step, second_step, code_for):
    user = mailing()
    someone = give_totp(user)
    token = first_step(user)
    code_for(token)
    assert second_step(token, someone.code()).status_code == 200
    assert Challenge.objects.get(purpose="factor_code").tried == 0
