"""However many sign-ins of one user come at once, no more sessions are open than may be."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.concurrency.site import PASSWORD, Call, me, refresh, sign_in

pytestmark = pytest.mark.postgres

LIMIT, CROWD = 3, 20
#: Of the storm.
ROUNDS = [3, pytest.param(30, marks=pytest.mark.slow)]
_RULES = {"SESSION_LIMIT": LIMIT, "LOCKOUT_LIMIT": 1000}


@pytest.fixture(scope="module")
def ending_site(start_site):
    """The session that was used longest ago ends."""
    return start_site(settings=_RULES)


@pytest.fixture(scope="module")
def refusing_site(start_site):
    """The new one is refused. Every request is a transaction."""
    return start_site(atomic_requests=True, settings=_RULES | {"SESSION_LIMIT_ACTION": "refuse"})


def sessions(token: str) -> Call:
    return Call("GET", "/accounts/sessions/", token=token)


def end_others(token: str) -> Call:
    return Call("DELETE", "/accounts/sessions/", token=token)


def rows(site, person) -> Counter[str]:
    """How many sessions are open (the empty reason), and why the others are not."""
    found = site.rows(
        "SELECT end_reason, count(*) FROM jwt_accounts_usersession WHERE user_id = %s GROUP BY 1",
        person.id,
    )
    return Counter(dict(found))


def all_at_once(site, person):
    """Sign-ins whose passwords are all right before the first of them goes on."""
    calls = [sign_in(each) for each in (person.username, person.email) * (CROWD // 2)]
    with site.held(calls, hashes=CROWD) as answers:
        pass
    return [each.result() for each in answers]


def test_twenty_sign_ins_at_once_leave_the_limit_alive(ending_site):
    person = ending_site.person()
    answers = all_at_once(ending_site, person)
    assert {answer.status for answer in answers} == {200}
    assert rows(ending_site, person) == {"": LIMIT, "session_limit": CROWD - LIMIT}
    alive = {
        answer.body["session"]: answer.body["access"]
        for answer in answers
        if ending_site.ask(me(answer.body["access"])).status == 200
    }
    assert len(alive) == LIMIT
    for token in alive.values():
        listed = ending_site.ask(sessions(token)).body["sessions"]
        assert {each["id"] for each in listed} == set(alive)


def test_twenty_sign_ins_at_once_are_refused_but_for_the_limit(refusing_site):
    person = refusing_site.person()
    answers = all_at_once(refusing_site, person)
    assert Counter(answer.status for answer in answers) == {200: LIMIT, 403: CROWD - LIMIT}
    refused = {answer.body["code"] for answer in answers if answer.status == 403}
    assert refused == {"session_limit_reached"}
    assert rows(refusing_site, person) == {"": LIMIT}
    # Nor did the right passwords count as wrong ones.
    sql = "SELECT failures, locked_at FROM jwt_accounts_account WHERE user_id = %s"
    assert refusing_site.rows(sql, person.id) == [(0, None)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_in_a_storm_of_everything_there_are_never_more(ending_site, rounds):
    person = ending_site.person()
    tokens = ending_site.tokens(person.username)
    for _ in range(rounds):
        calls = [
            *[sign_in(person.username)] * 8,
            *[refresh(tokens["refresh"])] * 2,
            *[end_others(tokens["access"])] * 2,
            ending_site.edit(person, first_name="Ann"),
        ]
        answers = ending_site.at_once(calls)
        signed_in = [answer for answer in answers[:8] if answer.status == 200]
        assert len(signed_in) == 8
        # None, where the one that ends all others was over by then itself.
        assert rows(ending_site, person)[""] <= LIMIT
        tokens = ending_site.tokens(person.username)
        assert 1 <= rows(ending_site, person)[""] <= LIMIT


def test_control_who_counts_before_writing_opens_too_many(ending_site):
    """The same harness against the code most projects would write: it must turn red."""
    person = ending_site.person()
    body = {"username": person.username, "password": PASSWORD, "limit": LIMIT}
    naive = Call("POST", "/naive/session/", body, form=True)
    with ending_site.held([naive] * CROWD, hashes=LIMIT + 1):
        pass
    assert rows(ending_site, person)[""] > LIMIT
