"""How often codes are guessed: twenty wrong ones of a user in a quarter of an hour, over whatever
steps and sessions, and five in one step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from jwt_accounts.flows.change_password import change_password
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.policies.mfa import FACTOR_TRIES, FACTOR_TRIES_A_DAY, STEP_TRIES
from tests.api.conftest import problem
from tests.conftest import PASSWORD
from tests.letters import letters
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]


@pytest.fixture
def guess(first_step, second_step):
    """So many wrong codes, four a step; the last answer."""

    def wrong(someone, number):
        tokens = [first_step(someone.user) for _ in range(0, number, 4)]
        answers = [second_step(tokens[place // 4], someone.wrong_code) for place in range(number)]
        return answers[-1]

    return wrong


def tries(someone):
    return Account.objects.get(user=someone.user.pk).factor_tries


def test_a_step_has_five_tries_and_then_not_even_the_right_code_helps(
    enrolled, first_step, second_step
):
    someone = enrolled()
    token, other = first_step(someone.user), first_step(someone.user)
    for _ in range(STEP_TRIES):
        problem(second_step(token, someone.wrong_code), 400, "code_invalid")
    for code in (someone.code(), someone.recovery_codes[0]):
        problem(second_step(token, code), 404, "challenge_invalid")
    assert tries(someone) == STEP_TRIES
    assert second_step(other, someone.code()).status_code == 200


def test_twenty_wrong_codes_over_many_steps_and_the_right_one_is_not_looked_at(
    enrolled, guess, first_step, second_step, clock
):
    someone = enrolled()
    told = letters(lambda: problem(guess(someone, FACTOR_TRIES), 400, "code_invalid"))
    # Whoever guesses knows the password: its owner hears of it, once.
    assert [(each.to, each.about) for each in told] == [
        (someone.user.email, "factor_codes_exhausted")
    ]
    assert tries(someone) == FACTOR_TRIES
    clock.shift(60)
    refusal = second_step(first_step(someone.user), someone.code())
    body = problem(refusal, 429, "codes_exhausted")
    assert body["retry_after"] == int(refusal["Retry-After"]) == 14 * 60
    assert tries(someone) == FACTOR_TRIES
    events = SecurityEvent.objects.filter(kind="factor_codes_exhausted", user=someone.user)
    assert events.count() == 1


def test_a_recovery_code_still_signs_its_owner_in(enrolled, guess, first_step, second_step):
    someone = enrolled()
    guess(someone, FACTOR_TRIES)
    token = first_step(someone.user)
    problem(second_step(token, "0AAA-AAAA-AAA"), 429, "codes_exhausted")
    assert second_step(token, someone.recovery_codes[0]).status_code == 200
    # And the guesser's count stands.
    assert tries(someone) == FACTOR_TRIES


def test_after_a_quarter_of_an_hour_it_is_as_before(
    enrolled, guess, first_step, second_step, clock
):
    someone = enrolled()
    guess(someone, FACTOR_TRIES)
    clock.shift(15 * 60 - 1)
    refusal = second_step(first_step(someone.user), someone.code())
    assert problem(refusal, 429, "codes_exhausted")["retry_after"] == 1
    clock.shift(1)
    problem(guess(someone, 1), 400, "code_invalid")
    assert tries(someone) == 1
    assert second_step(first_step(someone.user), someone.code()).status_code == 200


def test_a_hundred_wrong_codes_in_a_day_and_none_is_looked_at_before_a_new_password(
    ctx, enrolled, guess, first_step, second_step, clock
):
    someone = enrolled()
    for _ in range(FACTOR_TRIES_A_DAY // FACTOR_TRIES):
        problem(guess(someone, FACTOR_TRIES), 400, "code_invalid")
        clock.shift(15 * 60)
    refusal = second_step(first_step(someone.user), someone.code())
    assert problem(refusal, 429, "codes_exhausted")["retry_after"] == (24 * 60 - 5 * 15) * 60
    assert SecurityEvent.objects.filter(kind="factor_codes_exhausted").count() == 5
    ctx = replace(ctx, now=timezone.now())
    change_password(ctx, user=someone.user, current=PASSWORD, new="another horse battery 9")
    someone.user.refresh_from_db()
    token = first_step(someone.user, password="another horse battery 9")
    assert second_step(token, someone.code()).status_code == 200


def test_the_owners_success_gives_a_guesser_nothing_back(
    enrolled, guess, first_step, second_step, clock
):
    someone = enrolled()
    for wrong in (8, 8, 3):
        guess(someone, wrong)
        assert second_step(first_step(someone.user), someone.code()).status_code == 200
        clock.shift(30)
    assert tries(someone) == 19
    guess(someone, 1)
    refusal = second_step(first_step(someone.user), someone.code())
    problem(refusal, 429, "codes_exhausted")


def test_steps_sessions_and_set_up_are_counted_together(api, enrolled, enter, guess, clock):
    someone = enrolled()
    access = enter(someone)["access"]
    clock.shift(30)
    begun = api("POST", "factors/totp/", {}, token=access).json()["factor"]["id"]
    again = {"current_password": PASSWORD, "code": someone.wrong_code}
    for number in range(1, 6):
        problem(api("POST", "reauthenticate/", again, token=access), 400, "code_invalid")
        body = {"code": someone.wrong_code}
        refusal = api("POST", f"factors/{begun}/confirm/", body, token=access)
        problem(refusal, 400, "code_invalid")
        guess(someone, 2)
        assert tries(someone) == 4 * number
    right = {**again, "code": someone.code()}
    problem(api("POST", "reauthenticate/", right, token=access), 429, "codes_exhausted")
    refusal = api("POST", f"factors/{begun}/confirm/", {"code": "000000"}, token=access)
    problem(refusal, 429, "codes_exhausted")


def test_all_generators_of_a_user_are_counted_together_and_each_user_alone(
    enrolled, guess, first_step, second_step
):
    ann, bob = enrolled(), enrolled()
    second = give_totp(ann.user, with_codes=False)
    guess(ann, FACTOR_TRIES)
    problem(second_step(first_step(ann.user), second.code()), 429, "codes_exhausted")
    assert second_step(first_step(bob.user), bob.code()).status_code == 200


def test_the_plug_ins_own_question_counts_too(enrolled, guess, clock):
    """What django-otp's forms and decorators ask goes through the same count."""
    someone = enrolled()
    assert not someone.factor.verify_token(someone.wrong_code)
    assert tries(someone) == 1
    guess(someone, FACTOR_TRIES - 1)
    assert not someone.factor.verify_token(someone.code())
    clock.shift(15 * 60)
    assert someone.factor.verify_token(someone.code())
    assert not someone.factor.verify_token(someone.code())
