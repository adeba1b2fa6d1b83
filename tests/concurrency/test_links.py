"""Links that many ask for at once, and links that many use at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle, islice

import pytest

from tests.concurrency.calls import (
    ask_link,
    change_email,
    change_username,
    confirm,
    delete_me,
    djoser_ask_link,
    djoser_ask_name,
    djoser_change_email,
    djoser_resend,
    djoser_set_name,
    djoser_set_password,
    register_device,
    resend,
    set_password,
    zero_register,
)
from tests.concurrency.evidence import (
    address_of,
    challenge,
    dead,
    events,
    grow_old,
    holders,
    notices,
    somebody_waits,
    verdict,
)
from tests.concurrency.site import Call, Person, connect, refresh, sign_in, wait_until

pytestmark = pytest.mark.postgres

SENT_AN_HOUR = 10
NEW = "another horse battery"
_numbers = count(1)


def confirmations(site) -> tuple[str, list[Call]]:
    person = site.newcomer()
    grow_old(site, person)
    return person.email, [resend(person.email), djoser_resend(person.email)]


def changes(site) -> tuple[str, list[Call]]:
    token = site.tokens(site.person().username)["access"]
    wanted = f"moved{next(_numbers)}@example.com"
    return wanted, [djoser_change_email(wanted, token)]


def invitations(site) -> tuple[str, list[Call]]:
    person = guest(site)
    return person.email, [invite(site, person)]


def notes(site) -> tuple[str, list[Call]]:
    person = site.person()
    return person.email, [zero_register(person.email)]


@pytest.mark.parametrize("asking", [confirmations, changes, invitations, notes])
def test_fifty_requests_at_once_within_the_cool_down_send_one_message(plain_site, asking):
    address, calls = asking(plain_site)
    before = len(plain_site.mails_to(address))
    answers = plain_site.at_once(list(islice(cycle(calls), 50)))
    assert {answer.status for answer in answers} <= {200, 202, 204}
    assert len(plain_site.mails_to(address)) - before == 1


def test_confirmations_over_many_cool_downs_are_no_more_than_an_hour_has(plain_site):
    person = plain_site.newcomer()
    for _ in range(SENT_AN_HOUR + 2):
        grow_old(plain_site, person)
        plain_site.at_once([resend(person.email), djoser_resend(person.email)] * 2)
    assert len(plain_site.mails(person)) == SENT_AN_HOUR
    assert challenge(plain_site, person, "confirm_email").sent == SENT_AN_HOUR
    # Confirmed by the last of them.
    *_, last = plain_site.secrets(person.email)
    assert plain_site.ask(confirm(last)).status == 204


def test_fifty_requests_for_a_reset_link_at_once_send_as_many_as_may_and_the_last_holds(
    atomic_site,
):
    site = atomic_site
    person = site.person()
    answers = site.at_once([ask_link(person.email), djoser_ask_link(person.email)] * 25)
    assert {answer.status for answer in answers} == {202, 204}
    sent = site.secrets(person.email)
    assert 1 <= len(sent) <= SENT_AN_HOUR
    assert challenge(site, person, "reset_link").sent == SENT_AN_HOUR
    # Whichever was asked for last: the others are over.
    verdicts = [verdict(site.ask(set_password(each, NEW))) for each in sent]
    assert sorted(map(str, verdicts)) == ["204", *["reset_invalid"] * (len(sent) - 1)]


def test_an_invitation_accepted_fifty_times_at_once_sets_one_password(plain_site):
    site = plain_site
    person = guest(site)
    assert site.ask(invite(site, person)).status == 202
    set_once(site, person)
    assert events(site, person, "password_changed") == 1


def test_a_reset_link_used_fifty_times_at_once_sets_one_password(atomic_site):
    site = atomic_site
    person = site.person()
    before = [site.tokens(person.username) for _ in range(2)]
    assert site.ask(ask_link(person.email)).status == 202
    set_once(site, person)
    assert events(site, person, "password_recovered") == 1
    assert dead(site, before)


def test_a_link_to_choose_a_name_used_twenty_times_at_once_sets_one_name(plain_site):
    site, person = plain_site, plain_site.person()
    assert site.ask(djoser_ask_name(person.email)).status == 204
    (secret,) = site.secrets(person.email)
    chosen = [f"chosen{next(_numbers)}" for _ in range(20)]
    answers = site.at_once([djoser_set_name(person.id, secret, each) for each in chosen])
    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [204, *[400] * 19]
    winner = chosen[statuses.index(204)]
    name = "SELECT username FROM auth_user WHERE id = %s"
    assert site.rows(name, person.id) == [(winner,)]
    assert events(site, person, "username_changed") == 1


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.slow)])
def test_who_claimed_an_address_keeps_nothing_when_its_owner_resets_the_password(
    plain_site, rounds
):
    """A change that was being confirmed meanwhile comes first, or not at all."""
    site = plain_site
    for _ in range(rounds):
        person, elsewhere = site.newcomer(), f"elsewhere{next(_numbers)}@example.com"
        sessions = [site.tokens(person.email) for _ in range(2)]
        assert site.ask(change_email(elsewhere, sessions[0]["access"])).status == 202
        (moving,) = site.secrets(elsewhere)
        assert site.ask(ask_link(person.email)).status == 202
        *_, secret = site.secrets(person.email)
        calls = [confirm(moving), set_password(secret, NEW), refresh(sessions[1]["refresh"])]
        moved, reset, renewed = site.at_once([*calls, sign_in(person.email)])[:3]
        assert (verdict(moved), verdict(reset)) in {(204, "reset_invalid"), ("link_invalid", 204)}
        if reset.status == 204:
            assert address_of(site, person) == person.email
            assert holders(site, elsewhere) == []
            assert dead(site, sessions if renewed.status != 200 else [*sessions, renewed.body])
            assert site.ask(sign_in(person.email)).status == 401
            assert site.ask(sign_in(person.email, NEW)).status == 200
        else:
            assert holders(site, person.email) == []
            assert site.ask(sign_in(elsewhere)).status == 200


@pytest.mark.parametrize(
    "acting",
    [
        lambda token: register_device("rack-1", token),
        lambda token: change_username(f"renamed{next(_numbers)}", token),
        delete_me,
    ],
    ids=["device", "name", "deletion"],
)
def test_what_was_under_way_when_an_owner_took_the_account_back_comes_to_nothing(
    plain_site, acting
):
    site, person = plain_site, plain_site.newcomer()
    token = site.tokens(person.email)["access"]
    name = "SELECT username FROM auth_user WHERE id = %s"
    before = site.rows(name, person.id)
    assert site.ask(ask_link(person.email)).status == 202
    *_, secret = site.secrets(person.email)
    with ThreadPoolExecutor() as pool:
        with connect(site.database) as other, other.transaction():
            other.execute("SELECT FROM auth_user WHERE id = %s FOR NO KEY UPDATE", [person.id])
            reset = pool.submit(site.ask, set_password(secret, NEW))
            wait_until(lambda: somebody_waits(site))
            late = pool.submit(site.ask, acting(token))
            wait_until(lambda: somebody_waits(site, number=2))
        assert reset.result().status == 204
        assert late.result().status in {400, 401}
    assert site.rows(name, person.id) == before
    owned = "SELECT count(*) FROM jwt_accounts_devices_device WHERE owner_id = %s"
    assert site.rows(owned, person.id) == [(0,)]


def set_once(site, person) -> None:
    """The secret that was sent to a person sets one of fifty passwords."""
    *_, secret = site.secrets(person.email)
    chosen = [f"{NEW} {place}" for place in range(50)]
    ways = (
        lambda password: set_password(secret, password),
        lambda password: djoser_set_password(person.id, secret, password),
    )
    answers = site.at_once([way(each) for way, each in zip(cycle(ways), chosen, strict=False)])
    won = [place for place, answer in enumerate(answers) if answer.status == 204]
    assert len(won) == 1
    # Contract zero's "no window", and djoser's word for a token that is none.
    assert {answer.status for answer in answers} == {204, 400, 404}
    assert notices(site, person) == 1
    tried = [site.ask(sign_in(person.email, chosen[won[0] - step])).status for step in (0, 1)]
    assert tried == [200, 401]


def guest(site) -> Person:
    """Somebody whom staff made, without a password."""
    name = f"guest{next(_numbers)}"
    data = {"username": name, "email": f"{name}@example.com"}
    made = site.ask(Call("POST", "/accounts/users/", data, site.root_token()))
    assert made.status == 201
    return Person(made.body["id"], name, data["email"])


def invite(site, person) -> Call:
    return Call("POST", f"/accounts/users/{person.id}/invite/", token=site.root_token())
