"""Recovery by PIN, with many at once: how often is guessed, who gets in, and what it ends."""

from __future__ import annotations

from collections import Counter
from itertools import cycle, islice

import pytest

from jwt_accounts.credentials.challenges import pin_for
from tests.concurrency.calls import change_password
from tests.concurrency.evidence import challenge, dead, events, history, notices
from tests.concurrency.site import (
    PASSWORD,
    Call,
    ask_pin,
    assign_role,
    me,
    refresh,
    sign_in,
    update_password,
    verify_pin,
    wait_until,
)

pytestmark = pytest.mark.postgres

TRIES, TRIES_A_DAY, WINDOW_TRIES, SENT_AN_HOUR = 5, 20, 4, 10
NEW = "another horse battery"


def sized(small: tuple[int, ...], large: tuple[int, ...]):
    """A storm for every day, and the one of the promise."""
    slow = pytest.param(*large, id="large", marks=pytest.mark.slow)
    return [pytest.param(*small, id="small"), slow]


def spellings(email: str) -> list[str]:
    """Ways to type one address."""
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in email)
    return [email, email.upper(), f" {email} ", wide]


def zero_verify(email: str, pin: str) -> Call:
    """The request of contract zero."""
    return Call("POST", "/accounts/password/pin/verify/", {"email": email, "pin": pin})


def tries(email: str, pins: list[str]) -> list[Call]:
    """One request for each PIN, in every contract and spelling."""
    ways = [(verb, name) for verb in (verify_pin, zero_verify) for name in spellings(email)]
    return [verb(name, pin) for (verb, name), pin in zip(cycle(ways), pins, strict=False)]


def wrong_pins(right: str, number: int) -> list[str]:
    return [f"{(int(right) + step) % 10**6:06d}" for step in range(1, number + 1)]


@pytest.mark.parametrize(("rounds", "number"), sized((1, 60), (5, 200)))
def test_wrong_pins_at_once_are_five_comparisons(site, rounds, number):
    for _ in range(rounds):
        person = site.person()
        right = fresh_pin(site, person)
        before = site.comparisons()
        answers = site.at_once(tries(person.email, wrong_pins(right, number)))
        assert {answer.status for answer in answers} == {404}
        assert site.comparisons() - before == TRIES
        # The right one is not even looked at any more.
        assert site.ask(verify_pin(person.email, right)).status == 404
        assert site.comparisons() - before == TRIES
        assert events(site, person, "pin_verified") == 0


def test_forty_wrong_pins_held_before_their_verdict_are_five_comparisons(plain_site):
    person = plain_site.person()
    right = fresh_pin(plain_site, person)
    before = plain_site.comparisons()
    calls = tries(person.email, wrong_pins(right, 40))
    with plain_site.held(calls, comparisons=TRIES) as answers:
        # All but those five are refused already.
        wait_until(lambda: sum(each.done() for each in answers) == 40 - TRIES)
    assert {each.result().status for each in answers} == {404}
    assert plain_site.comparisons() - before == TRIES


def test_pins_at_once_for_nobody_are_five_comparisons(plain_site):
    ghost = "ghost@example.com"
    assert plain_site.ask(ask_pin(ghost)).status == 200
    before = plain_site.comparisons()
    answers = plain_site.at_once(tries(ghost, wrong_pins("000000", 40)))
    assert {answer.status for answer in answers} == {404}
    assert plain_site.comparisons() - before == TRIES


