"""The second step, with many at once: a code opens one session, and guesses are counted."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.concurrency.evidence import events, verdict
from tests.concurrency.second_steps import (
    Owner,
    code_in,
    confirm,
    first_steps,
    owner,
    second_step,
    send,
    sessions,
    tries,
)
from tests.concurrency.site import Call, wait_until
from tests.second_factors import shown, wrong

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["plain", "atomic"])
def site(request):
    """With `ATOMIC_REQUESTS` and without, each time."""
    return request.getfixturevalue(f"{request.param}_site")


STEP_TRIES, FACTOR_TRIES = 5, 20


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_hundred_submissions_of_one_code_in_one_step_open_one_session(site, rounds):
    for _ in range(rounds):
        ann = owner(site)
        before = sessions(site, ann.person)
        (token,) = first_steps(site, ann.person, 1)
        answers = site.at_once([second_step(token, shown(ann.secret))] * 100)
        verdicts = Counter(map(verdict, answers))
        assert verdicts[200] == 1
        assert set(verdicts) <= {200, "code_invalid", "challenge_invalid"}
        assert verdicts["code_invalid"] <= STEP_TRIES - 1
        assert sessions(site, ann.person) == before + 1


@pytest.mark.parametrize(
    ("steps", "rounds"), [(25, 1), pytest.param(100, 10, marks=pytest.mark.slow)]
)
def test_a_hundred_submissions_of_one_code_in_many_steps_open_one_session(site, steps, rounds):
    for _ in range(rounds):
        ann = owner(site)
        before, compared = sessions(site, ann.person), site.comparisons()
        tokens = first_steps(site, ann.person, steps)
        code = shown(ann.secret)
        answers = site.at_once([second_step(each, code) for each in tokens * (100 // steps)])
        verdicts = Counter(map(verdict, answers))
        assert verdicts[200] == 1
        assert set(verdicts) <= {200, "code_invalid", "codes_exhausted", "challenge_invalid"}
        assert sessions(site, ann.person) == before + 1
        # The right one is given back, so that one more may have been looked at.
        assert site.comparisons() - compared <= FACTOR_TRIES + 1
        assert tries(site, ann.person) == verdicts["code_invalid"]


def test_twenty_right_codes_held_before_their_verdict_open_one_session(plain_site):
    ann = owner(plain_site)
    before = sessions(plain_site, ann.person)
    tokens = first_steps(plain_site, ann.person, 30)
    code = shown(ann.secret)
    calls = [second_step(each, code) for each in tokens]
    with plain_site.held(calls, comparisons=FACTOR_TRIES) as answers:
        wait_until(lambda: sum(each.done() for each in answers) == 30 - FACTOR_TRIES)
    verdicts = Counter(verdict(each.result()) for each in answers)
    assert verdicts == {200: 1, "code_invalid": FACTOR_TRIES - 1, "codes_exhausted": 10}
    assert sessions(plain_site, ann.person) == before + 1


def test_control_a_code_that_is_read_then_marked_is_good_many_times(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    ann = owner(plain_site)
    call = naive("second-step", ann, code=shown(ann.secret))
    with plain_site.held([call] * 40, comparisons=2) as answers:
        pass
    assert Counter(each.result().status for each in answers)[200] > 1


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_recovery_code_at_once_in_many_steps_opens_one_session(site, rounds):
    for _ in range(rounds):
        ann = owner(site)
        before = sessions(site, ann.person)
        tokens = first_steps(site, ann.person, 30)
        answers = site.at_once([second_step(each, ann.codes[0]) for each in tokens])
        verdicts = Counter(map(verdict, answers))
        assert verdicts[200] == 1
        assert set(verdicts) <= {200, "code_invalid", "codes_exhausted"}
        assert sessions(site, ann.person) == before + 1
        assert events(site, ann.person, "recovery_code_used") == 1


def test_control_a_recovery_code_that_is_read_then_marked_is_good_many_times(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    ann = owner(plain_site)
    call = naive("recovery-code", ann, place=0)
    with plain_site.held([call] * 40, comparisons=2) as answers:
        pass
    assert Counter(each.result().status for each in answers)[200] > 1


def test_a_mailed_code_at_once_opens_one_session(site):
    person = site.person()
    access = site.tokens(person.username)["access"]
    begun = site.ask(Call("POST", "/accounts/factors/email/", {}, access)).body
    added = site.ask(confirm(begun["id"], code_in(site.mails(person)), access))
    assert added.status == 200, added
    before = sessions(site, person)
    (token,) = first_steps(site, person, 1)
    assert site.ask(send(token)).status == 202
    code = code_in(site.mails(person))
    answers = site.at_once([second_step(token, code)] * 100)
    assert Counter(map(verdict, answers))[200] == 1
    assert sessions(site, person) == before + 1


@pytest.mark.parametrize("rounds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_different_right_codes_for_one_step_open_one_session(site, rounds):
    ann = owner(site)
    for place in range(rounds):
        site.run(
            "UPDATE jwt_accounts_mfa_totpfactor SET last_step = -1 WHERE user_id = %s",
            ann.person.id,
        )
        site.run(
            "UPDATE jwt_accounts_mfa_recoverycode SET used_at = NULL WHERE user_id = %s",
            ann.person.id,
        )
        before = sessions(site, ann.person)
        (token,) = first_steps(site, ann.person, 1)
        codes = [shown(ann.secret), *(ann.codes[(place + more) % 10] for more in range(4))]
        answers = site.at_once([second_step(token, each) for each in codes])
        verdicts = Counter(map(verdict, answers))
        assert verdicts == {200: 1, "challenge_invalid": len(codes) - 1}
        assert sessions(site, ann.person) == before + 1


@pytest.mark.parametrize("rounds", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_a_hundred_wrong_codes_at_once_are_twenty_comparisons(site, rounds):
    for _ in range(rounds):
        ann = owner(site)
        before, compared = sessions(site, ann.person), site.comparisons()
        tokens = first_steps(site, ann.person, 25)
        code = wrong(ann.secret)
        answers = site.at_once([second_step(each, code) for each in tokens * 4])
        verdicts = Counter(map(verdict, answers))
        assert verdicts == {"code_invalid": FACTOR_TRIES, "codes_exhausted": 80}
        assert site.comparisons() - compared == FACTOR_TRIES
        assert tries(site, ann.person) == FACTOR_TRIES
        # The right one is not even looked at any more; a recovery code is.
        right = site.ask(second_step(tokens[0], shown(ann.secret)))
        assert verdict(right) == "codes_exhausted"
        assert site.comparisons() - compared == FACTOR_TRIES
        (token,) = first_steps(site, ann.person, 1)
        assert site.ask(second_step(token, ann.codes[0])).status == 200
        assert sessions(site, ann.person) == before + 1
        assert events(site, ann.person, "factor_codes_exhausted") >= 1


def test_wrong_codes_at_once_in_one_step_are_five_comparisons(plain_site):
    ann = owner(plain_site)
    compared = plain_site.comparisons()
    (token,) = first_steps(plain_site, ann.person, 1)
    answers = plain_site.at_once([second_step(token, wrong(ann.secret))] * 100)
    assert Counter(map(verdict, answers)) == {"code_invalid": 5, "challenge_invalid": 95}
    assert plain_site.comparisons() - compared == STEP_TRIES


def test_control_guesses_that_are_read_then_written_compare_more_than_twenty(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    ann = owner(plain_site)
    compared = plain_site.comparisons()
    call = naive("second-step", ann, code=wrong(ann.secret))
    with plain_site.held([call] * 40, comparisons=FACTOR_TRIES + 1):
        pass
    assert plain_site.comparisons() - compared > FACTOR_TRIES


def naive(way: str, ann: Owner, **data: object) -> Call:
    form = {"user": str(ann.person.id), **{name: str(value) for name, value in data.items()}}
    return Call("POST", f"/naive/{way}/", form, form=True)
