"""Second factors that come and go, with many at once: one sheet of codes, and nobody who was signed
out stays."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.concurrency.evidence import events, verdict
from tests.concurrency.second_steps import (
    begin_totp,
    code_in,
    confirm,
    confirm_enrolment,
    enrol,
    first_steps,
    owner,
    second_step,
    sessions,
)
from tests.concurrency.site import Call, me, refresh, sign_in
from tests.second_factors import shown

pytestmark = pytest.mark.postgres


def test_confirmed_at_once_a_factor_comes_once_with_one_sheet_of_codes(site):
    person = site.person()
    access = site.tokens(person.username)["access"]
    begun = site.ask(begin_totp(access)).body
    call = confirm(begun["factor"]["id"], shown(begun["secret"]), access)
    answers = site.at_once([call] * 15)
    verdicts = Counter(map(verdict, answers))
    assert verdicts[200] == 1
    assert set(verdicts) <= {200, "code_invalid", "not_found", "reauthentication_required"}
    (sheet,) = [each.body["recovery_codes"] for each in answers if each.status == 200]
    assert len(sheet) == 10
    assert events(site, person, "factor_added") == events(site, person, "recovery_codes_made") == 1
    (token,) = first_steps(site, person, 1)
    assert site.ask(second_step(token, sheet[0])).status == 200


def test_two_factors_confirmed_at_once_make_one_sheet_of_codes(site):
    person = site.person()
    access = site.tokens(person.username)["access"]
    begun = site.ask(begin_totp(access)).body
    mailed = site.ask(Call("POST", "/accounts/factors/email/", {}, access)).body
    code = code_in(site.mails(person))
    answers = site.at_once(
        [
            confirm(begun["factor"]["id"], shown(begun["secret"]), access),
            confirm(mailed["id"], code, access),
        ]
    )
    # Who came second may have been met by the rule that one session shows both by then.
    added = [each.body for each in answers if each.status == 200]
    assert added, answers
    assert sorted(len(each["recovery_codes"]) for each in added)[-1] == 10
    assert sum(len(each["recovery_codes"]) for each in added) == 10
    assert events(site, person, "recovery_codes_made") == 1


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_two_who_know_the_password_of_one_that_must_enrol_set_up_one_factor(site, rounds):
    """Each by a way of their own and a step of their own: the second one would be in for good."""
    site.run("UPDATE jwt_accounts_rolesettings SET require_mfa = false")
    role = site.rows("SELECT id FROM auth_group WHERE name = 'Clerk'")[0][0]
    site.run("UPDATE jwt_accounts_rolesettings SET require_mfa = true WHERE role_id = %s", role)
    for _ in range(rounds):
        person = site.person()
        site.run(
            "INSERT INTO auth_user_groups (user_id, group_id) VALUES (%s, %s)", person.id, role
        )
        tokens = [
            answer.body["challenge_token"]
            for answer in site.at_once([sign_in(person.username)] * 2)
        ]
        by_app = site.ask(enrol(tokens[0], "totp")).body
        by_mail = site.ask(enrol(tokens[1], "email")).body
        code = code_in(site.mails(person))
        answers = site.at_once(
            [
                confirm_enrolment(
                    tokens[0], by_app["factor"]["id"], shown(by_app["totp"]["secret"])
                ),
                confirm_enrolment(tokens[1], by_mail["factor"]["id"], code),
            ]
        )
        assert Counter(map(verdict, answers)) == {200: 1, "challenge_invalid": 1}
        assert sessions(site, person, of_two=False) == 1
        assert events(site, person, "factor_added") == 1


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_two_sessions_that_set_up_the_first_factor_at_once_do_not_both_go_on(site, rounds):
    """One of the two may be a thief's: the factor of the one signs the other out."""
    for _ in range(rounds):
        person = site.person()
        ours, theirs = (site.tokens(person.username)["access"] for _ in range(2))
        begun = site.ask(begin_totp(ours)).body
        mailed = site.ask(Call("POST", "/accounts/factors/email/", {}, theirs)).body
        code = code_in(site.mails(person))
        answers = site.at_once(
            [
                confirm(begun["factor"]["id"], shown(begun["secret"]), ours),
                confirm(mailed["id"], code, theirs),
            ]
        )
        assert [each.status for each in answers].count(200) == 1, answers
        assert events(site, person, "factor_added") == 1
        alive = [site.ask(me(each)).status for each in (ours, theirs)]
        assert alive == [200 if each.status == 200 else 401 for each in answers]


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_a_removal_and_sign_ins_at_once_leave_no_half_of_either(site, rounds):
    # The harness refuses every 5xx; a deadlock would be a 503.
    for _ in range(rounds):
        ann = owner(site)
        tokens = first_steps(site, ann.person, 4)
        removal = Call("DELETE", f"/accounts/factors/{ann.factor}/", token=ann.access)
        code = shown(ann.secret)
        answers = site.at_once(
            [
                *[second_step(each, code) for each in tokens[:2]],
                *[second_step(each, ann.codes[0]) for each in tokens[2:]],
                removal,
                removal,
                sign_in(ann.person.username),
            ]
        )
        assert sorted(each.status for each in answers[4:6]) == [204, 404]
        assert sum(each.status == 200 for each in answers[:2]) <= 1
        assert sum(each.status == 200 for each in answers[2:4]) <= 1
        left = "SELECT count(*) FROM jwt_accounts_mfa_recoverycode WHERE user_id = %s"
        assert site.rows(left, ann.person.id) == [(0,)]
        assert site.ask(sign_in(ann.person.username)).status == 200
        assert site.ask(me(ann.access)).status == 200


def test_a_factor_that_comes_while_an_older_session_is_refreshed_ends_it(site):
    person = site.person()
    older, present = (site.tokens(person.username) for _ in range(2))
    begun = site.ask(begin_totp(present["access"])).body
    call = confirm(begun["factor"]["id"], shown(begun["secret"]), present["access"])
    answers = site.at_once([call, *[refresh(older["refresh"])] * 10])
    assert answers[0].status == 200
    for tokens in (older, *(each.body for each in answers[1:] if each.status == 200)):
        assert site.ask(me(tokens["access"])).status == 401
        assert site.ask(refresh(tokens["refresh"])).status == 401
    assert site.ask(me(present["access"])).status == 200