def test_control_tries_that_are_read_then_written_compare_more_than_five(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    person = plain_site.person()
    right = fresh_pin(plain_site, person)
    before = plain_site.comparisons()
    calls = [naive(person.email, pin) for pin in wrong_pins(right, 40)]
    with plain_site.held(calls, comparisons=TRIES + 1):
        pass
    assert plain_site.comparisons() - before > TRIES


@pytest.mark.parametrize(("rounds", "number"), sized((1, 30), (20, 50)))
def test_right_pins_at_once_open_one_window(site, rounds, number):
    for _ in range(rounds):
        person = site.person()
        right = fresh_pin(site, person)
        answers = site.at_once(tries(person.email, [right] * number))
        assert Counter(answer.status for answer in answers) == {200: 1, 404: number - 1}
        assert events(site, person, "pin_verified") == 1
        secret = secret_in(next(answer for answer in answers if answer.status == 200))
        assert site.ask(update_password(person.email, NEW, secret)).status == 200


def test_five_right_pins_held_before_their_verdict_open_one_window(plain_site):
    person = plain_site.person()
    right = fresh_pin(plain_site, person)
    with plain_site.held(tries(person.email, [right] * 40), comparisons=TRIES) as answers:
        pass
    assert Counter(each.result().status for each in answers) == {200: 1, 404: 39}
    assert events(plain_site, person, "pin_verified") == 1


def test_control_a_pin_that_is_read_then_spent_opens_many_windows(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    person = plain_site.person()
    right = fresh_pin(plain_site, person)
    with plain_site.held([naive(person.email, right)] * 40, comparisons=2) as answers:
        pass
    assert Counter(each.result().status for each in answers)[200] > 1
    assert events(plain_site, person, "pin_verified") > 1


@pytest.mark.parametrize(("rounds", "number"), sized((1, 30), (20, 50)))
def test_updates_at_once_with_the_secret_set_one_password(site, rounds, number):
    for _ in range(rounds):
        person = site.person()
        before = [site.tokens(person.username) for _ in range(2)]
        secret = open_window(site, person)
        chosen = [f"{NEW} {place}" for place in range(number)]
        ways = (update_password, zero_update)
        answers = site.at_once(
            [
                way(person.email, each, secret)
                for way, each in zip(cycle(ways), chosen, strict=False)
            ]
        )
        set_once(site, person, chosen, answers)
        assert dead(site, before)


@pytest.mark.parametrize(("rounds", "number"), sized((1, 30), (20, 50)))
def test_updates_at_once_without_a_secret_set_one_password(tokenless_site, rounds, number):
    site = tokenless_site
    for _ in range(rounds):
        person = site.person()
        before = [site.tokens(person.username) for _ in range(2)]
        open_window(site, person)
        chosen = [f"{NEW} {place}" for place in range(number)]
        names = islice(cycle(spellings(person.email)), number)
        answers = site.at_once(
            [update_password(name, each) for name, each in zip(names, chosen, strict=True)]
        )
        set_once(site, person, chosen, answers)
        assert dead(site, before)


def test_weak_passwords_at_once_are_four_looks_and_then_the_window_is_shut(plain_site):
    person = plain_site.person()
    secret = open_window(plain_site, person)
    answers = plain_site.at_once([update_password(person.email, "short", secret)] * 20)
    assert Counter(answer.status for answer in answers) == {400: WINDOW_TRIES, 404: 16}
    assert plain_site.ask(update_password(person.email, NEW, secret)).status == 404
    assert plain_site.ask(sign_in(person.username)).status == 200


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_requests_for_a_pin_at_once_send_as_many_as_may_and_the_last_one_holds(site, rounds):
    for _ in range(rounds):
        person = site.person()
        calls = [ask_pin(name) for name in islice(cycle(spellings(person.email)), 50)]
        answers = site.at_once(calls)
        assert {(answer.status, str(answer.body)) for answer in answers} == {
            (200, str({"pin": None}))
        }
        sent = site.pins(person)
        assert 1 <= len(sent) <= SENT_AN_HOUR
        assert challenge(site, person).sent == SENT_AN_HOUR

        present = pin_for(challenge(site, person))
        assert present in sent
        replaced = [pin for pin in set(sent) if pin != present][: TRIES - 1]
        for pin in replaced:
            assert site.ask(verify_pin(person.email, pin)).status == 404
        assert site.ask(verify_pin(person.email, present)).status == 200


@pytest.mark.parametrize("asks_meanwhile", [False, True], ids=["one-by-one", "all-at-once"])
def test_a_day_has_twenty_comparisons_over_all_its_pins(plain_site, asks_meanwhile):
    site = plain_site
    person = site.person()
    before = site.comparisons()
    for _ in range(6):
        right = fresh_pin(site, person)
        calls = tries(person.email, wrong_pins(right, 12))
        if asks_meanwhile:
            calls[6:6] = [ask_pin(person.email)]
        site.at_once(calls)
    if asks_meanwhile:
        assert TRIES < site.comparisons() - before <= TRIES_A_DAY
    else:
        assert site.comparisons() - before == TRIES_A_DAY
    assert challenge(site, person).tried == site.comparisons() - before


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_no_window_outlives_a_request_for_another_pin(site, rounds):
    """Whichever came first: once the request is answered the row holds a PIN, not a window, and
    what the older PIN may have opened is of no use."""
    opened = 0
    for _ in range(rounds):
        person = site.person()
        older = fresh_pin(site, person)
        calls = [verify_pin(person.email, older), ask_pin(person.email)]
        verified, asked = site.at_once(calls)
        assert asked.status == 200
        assert verified.status in {200, 404}
        assert challenge(site, person).opened_at is None
        if verified.status == 200:
            opened += 1
            secret = secret_in(verified)
            assert site.ask(update_password(person.email, NEW, secret)).status == 404
            assert site.ask(zero_update(person.email, NEW, secret)).status == 404
        assert site.ask(update_password(person.email, NEW)).status == 404
        newer = site.pins(person)[-1]
        if newer != older:
            assert site.ask(verify_pin(person.email, older)).status == 404
        secret = secret_in(site.ask(verify_pin(person.email, newer)))
        assert site.ask(update_password(person.email, NEW, secret)).status == 200
    # Both orders were met, or the proof proves less than it says.
    assert rounds < 40 or 0 < opened < rounds, opened


def test_a_window_that_is_being_opened_when_a_new_pin_is_asked_for_stays_shut(plain_site):
    person = plain_site.person()
    older = fresh_pin(plain_site, person)
    with plain_site.held([verify_pin(person.email, older)], comparisons=1) as held:
        assert plain_site.ask(ask_pin(person.email)).status == 200
    assert held[0].result().status == 404
    assert events(plain_site, person, "pin_verified") == 0


def test_a_password_that_is_being_hashed_when_a_new_pin_is_asked_for_is_not_set(plain_site):
    person = plain_site.person()
    secret = open_window(plain_site, person)
    with plain_site.held([update_password(person.email, NEW, secret)], hashes=1) as held:
        assert plain_site.ask(ask_pin(person.email)).status == 200
    assert held[0].result().status == 404
    assert plain_site.ask(sign_in(person.username)).status == 200


def nothing(site, person) -> list[Call]:
    return []


def staff_lock(site, person) -> list[Call]:
    return [Call("PUT", f"/accounts/users/{person.id}/lock/", token=site.root_token())]


def deactivation(site, person) -> list[Call]:
    return [site.edit(person, is_active=False)]


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("ending", [nothing, staff_lock, deactivation])
def test_no_token_of_before_survives_a_reset_in_a_storm(plain_site, ending, rounds):
    # The harness refuses every 5xx; a deadlock would be a 503.
    site = plain_site
    for _ in range(rounds):
        person = site.person()
        sessions = [site.tokens(person.username) for _ in range(3)]
        secret = open_window(site, person)
        calls = [
            update_password(person.email, NEW, secret),
            *ending(site, person),
            *[refresh(each["refresh"]) for each in sessions] * 2,
            *[sign_in(person.username)] * 2,
            sign_in(person.username, NEW),
            *[
                assign_role(person.username, name, site.root_token())
                for name in ("Cashier", "Manager")
            ],
        ]
        answers = site.at_once(calls)
        reset, *rest = answers
        by_new = rest[-3]
        assert {answer.status for answer in rest[-2:]} == {200}
        old = sessions + [
            each.body for each in rest[:-3] if each.status == 200 and "access" in each.body
        ]
        assert dead(site, old)
        if ending is nothing:
            assert reset.status == 200
            if by_new.status == 200:
                assert site.ask(me(by_new.body["access"])).status == 200
        else:
            assert by_new.status != 200 or dead(site, [by_new.body])
            site.run("UPDATE auth_user SET is_active = true WHERE id = %s", person.id)
            lift = Call("DELETE", f"/accounts/users/{person.id}/lock/", token=site.root_token())
            assert site.ask(lift).status == 204
            assert dead(site, old)
        # Exactly one of the two passwords opens the account, and the answer said which.
        passwords = (NEW, PASSWORD) if reset.status == 200 else (PASSWORD, NEW)
        unlock = Call("POST", f"/accounts/users/{person.id}/unlock/", token=site.root_token())
        assert site.ask(unlock).status == 204
        assert [site.ask(sign_in(person.username, each)).status for each in passwords] == [200, 401]


def test_a_change_token_for_a_password_that_was_replaced_meanwhile_sets_none(plain_site):
    person = plain_site.person(must_change_password=True)
    stored = plain_site.rows("SELECT password FROM auth_user WHERE id = %s", person.id)[0][0]
    with plain_site.held([sign_in(person.username)], hashes=1) as held:
        plain_site.run(
            "UPDATE auth_user SET password = %s WHERE id = %s", stored[:-4] + "AAA=", person.id
        )
    late = held[0].result()
    assert late.status in {401, 403}
    if late.status == 403:
        assert plain_site.ask(zero_update("", NEW, late.body["change_token"])).status == 404
    assert plain_site.ask(sign_in(person.username, NEW)).status == 401


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_reset_and_a_change_by_the_owner_at_once_set_one_password(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        person = site.person()
        sessions = [site.tokens(person.username) for _ in range(2)]
        secret = open_window(site, person)
        answers = site.at_once(
            [
                update_password(person.email, f"{NEW} by reset", secret),
                change_password(f"{NEW} by owner", sessions[0]["access"]),
            ]
        )
        won = [answer.status < 300 for answer in answers]
        assert sorted(won) == [False, True], answers
        passwords = [f"{NEW} by reset", f"{NEW} by owner"]
        tried = [site.ask(sign_in(person.username, each)).status for each in passwords]
        assert tried == [200 if each else 401 for each in won]
        assert history(site, person) == 1
        assert notices(site, person) == 1
        assert dead(site, sessions if won[0] else sessions[1:])
        assert site.ask(update_password(person.email, PASSWORD, secret)).status == 404


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_changes_at_once_by_the_owner_set_one_password(site, rounds):
    for _ in range(rounds):
        person = site.person()
        sessions = [site.tokens(person.username) for _ in range(2)]
        chosen = [f"{NEW} {place}" for place in range(20)]
        answers = site.at_once(
            [
                change_password(each, session["access"])
                for each, session in zip(chosen, cycle(sessions), strict=False)
            ]
        )
        statuses = Counter(answer.status for answer in answers)
        assert statuses[204] == 1
        # The others: not the present password any more, or (their session) over, or too many.
        assert set(statuses) <= {204, 400, 401, 423, 429}
        place = [answer.status for answer in answers].index(204)
        assert history(site, person) == 1
        assert notices(site, person) == 1
        assert events(site, person, "password_changed") == 1
        winner, loser = sessions[place % 2], sessions[1 - place % 2]
        assert site.ask(me(winner["access"])).status == 200
        assert dead(site, [loser])
        # Who came after the change typed a wrong password: five of them lock, as at sign-in.
        unlock = Call("POST", f"/accounts/users/{person.id}/unlock/", token=site.root_token())
        assert site.ask(unlock).status == 204
        assert site.ask(sign_in(person.username, chosen[place])).status == 200
        assert site.ask(sign_in(person.username, PASSWORD)).status == 401


@pytest.mark.parametrize("number", [120, pytest.param(1000, marks=pytest.mark.slow)])
def test_requests_for_pins_leave_one_row_for_each_account_and_value(plain_site, number):
    site = plain_site
    people = [site.person() for _ in range(10)]
    known = [each.email for each in people]
    unknown = [f"nobody{number}.{place}@example.com" for place in range(50)]
    before, sent = rows_of_challenges(site), len(site.mailbox.read_text().splitlines())
    wanted = list(islice(in_turn(known), number // 2)) + list(islice(in_turn(unknown), number // 2))
    for begin in range(0, number, 50):
        answers = site.at_once([ask_pin(name) for name in wanted[begin : begin + 50]])
        assert {answer.status for answer in answers} == {200}
    assert rows_of_challenges(site) - before == 60
    owned = "SELECT count(*) FROM jwt_accounts_challenge WHERE user_id = ANY(%s)"
    assert site.rows(owned, [each.id for each in people]) == [(10,)]
    assert len(site.mailbox.read_text().splitlines()) - sent <= 10 * SENT_AN_HOUR


def naive(email: str, pin: str) -> Call:
    return Call("POST", "/naive/verify/", {"value": email, "pin": pin}, form=True)


def zero_update(email: str, password: str, secret: str) -> Call:
    """The request of contract zero, which names no account."""
    return Call("POST", "/accounts/password/set/", {"token": secret, "password": password})


def in_turn(addresses: list[str]):
    """Without end: all addresses in one spelling, then in the next."""
    return (name for names in cycle(zip(*map(spellings, addresses), strict=True)) for name in names)


def fresh_pin(site, person) -> str:
    """Ask for a PIN and read the mail."""
    assert site.ask(ask_pin(person.email)).status == 200
    return site.pins(person)[-1]


def open_window(site, person) -> str:
    """Ask for a PIN and verify it; the window's secret."""
    return secret_in(site.ask(verify_pin(person.email, fresh_pin(site, person))))


def secret_in(answer) -> str:
    """Where either contract puts the secret of an open window."""
    assert answer.status == 200, answer
    return answer.headers.get("X-Reset-Token") or answer.body["reset_token"]


def set_once(site, person, chosen: list[str], answers) -> None:
    """Exactly one of the chosen passwords was set, and everything that follows happened once."""
    won = [place for place, answer in enumerate(answers) if answer.status in {200, 204}]
    assert len(won) == 1
    assert {answer.status for answer in answers if answer.status >= 300} == {404}
    assert history(site, person) == 1
    assert notices(site, person) == 1
    assert events(site, person, "password_recovered") == 1
    assert site.ask(sign_in(person.username, chosen[won[0]])).status == 200
    for other in (PASSWORD, chosen[won[0] - 1]):
        assert site.ask(sign_in(person.username, other)).status == 401


def rows_of_challenges(site) -> int:
    return site.rows("SELECT count(*) FROM jwt_accounts_challenge")[0][0]
