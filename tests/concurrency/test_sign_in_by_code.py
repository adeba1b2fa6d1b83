"""Mailed codes and links to sign in by, that many use at once."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.concurrency.evidence import challenge, dead, events, verdict
from tests.concurrency.site import Call, me, refresh, sign_in

pytestmark = pytest.mark.postgres

TRIES = 5
SENT_AN_HOUR = 10


def ask(email: str) -> Call:
    return Call("POST", "/accounts/sign-in/code/", {"email": email})


def by_code(email: str, code: str) -> Call:
    return Call("POST", "/accounts/sign-in/code/confirm/", {"email": email, "code": code})


def by_link(token: str) -> Call:
    return Call("POST", "/accounts/sign-in/code/confirm/", {"token": token})


def fresh(site, person) -> tuple[str, str]:
    """Ask for a message and read it; the code and the secret of the link."""
    assert site.ask(ask(person.email)).status == 202
    *_, mail = site.mails(person)
    return code_in(mail), site.secrets(person.email)[-1]


def code_in(mail) -> str:
    (code,) = re.findall(r"^\d{6}$", mail["body"], re.MULTILINE)
    return code


def wrong_codes(right: str, number: int) -> list[str]:
    return [f"{(int(right) + step) % 10**6:06d}" for step in range(1, number + 1)]


def sessions(site, person) -> int:
    found = "SELECT count(*) FROM jwt_accounts_usersession WHERE user_id = %s"
    return site.rows(found, person.id)[0][0]


@pytest.mark.parametrize("way", ["code", "link", "both"])
def test_of_fifty_right_answers_at_once_one_opens_a_session(site, way):
    person = site.person()
    code, token = fresh(site, person)
    calls = {
        "code": [by_code(person.email, code)],
        "link": [by_link(token)],
        "both": [by_code(person.email, code), by_link(token)],
    }[way]
    answers = site.at_once(calls * (50 // len(calls)))
    verdicts = Counter(verdict(answer) for answer in answers)
    assert verdicts[200] == 1
    assert set(verdicts) <= {200, "pin_invalid", "link_invalid"}
    assert sessions(site, person) == 1
    (tokens,) = [answer.body for answer in answers if answer.status == 200]
    assert site.ask(me(tokens["access"])).status == 200


def test_of_fifty_wrong_codes_at_once_five_are_compared(site):
    person = site.person()
    code, token = fresh(site, person)
    before = site.comparisons()
    answers = site.at_once([by_code(person.email, each) for each in wrong_codes(code, 50)])
    assert {verdict(answer) for answer in answers} == {"pin_invalid"}
    assert site.comparisons() - before == TRIES
    assert verdict(site.ask(by_code(person.email, code))) == "pin_invalid"
    # Whoever guesses keeps nobody out: the link cannot be guessed, and is not counted.
    assert site.ask(by_link(token)).status == 200


def test_fifty_requests_at_once_send_as_many_as_may_and_the_last_holds(plain_site):
    site, person = plain_site, plain_site.person()
    answers = site.at_once([ask(person.email)] * 50)
    assert {answer.status for answer in answers} == {202}
    assert challenge(site, person, "sign_in_code").sent == SENT_AN_HOUR
    sent = site.secrets(person.email)
    assert 1 <= len(sent) <= SENT_AN_HOUR
    verdicts = [verdict(site.ask(by_link(each))) for each in sent]
    assert sorted(map(str, verdicts)) == ["200", *["link_invalid"] * (len(sent) - 1)]


def test_a_code_that_is_being_compared_when_another_is_asked_for_opens_nothing(plain_site):
    site, person = plain_site, plain_site.person()
    older, _ = fresh(site, person)
    with site.held([by_code(person.email, older)], comparisons=1) as held:
        assert site.ask(ask(person.email)).status == 202
    assert verdict(held[0].result()) == "pin_invalid"
    assert sessions(site, person) == 0


@pytest.mark.parametrize("rounds", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_squatter_keeps_nothing_when_the_owner_comes_in(plain_site, rounds):
    """Whatever the squatter does meanwhile comes first and ends, or does not come at all."""
    site = plain_site
    for _ in range(rounds):
        person = site.newcomer()
        squatted = [site.tokens(person.email) for _ in range(2)]
        _, token = fresh(site, person)
        calls = [refresh(squatted[0]["refresh"]), sign_in(person.email), by_link(token)]
        *others, owner = site.at_once([*calls[:2], *calls])
        assert owner.status == 200
        found = [answer.body for answer in others if answer.status == 200]
        assert dead(site, squatted + found)
        assert site.ask(sign_in(person.email)).status == 401
        assert site.ask(me(owner.body["access"])).status == 200
        assert events(site, person, "account_reclaimed") == 1
