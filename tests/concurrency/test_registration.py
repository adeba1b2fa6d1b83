"""Many who register at once with one address, or one name, are one account."""

from __future__ import annotations

from collections import Counter
from itertools import count, cycle, islice, product

import pytest

from jwt_accounts.policies.identifiers import canonical_email
from tests.concurrency.calls import (
    chat_register,
    device_register,
    djoser_register,
    zero_register,
)
from tests.concurrency.evidence import links_and_notes
from tests.concurrency.site import PASSWORD, Call

pytestmark = pytest.mark.postgres

ROUNDS = 20
_numbers = count(1)


def one_address(size: int) -> tuple[str, list[Call]]:
    """Registrations of one address in three contracts and four spellings; its canonical form."""
    address = f"Crowd{next(_numbers)}@Bücher.example"
    key = canonical_email(address)
    ways = (
        chat_register,
        lambda email: djoser_register(email, f"crowd{next(_numbers)}"),
        zero_register,
    )
    names = cycle([address, address.upper(), f" {address} ", key])
    return key, [way(name) for way, name in zip(islice(cycle(ways), size), names, strict=False)]


def one_name(size: int) -> tuple[str, list[Call]]:
    """Registrations of one user name, each with an address of its own."""
    name = f"Same{next(_numbers)}"
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in name)
    ways = (
        djoser_register,
        lambda email, username: zero_register(email, username=username),
        device_register,
    )
    names = cycle([name, name.upper(), wide, name.lower()])
    return name.lower(), [
        way(f"same{next(_numbers)}@example.com", each)
        for way, each in zip(islice(cycle(ways), size), names, strict=False)
    ]


def test_one_address_registered_by_several_at_once_is_one_account(plain_site):
    for number in range(ROUNDS):
        key, calls = one_address(2 + number % 7)
        before = people(plain_site)
        answers = plain_site.at_once(calls)
        address_was_given_once(plain_site, key, calls, answers)
        assert people(plain_site) - before == 1


def test_eight_who_all_found_an_address_free_are_one_account(site):
    key, calls = one_address(8)
    before = people(site)
    with site.held(calls, hashes=8) as held:
        assert people(site) == before
    address_was_given_once(site, key, calls, [each.result() for each in held])
    assert people(site) - before == 1


def test_control_a_look_and_then_an_insert_make_many_accounts_of_one_address(plain_site):
    """The same harness against the code most projects would write: it must turn red."""
    data = {"email": "naive@example.com", "password": PASSWORD}
    before = people(plain_site)
    with plain_site.held([Call("POST", "/naive/register/", data, form=True)] * 8, hashes=2):
        pass
    assert people(plain_site) - before > 1


def test_one_name_registered_by_several_at_once_is_one_account(plain_site):
    for number in range(ROUNDS):
        key, calls = one_name(2 + number % 7)
        before = people(plain_site)
        answers = plain_site.at_once(calls)
        name_was_given_once(plain_site, key, calls, answers)
        assert people(plain_site) - before == 1


def test_eight_who_all_found_a_name_free_are_one_account(site):
    key, calls = one_name(8)
    before = people(site)
    with site.held(calls, hashes=8) as held:
        assert people(site) == before
    name_was_given_once(site, key, calls, [each.result() for each in held])
    assert people(site) - before == 1


def test_names_and_addresses_crossed_at_once_are_given_once_each(plain_site):
    site = plain_site
    names = [f"cross{next(_numbers)}" for _ in range(2)]
    addresses = [f"{name}@example.com" for name in names]
    ways = (djoser_register, lambda email, username: zero_register(email, username=username))
    calls = [way(email, name) for way, email, name in product(ways, addresses, names)]
    before = people(site)
    with site.held(calls, hashes=len(calls)) as held:
        pass
    assert {each.result().status for each in held} <= {201, 202, 400}
    made = people(site) - before
    assert 1 <= made <= 2
    assert sum(holders(site, "username", name) for name in names) == made
    assert sum(holders(site, "email", address) for address in addresses) == made


def address_was_given_once(site, key, calls, answers) -> None:
    """One has it, in the database and in the answers; the others were told as their contract
    tells it."""
    told, hidden = by_contract(calls, answers)
    assert set(hidden) <= {202}
    made = told[201]
    assert made + told[400] == told.total()
    refused = [answer.body for answer in answers if answer.status == 400]
    assert all(set(body) == {"email"} for body in refused), refused
    assert made <= 1
    assert made or hidden[202]
    assert holders(site, "email", key) == 1
    sent = [mail for mail in site.every_mail() if canonical_email(mail["to"][0]) == key]
    lost = hidden[202] - (1 - made)
    assert links_and_notes(sent) == (1, min(lost, 1))


def name_was_given_once(site, key, calls, answers) -> None:
    told, hidden = by_contract(calls, answers)
    assert set(hidden) <= {202}
    made = told[201]
    assert made + told[400] == told.total()
    refused = [answer.body for answer in answers if answer.status == 400]
    assert all(set(body) == {"username"} for body in refused), refused
    assert made <= 1
    assert made or hidden[202]
    assert holders(site, "username", key) == 1
    discreet = [call.data["email"] for call in calls if call.path == "/accounts/register/"]
    sent = [mail for address in discreet for mail in site.mails_to(address)]
    assert links_and_notes(sent) == (1 - made, len(discreet) - (1 - made))


def by_contract(calls, answers) -> tuple[Counter, Counter]:
    """The statuses of the contracts that tell what is taken, and of contract zero, which hides
    it."""
    told, hidden = Counter(), Counter()
    for call, answer in zip(calls, answers, strict=True):
        (hidden if call.path == "/accounts/register/" else told)[answer.status] += 1
    return told, hidden


def people(site) -> int:
    """All users; each has an account."""
    users = site.rows("SELECT count(*) FROM auth_user")[0][0]
    assert site.rows("SELECT count(*) FROM jwt_accounts_account") == [(users,)]
    return users


def holders(site, kind: str, key: str) -> int:
    """Accounts with an identifier; nobody else has it as a contact."""
    having = f"SELECT count(*), count({kind}_key) FROM jwt_accounts_account WHERE {kind} = %s"  # noqa: S608
    written, held = site.rows(having, key)[0]
    assert written == held
    return held
