"""Accounts that are deleted while much else goes on: nothing is left of them, and nobody waits for
another in a circle."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from random import Random

import pytest

from jwt_accounts.credentials.challenges import pin_for
from tests.concurrency.calls import (
    ask_link,
    change_email,
    change_password,
    change_username,
    chat_register,
    confirm,
    confirm_by_code,
    delete_me,
    delete_user,
    djoser_ask_link,
    djoser_change_email,
    djoser_delete_me,
    djoser_resend,
    register_device,
    resend,
)
from tests.concurrency.evidence import challenge, somebody_waits, verdict
from tests.concurrency.site import (
    ROOT,
    Call,
    ask_pin,
    connect,
    me,
    refresh,
    sign_in,
    sign_out,
    wait_until,
)

pytestmark = pytest.mark.postgres

#: Every column that names a user. The trail outlives them, without the name.
OWNED = (
    ("auth_user", "id"),
    ("auth_user_groups", "user_id"),
    ("jwt_accounts_account", "user_id"),
    ("jwt_accounts_challenge", "user_id"),
    ("jwt_accounts_passwordhistory", "user_id"),
    ("jwt_accounts_securityevent", "user_id"),
    ("jwt_accounts_securityevent", "actor_id"),
    ("jwt_accounts_usersession", "user_id"),
    ("jwt_accounts_devices_device", "owner_id"),
    ("jwt_accounts_activity_comment", "author_id"),
    ("jwt_accounts_activity_comment", "about_id"),
    ("jwt_accounts_activity_activity", "actor_id"),
    ("jwt_accounts_activity_activity", "target_id"),
    ("jwt_accounts_notifications_notification", "user_id"),
)
SUPERUSERS = "SELECT count(*) FROM auth_user WHERE is_superuser AND is_active"
_numbers = count(1)


@pytest.mark.parametrize("rounds", [2, pytest.param(40, marks=pytest.mark.slow)])
def test_an_account_deleted_in_a_storm_leaves_nothing(site, rounds):
    # The harness refuses every 5xx; a deadlock would be a 503.
    chance = Random(4)  # noqa: S311 - the order of a storm
    for _ in range(rounds):
        person = site.newcomer()
        (secret,) = site.secrets(person.email)
        sessions = [site.tokens(person.email) for _ in range(3)]
        tokens = [each["access"] for each in sessions]
        wanted = f"gone{next(_numbers)}@example.com"
        assert site.ask(register_device("rack-1", tokens[0])).status == 201
        calls = [
            *[delete_me(tokens[0]), djoser_delete_me(tokens[1])],
            *[sign_in(person.email)] * 2,
            *[refresh(each["refresh"]) for each in sessions] * 2,
            *[me(tokens[0]), sign_out(tokens[2])],
            *[confirm(secret)] * 2,
            *[resend(person.email), djoser_resend(person.email)],
            *[ask_pin(person.email), ask_link(person.email), djoser_ask_link(person.email)] * 2,
            *[register_device(name, tokens[0]) for name in ("rack-1", "rack-2")] * 2,
            *[djoser_change_email(wanted, tokens[1])] * 2,
            Call("PATCH", "/accounts/me/", {"first_name": "Ann"}, tokens[1]),
            site.edit(person, first_name="Bea"),
        ]
        chance.shuffle(calls)
        answers = site.at_once(calls)
        deleted = Counter(
            answer.status
            for call, answer in zip(calls, answers, strict=True)
            if call.path.endswith("/me/") and call.method == "DELETE"
        )
        assert deleted[204] == 1, deleted
        assert left(site, person) == {}
        assert {site.ask(me(token)).status for token in tokens} == {401}
        assert site.ask(sign_in(person.email)).status == 401
        # Whoever has the address may register with it again.
        assert site.ask(chat_register(person.email)).status == 201


def test_requests_that_check_a_password_while_the_account_is_deleted_find_nobody(plain_site):
    site = plain_site
    person = site.person()
    token = site.tokens(person.username)["access"]
    calls = [
        sign_in(person.email),
        delete_me(token),
        change_email(f"gone{next(_numbers)}@example.com", token),
        change_username(f"gone{next(_numbers)}", token),
        change_password("another horse battery", token),
    ]
    with site.held(calls, hashes=len(calls)) as held:
        assert site.ask(delete_user(person.id, site.root_token())).status == 204
    statuses = [each.result().status for each in held]
    assert set(statuses) <= {400, 401, 404}, statuses
    assert left(site, person) == {}


def test_a_code_that_is_compared_while_the_account_is_deleted_confirms_nothing(plain_site):
    person = plain_site.newcomer()
    code = pin_for(challenge(plain_site, person, "confirm_email"))
    with plain_site.held([confirm_by_code(person.email, code)], comparisons=1) as held:
        assert plain_site.ask(delete_user(person.id, plain_site.root_token())).status == 204
    assert verdict(held[0].result()) == "pin_invalid"
    assert left(plain_site, person) == {}


@pytest.mark.parametrize("asking", [resend, ask_pin, ask_link])
def test_what_is_asked_for_while_the_account_is_deleted_is_not_sent_and_leaves_nothing(
    plain_site, asking
):
    site, person = plain_site, plain_site.newcomer()
    for call in (ask_pin(person.email), ask_link(person.email)):
        site.ask(call)
    sent = len(site.mails(person))
    with ThreadPoolExecutor() as pool:
        with connect(site.database) as other, other.transaction():
            # The deletion waits here, after everything else of it is written.
            other.execute("SELECT FROM auth_user WHERE id = %s FOR KEY SHARE", [person.id])
            deleting = pool.submit(site.ask, delete_user(person.id, site.root_token()))
            wait_until(lambda: somebody_waits(site))
            asked = pool.submit(site.ask, asking(person.email))
            wait_until(lambda: somebody_waits(site, number=2))
        assert deleting.result().status == 204
        assert asked.result().status < 300
    assert left(site, person) == {}
    assert len(site.mails(person)) == sent + 1


def each_other(pair, tokens) -> list[Call]:
    return [delete_user(one.id, token) for one, token in zip(pair, reversed(tokens), strict=True)]


def themselves(pair, tokens) -> list[Call]:
    return [delete_me(token) for token in tokens]


def deletion_and_demotion(pair, tokens) -> list[Call]:
    return [
        delete_user(pair[0].id, tokens[1]),
        Call("PATCH", f"/accounts/users/{pair[1].id}/", {"is_superuser": False}, tokens[0]),
    ]


@pytest.mark.parametrize("ending", [each_other, themselves, deletion_and_demotion])
def test_of_two_superusers_who_end_each_other_at_once_one_stays(plain_site, ending):
    site = plain_site
    for _ in range(2):
        pair = [site.person(is_superuser=True), site.person(is_superuser=True)]
        tokens = [site.tokens(each.username)["access"] for each in pair]
        with only_superusers(site, pair):
            statuses = sorted(each.status for each in site.at_once(ending(pair, tokens)))
            assert statuses[0] in {200, 204}
            # Who comes second is refused: as the last one, or as nobody of rank any more.
            assert statuses[1] in {401, 403, 409}
            assert site.rows(SUPERUSERS) == [(1,)]


@pytest.mark.parametrize("ending", ["deletion", "deactivation", "demotion"])
def test_the_end_of_a_superuser_locks_users_in_the_one_order(plain_site, ending):
    """Who waits for the first of them holds none of the later ones."""
    site = plain_site
    first, later = site.person(is_superuser=ending == "deletion"), site.person(is_superuser=True)
    call = {
        "deletion": delete_user(first.id, site.root_token()),
        "deactivation": site.edit(first, is_active=False),
        "demotion": site.edit(first, is_superuser=False),
    }[ending]
    lock = "SELECT FROM auth_user WHERE id = %s FOR NO KEY UPDATE NOWAIT"
    with ThreadPoolExecutor() as pool:
        with connect(site.database) as other, other.transaction():
            other.execute(lock, [first.id])
            ended = pool.submit(site.ask, call)
            wait_until(lambda: somebody_waits(site))
            other.execute(lock, [later.id])
        assert ended.result().status in {200, 204}


@contextmanager
def only_superusers(site, people):
    """Nobody else is one inside, and only the first of all after it."""
    site.run("UPDATE auth_user SET is_superuser = (id = ANY(%s))", [each.id for each in people])
    try:
        yield
    finally:
        site.run("UPDATE auth_user SET is_superuser = (username = %s)", ROOT)


def left(site, person) -> dict[str, int]:
    """How many rows of a person there are, by column."""
    counts = {
        f"{table}.{column}": site.rows(
            f"SELECT count(*) FROM {table} WHERE {column} = %s",  # noqa: S608 - our own names
            person.id,
        )[0][0]
        for table, column in OWNED
    }
    return {name: number for name, number in counts.items() if number}
