"""Addresses that many confirm, or change to, at once: each is given once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from jwt_accounts.credentials.challenges import pin_for
from tests.concurrency.calls import (
    change_email,
    chat_confirm,
    chat_register,
    confirm,
    confirm_by_code,
    confirm_change,
    djoser_change_email,
    djoser_confirm,
)
from tests.concurrency.evidence import (
    address_of,
    challenge,
    events,
    grow_old,
    holders,
    somebody_waits,
    verdict,
)
from tests.concurrency.site import ask_pin, connect, sign_in, wait_until

pytestmark = pytest.mark.postgres

TRIES = 5
_numbers = count(1)


def test_of_fifty_who_follow_a_link_at_once_all_but_one_come_too_late(atomic_site):
    person = atomic_site.newcomer()
    (token,) = atomic_site.secrets(person.email)
    answers = atomic_site.at_once([confirm(token)] * 50)
    assert Counter(map(verdict, answers)) == {204: 1, "already_confirmed": 49}
    assert events(atomic_site, person, "email_confirmed") == 1


def test_a_link_followed_in_every_contract_at_once_confirms_once(plain_site):
    person = plain_site.newcomer()
    (token,) = plain_site.secrets(person.email)
    calls = [confirm(token), djoser_confirm(person.id, token), chat_confirm(token)]
    answers = plain_site.at_once(calls * 6)
    # The chat's page says "confirmed" to whoever follows the link.
    assert {answer.status for answer in answers[2::3]} == {200}
    assert {answer.status for answer in answers[0::3]} <= {204, 409}
    assert {answer.status for answer in answers[1::3]} <= {204, 403}
    assert [answer.status for answer in answers].count(204) <= 1
    assert events(plain_site, person, "email_confirmed") == 1


def test_a_right_code_sent_by_thirty_at_once_confirms_once(atomic_site):
    person = atomic_site.newcomer()
    code = pin_for(challenge(atomic_site, person, "confirm_email"))
    answers = atomic_site.at_once([confirm_by_code(person.email, code)] * 30)
    assert Counter(map(verdict, answers)) == {204: 1, "pin_invalid": 29}
    assert events(atomic_site, person, "email_confirmed") == 1


def test_five_right_codes_held_before_their_verdict_confirm_once(plain_site):
    person = plain_site.newcomer()
    code = pin_for(challenge(plain_site, person, "confirm_email"))
    with plain_site.held([confirm_by_code(person.email, code)] * 30, comparisons=TRIES) as answers:
        pass
    assert Counter(verdict(each.result()) for each in answers) == {204: 1, "pin_invalid": 29}
    assert events(plain_site, person, "email_confirmed") == 1


def test_a_link_and_its_code_at_once_confirm_once(plain_site):
    for _ in range(5):
        person = plain_site.newcomer()
        code = pin_for(challenge(plain_site, person, "confirm_email"))
        (token,) = plain_site.secrets(person.email)
        calls = [confirm(token), confirm_by_code(person.email, code)] * 2
        verdicts = Counter(map(verdict, plain_site.at_once(calls)))
        assert verdicts[204] == 1
        assert set(verdicts) <= {204, "already_confirmed", "pin_invalid"}
        assert events(plain_site, person, "email_confirmed") == 1


def test_a_hundred_wrong_codes_at_once_are_five_comparisons(plain_site):
    person = plain_site.newcomer()
    right = pin_for(challenge(plain_site, person, "confirm_email"))
    before = plain_site.comparisons()
    wrong = [f"{(int(right) + step) % 10**6:06d}" for step in range(1, 101)]
    answers = plain_site.at_once([confirm_by_code(person.email, each) for each in wrong])
    assert Counter(map(verdict, answers)) == {"pin_invalid": 100}
    # The right one is not even looked at any more; the link of the same message holds still.
    assert verdict(plain_site.ask(confirm_by_code(person.email, right))) == "pin_invalid"
    assert plain_site.comparisons() - before == TRIES
    assert plain_site.ask(confirm(plain_site.secrets(person.email)[0])).status == 204


def test_wrong_codes_for_a_change_at_once_are_five_comparisons(plain_site):
    person, wanted = plain_site.person(), fresh_address()
    token = plain_site.tokens(person.username)["access"]
    ask_change(plain_site, token, wanted)
    right = pin_for(challenge(plain_site, person, "change_email"))
    before = plain_site.comparisons()
    wrong = [f"{(int(right) + step) % 10**6:06d}" for step in range(1, 13)]
    answers = plain_site.at_once([confirm_change(each, token) for each in wrong])
    assert Counter(map(verdict, answers)) == {"pin_invalid": 12}
    assert plain_site.comparisons() - before == TRIES
    assert address_of(plain_site, person) == person.email


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_an_address_that_two_change_to_at_once_is_given_to_one(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        pair, wanted = [site.person(), site.person()], fresh_address()
        tokens = [site.tokens(each.username)["access"] for each in pair]
        secrets = [ask_change(site, token, wanted) for token in tokens]
        verdicts = Counter(map(verdict, site.at_once([confirm(each) for each in secrets])))
        assert verdicts == {204: 1, "invalid": 1}
        (winner,) = holders(site, wanted)
        loser = next(each for each in pair if each.id != winner)
        assert address_of(site, loser) == loser.email
        assert holders(site, loser.email) == [loser.id]
        for name in (wanted, loser.email):
            assert site.ask(sign_in(name)).status == 200


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_an_address_registered_while_a_change_to_it_is_confirmed_is_given_to_one(
    plain_site, rounds
):
    site = plain_site
    for _ in range(rounds):
        person, wanted = site.person(), fresh_address()
        secret = ask_change(site, site.tokens(person.username)["access"], wanted)
        confirmed, made = site.at_once([confirm(secret), chat_register(wanted)])
        assert (verdict(confirmed), made.status) in {(204, 400), (204, 201), ("invalid", 201)}
        assert len(holders(site, wanted)) == 1
        # Who only claimed it gives it up to who has shown that it is theirs.
        if confirmed.status != 204:
            assert address_of(site, person) == person.email
            assert site.ask(confirm(secret)).status == 204
        assert holders(site, wanted) == [person.id]
        assert site.ask(sign_in(wanted)).body["session"]


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_of_two_changes_asked_for_at_once_one_holds(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        person = site.person()
        token = site.tokens(person.username)["access"]
        wanted = [fresh_address(), fresh_address()]
        asked = site.at_once([djoser_change_email(each, token) for each in wanted])
        assert {answer.status for answer in asked} == {200}
        present = challenge(site, person, "change_email").value
        secrets = [secret for each in wanted for secret in site.secrets(each)]
        answers = site.at_once([confirm(each) for each in secrets])
        assert Counter(map(verdict, answers)) == Counter({204: 1, "link_invalid": len(secrets) - 1})
        assert address_of(site, person) == present
        assert [holders(site, each) for each in wanted] == [
            [person.id] if each == present else [] for each in wanted
        ]


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_link_sets_its_own_address_while_another_is_asked_for(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        person = site.person()
        token = site.tokens(person.username)["access"]
        first, second = fresh_address(), fresh_address()
        secret = ask_change(site, token, first)
        confirmed, asked = site.at_once([confirm(secret), djoser_change_email(second, token)])
        assert asked.status == 200
        assert verdict(confirmed) in {204, "link_invalid"}
        assert address_of(site, person) == (first if confirmed.status == 204 else person.email)
        # The later request holds, and the link of the earlier one is over.
        (other,) = site.secrets(second)
        assert verdict(site.ask(confirm(secret))) == "link_invalid"
        assert site.ask(confirm(other)).status == 204
        assert address_of(site, person) == second
        assert verdict(site.ask(confirm(secret))) == "link_invalid"


def test_a_link_that_is_replaced_while_it_is_followed_sets_nothing_and_says_so(plain_site):
    site, person = plain_site, plain_site.person()
    wanted = fresh_address()
    secret = ask_change(site, site.tokens(person.username)["access"], wanted)
    with ThreadPoolExecutor() as pool:
        with connect(site.database) as other, other.transaction():
            other.execute("SELECT FROM auth_user WHERE id = %s FOR NO KEY UPDATE", [person.id])
            followed = pool.submit(site.ask, confirm(secret))
            wait_until(lambda: somebody_waits(site))
            # What another request writes.
            other.execute(
                "UPDATE jwt_accounts_challenge SET seed = 'new' WHERE user_id = %s", [person.id]
            )
        assert verdict(followed.result()) == "link_invalid"
    assert address_of(site, person) == person.email
    assert holders(site, wanted) == []


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_two_who_registered_with_each_others_address_prove_their_own_at_once(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        pair = [site.newcomer(), site.newcomer()]
        tokens = [site.tokens(each.email)["access"] for each in pair]
        wanted = [each.email for each in reversed(pair)]
        secrets = [
            ask_change(site, token, address) for token, address in zip(tokens, wanted, strict=True)
        ]
        verdicts = list(map(verdict, site.at_once([confirm(each) for each in secrets])))
        assert 204 in verdicts
        assert set(verdicts) <= {204, "link_invalid"}
        for person, token, address, mine in zip(pair, tokens, wanted, verdicts, strict=True):
            # Who had to give up the other address first may have to ask again, and then gets it.
            if mine != 204:
                grow_old(site, person)
                assert site.ask(confirm(ask_change(site, token, address))).status == 204
            assert holders(site, address) == [person.id]


@pytest.mark.parametrize("rounds", [4, pytest.param(40, marks=pytest.mark.slow)])
def test_a_claim_that_is_proved_while_another_proves_it_is_given_to_one(plain_site, rounds):
    site = plain_site
    for _ in range(rounds):
        claimant, person = site.newcomer(), site.person()
        (own,) = site.secrets(claimant.email)
        other = ask_change(site, site.tokens(person.username)["access"], claimant.email)
        kept, taken = map(verdict, site.at_once([confirm(own), confirm(other)]))
        assert (kept, taken) in {(204, "invalid"), ("link_invalid", 204)}
        winner = person if taken == 204 else claimant
        assert holders(site, claimant.email) == [winner.id]
        # One account is reached by that address, not two with the same right to it.
        sent = len(site.pins(claimant))
        assert site.ask(ask_pin(claimant.email)).status == 200
        assert len(site.pins(claimant)) == sent + 1


def fresh_address() -> str:
    return f"wanted{next(_numbers)}@example.com"


def ask_change(site, token: str, address: str) -> str:
    """Ask for another address; the secret of the link that was sent there."""
    assert site.ask(change_email(address, token)).status == 202
    return site.secrets(address)[-1]
