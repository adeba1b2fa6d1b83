"""A role asks for a second factor: who has none sets one up with nothing but the password, once."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.mfa.flows import enrol, enrol_at_sign_in
from jwt_accounts.contrib.mfa.models import SentCodeFactor, TotpFactor
from jwt_accounts.errors import ChallengeInvalid
from jwt_accounts.models import Account, UserSession
from jwt_accounts.types import RequestContext
from tests.api.conftest import fields, problem
from tests.letters import letter
from tests.second_factors import NOON, give_totp, shown, wrong

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.usefixtures("clock"),
]


@pytest.fixture
def bound(make_user, make_role):
    """Somebody whose role asks for a factor."""
    make_role("Manager", require_mfa=True)
    return make_user(groups=["Manager"])


@pytest.fixture
def demanded(api):
    """Type the password; the token that sets up a factor."""

    def take(user):
        body = api.sign_in(user).json()
        assert (body["status"], body["code"]) == (403, "mfa_enrolment_required")
        assert "factors" not in body
        return body["challenge_token"]

    return take


@pytest.fixture
def begin(api):
    def ask(token, kind="totp", **more):
        body = {"challenge_token": token, "type": kind, **more}
        return api("POST", "sign-in/enrol/", body)

    return ask


@pytest.fixture
def confirm(api):
    def ask(token, factor_id, code):
        body = {"challenge_token": token, "id": factor_id, "code": code}
        return api("POST", "sign-in/enrol/confirm/", body)

    return ask


def test_a_generator_is_set_up_and_the_session_opens(api, bound, demanded, begin, confirm):
    token = demanded(bound)
    assert not UserSession.objects.exists()
    begun = begin(token, name="phone").json()
    secret, factor_id = begun["totp"]["secret"], begun["factor"]["id"]
    problem(confirm(token, factor_id, wrong(secret)), 400, "code_invalid")
    assert not UserSession.objects.exists()
    body = confirm(token, factor_id, shown(secret)).json()
    assert len(body["recovery_codes"]) == 10
    assert api("GET", "me/", token=body["access"]).status_code == 200
    assert UserSession.objects.get().methods == ["pwd", "otp", "mfa"]
    answer = api("POST", "token/refresh/", {"refresh": body["refresh"]})
    assert answer.status_code == 200
    problem(confirm(token, factor_id, shown(secret, steps=1)), 404, "challenge_invalid")
    problem(begin(token), 404, "challenge_invalid")


def test_codes_by_mail_are_set_up_and_the_session_opens(bound, demanded, begin, confirm):
    token = demanded(bound)
    sent = letter(lambda: begin(token, "email"))
    assert sent.to == bound.email
    factor_id = f"message-{SentCodeFactor.objects.get().pk}"
    assert confirm(token, factor_id, sent.code).status_code == 200
    assert UserSession.objects.get().methods == ["pwd", "otp", "mfa"]


def test_the_token_does_nothing_once_there_is_a_factor(
    api, bound, demanded, begin, confirm, second_step
):
    """Who knows the password keeps a token, and the owner enrols: it must not add another one."""
    kept = demanded(bound)
    begun = begin(kept).json()
    owner = give_totp(bound)
    for answer in (
        confirm(kept, begun["factor"]["id"], shown(begun["totp"]["secret"])),
        begin(kept),
        begin(kept, "email"),
        second_step(kept, owner.code()),
        second_step(kept, owner.recovery_codes[0]),
    ):
        problem(answer, 404, "challenge_invalid")
    assert not UserSession.objects.exists()
    assert TotpFactor.objects.filter(user=bound, confirmed=True).count() == 1


def test_nor_where_it_appears_while_the_code_is_being_checked(bound, demanded, begin, monkeypatch):
    kept = demanded(bound)
    begun = begin(kept).json()

    def and_the_owner_enrols(ctx, user, factor, code):
        give_totp(user)
        return True

    monkeypatch.setattr(enrol, "_is_right", and_the_owner_enrols)
    with pytest.raises(ChallengeInvalid):
        enrol_at_sign_in.confirm_factor(
            RequestContext(now=NOON), token=kept, factor_id=begun["factor"]["id"], code="000000"
        )
    assert not UserSession.objects.exists()
    assert TotpFactor.objects.filter(user=bound, confirmed=True).count() == 1


def test_a_token_for_the_second_step_sets_nothing_up(enrolled, first_step, begin, confirm):
    someone = enrolled()
    token = first_step(someone.user)
    problem(begin(token), 404, "challenge_invalid")
    other = give_totp(someone.user, confirmed=False, with_codes=False)
    refusal = confirm(token, f"totp-{other.factor.pk}", other.code())
    problem(refusal, 404, "challenge_invalid")


def test_the_factor_of_another_is_not_confirmed_by_it(bound, demanded, confirm, make_user):
    other = give_totp(make_user(), confirmed=False, with_codes=False)
    refusal = confirm(demanded(bound), f"totp-{other.factor.pk}", other.code())
    problem(refusal, 404, "not_found")
    assert not TotpFactor.objects.filter(confirmed=True).exists()


def test_it_lives_a_quarter_of_an_hour(bound, demanded, begin, confirm, clock):
    token = demanded(bound)
    begun = begin(token).json()
    clock.shift(15 * 60)
    refusal = confirm(token, begun["factor"]["id"], shown(begun["totp"]["secret"]))
    problem(refusal, 404, "challenge_invalid")
    problem(begin(token), 404, "challenge_invalid")


@pytest.mark.parametrize("event", ["password", "inactive", "locked"])
def test_what_would_have_ended_a_session_ends_it(bound, demanded, begin, confirm, event):
    token = demanded(bound)
    begun = begin(token).json()
    if event == "password":
        bound.set_password("another horse battery")
    bound.is_active = event != "inactive"
    bound.save()
    if event == "locked":
        Account.objects.filter(user=bound.pk).update(staff_locked_at=NOON)
    refusal = confirm(token, begun["factor"]["id"], shown(begun["totp"]["secret"]))
    assert refusal.status_code in {404, 423}
    assert begin(token).status_code in {404, 423}
    assert not UserSession.objects.exists()


def test_guesses_count(bound, demanded, begin, confirm):
    token = demanded(bound)
    begun = begin(token).json()
    secret, factor_id = begun["totp"]["secret"], begun["factor"]["id"]
    for _ in range(20):
        problem(confirm(token, factor_id, wrong(secret)), 400, "code_invalid")
    problem(confirm(token, factor_id, shown(secret)), 404, "challenge_invalid")
    refusal = confirm(demanded(bound), factor_id, shown(secret))
    problem(refusal, 429, "codes_exhausted")


def test_who_may_be_without_by_now_gets_a_session_of_two_factors_all_the_same(
    bound, demanded, begin, confirm
):
    token = demanded(bound)
    bound.groups.clear()
    begun = begin(token).json()
    answer = confirm(token, begun["factor"]["id"], shown(begun["totp"]["secret"]))
    assert answer.status_code == 200
    assert UserSession.objects.get().methods == ["pwd", "otp", "mfa"]


def test_what_is_no_kind_and_no_code_is_named(bound, demanded, begin, confirm):
    token = demanded(bound)
    for kind in ("passkey", "recovery_code", "other", "", None, 7, ["totp"], {"x": 1}):
        assert fields(begin(token, kind)).keys() == {"type"}
    for factor_id in ("", None, 7, [], "x" * 65, "a\0"):
        assert "id" in fields(confirm(token, factor_id, "000000"))
    for code in ("", None, 7, [], "x" * 65, "a\0"):
        assert "code" in fields(confirm(token, "totp-1", code))


def test_the_password_that_must_be_changed_comes_first_where_there_is_no_factor(api, bound):
    Account.objects.update(must_change_password=True)
    body = api.sign_in(bound).json()
    assert body["code"] == "password_expired"
    new = {"token": body["change_token"], "password": "another horse battery"}
    assert api("POST", "password/set/", new).status_code == 204
    assert api.sign_in(bound, new["password"]).json()["code"] == "mfa_enrolment_required"
