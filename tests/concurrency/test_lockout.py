"""Five wrong passwords are five checks, however many arrive at once and wherever."""

from __future__ import annotations

from collections import Counter
from itertools import cycle, islice

import pytest

from tests.concurrency.site import PASSWORD, WRONG, Call, sign_in

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["plain", "atomic"])
def site(request):
    """With `ATOMIC_REQUESTS` and without, each time."""
    return request.getfixturevalue(f"{request.param}_site")


LIMIT = 5


def spellings(username: str, email: str) -> list[str]:
    """Ways to type one user."""
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in username)
    return [username, username.upper(), wide, f" {username} ", email, email.upper()]


def wrong_ones(names: list[str], number: int) -> list[Call]:
    return [sign_in(name, WRONG) for name in islice(cycle(names), number)]


def test_forty_wrong_passwords_at_once_are_five_checks_and_a_lock(site):
    person = site.person()
    before = site.hashes()
    answers = site.at_once(wrong_ones(spellings(person.username, person.email), 40))

    statuses = Counter(answer.status for answer in answers)
    assert site.hashes() - before == LIMIT
    assert statuses[401] == LIMIT
    assert set(statuses) <= {401, 423, 429}
    assert all(int(a.headers["Retry-After"]) > 0 for a in answers if a.status != 401)

    # The right password does not open a locked account, and is not even looked at.
    for name in (person.username, person.email):
        refused = site.ask(sign_in(name, PASSWORD))
        assert (refused.status, refused.body["code"]) == (423, "account_locked")
        assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    assert site.hashes() - before == LIMIT


def test_forty_passwords_at_once_for_nobody_are_five_checks_and_a_lock(site):
    before = site.hashes()
    ghost = [each for each in spellings("ghost", "ghost@example.com") if "@" in each]
    answers = site.at_once(wrong_ones(ghost, 40))

    statuses = Counter(answer.status for answer in answers)
    assert site.hashes() - before == LIMIT
    assert statuses[401] == LIMIT
    assert set(statuses) <= {401, 423, 429}

    refused = site.ask(sign_in(ghost[0], PASSWORD))
    assert (refused.status, refused.body["code"]) == (423, "account_locked")
    assert site.hashes() - before == LIMIT


def test_thirty_wrong_passwords_in_a_row_are_five_checks(site):
    person = site.person()
    before = site.hashes()
    statuses = [site.ask(call).status for call in wrong_ones([person.username], 30)]
    assert statuses == [401] * LIMIT + [423] * 25
    assert site.hashes() - before == LIMIT


def test_every_contract_and_the_admin_count_on_the_same_account(site):
    person = site.person(is_staff=True)
    ways = [
        sign_in(person.username, WRONG),
        back_office(person.username, WRONG),
        admin_form(person.username, WRONG),
    ]
    before = site.hashes()
    site.at_once([call for call in ways for _ in range(10)])
    assert site.hashes() - before == LIMIT
    assert site.ask(back_office(person.username, PASSWORD)).status == 423
    assert site.ask(sign_in(person.username, PASSWORD)).status == 423
    assert site.ask(admin_form(person.username, PASSWORD)).status == 200


def test_the_admin_form_gives_five_checks_to_forty_wrong_passwords_at_once(site):
    person = site.person(is_staff=True)
    before = site.hashes()
    answers = site.at_once([admin_form(person.username, WRONG)] * 40)
    assert {answer.status for answer in answers} == {200}
    assert site.hashes() - before == LIMIT
    # The form is shown again; a log-in would be a redirect.
    assert site.ask(admin_form(person.username, PASSWORD)).status == 200
    assert site.ask(sign_in(person.username, PASSWORD)).status == 423
    assert site.hashes() - before == LIMIT


def test_the_admin_form_takes_a_right_password(site):
    person = site.person(is_staff=True)
    answer = site.ask(admin_form(person.username, PASSWORD))
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/")


def test_twelve_right_passwords_at_once_lock_nobody(site):
    person = site.person()
    answers = site.at_once([sign_in(person.username)] * 12)
    assert {answer.status for answer in answers} <= {200, 429}
    assert any(answer.status == 200 for answer in answers)
    assert site.ask(sign_in(person.username)).status == 200
    assert failures_and_lock(site, person) == (0, None)


def test_a_right_password_waits_its_turn_and_is_not_locked_out(site):
    person = site.person()
    with site.held([sign_in(person.username)] * LIMIT, hashes=LIMIT) as first:
        crowded_out = site.ask(sign_in(person.email))
        assert (crowded_out.status, crowded_out.body["code"]) == (429, "attempts_in_flight")
        assert crowded_out.headers["Retry-After"] == "1"
        assert failures_and_lock(site, person) == (LIMIT, None)
    assert [each.result().status for each in first] == [200] * LIMIT
    assert site.ask(sign_in(person.email)).status == 200
    assert failures_and_lock(site, person) == (0, None)


def test_the_lock_begins_with_the_verdict_not_with_the_reservation(site):
    person = site.person()
    with site.held(wrong_ones([person.username], LIMIT), hashes=LIMIT) as first:
        assert site.ask(sign_in(person.username)).status == 429
    assert [each.result().status for each in first] == [401] * LIMIT
    assert site.ask(sign_in(person.username)).status == 423


def test_forty_held_at_the_same_point_are_still_five_checks(site):
    person = site.person()
    before = site.hashes()
    with site.held(wrong_ones([person.username], 40), hashes=LIMIT) as answers:
        pass
    statuses = Counter(each.result().status for each in answers)
    assert site.hashes() - before == LIMIT
    assert statuses[401] == LIMIT
    assert set(statuses) <= {401, 423, 429}


def test_control_a_counter_that_reads_then_writes_checks_more_than_five(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    person = plain_site.person()
    attempt = {"username": person.username, "password": WRONG}
    naive = Call("POST", "/naive/", attempt, form=True)
    before = plain_site.hashes()
    with plain_site.held([naive] * 40, hashes=LIMIT + 1):
        pass
    assert plain_site.hashes() - before > LIMIT


def back_office(username: str, password: str) -> Call:
    return Call("POST", "/authentication/login/", {"username": username, "password": password})


def admin_form(username: str, password: str) -> Call:
    secret = "a" * 32
    return Call(
        "POST",
        "/admin/login/?next=/admin/",
        {"username": username, "password": password, "csrfmiddlewaretoken": secret},
        form=True,
        headers={"Cookie": f"csrftoken={secret}"},
    )


def failures_and_lock(site, person):
    found = site.rows(
        "SELECT failures, locked_at FROM jwt_accounts_account WHERE user_id = %s", person.id
    )
    return found[0]
