"""Two of staff at once, and users whom no account knows yet."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.concurrency.evidence import somebody_waits
from tests.concurrency.site import PASSWORD, ROOT, Call, connect, sign_in, wait_until

pytestmark = pytest.mark.postgres

ROUNDS = 10


def test_two_superusers_who_demote_each_other_at_once_leave_one(plain_site):
    pair = [plain_site.person(is_superuser=True), plain_site.person(is_superuser=True)]
    tokens = [plain_site.tokens(each.username)["access"] for each in pair]
    # No other superuser, whatever other tests have left.
    plain_site.run("UPDATE auth_user SET is_superuser = (id = ANY(%s))", [each.id for each in pair])
    try:
        for change in [{"is_superuser": False}, {"is_active": False}] * (ROUNDS // 2):
            answers = plain_site.at_once(
                [
                    Call("PATCH", f"/accounts/users/{other.id}/", change, token)
                    for token, other in zip(tokens, reversed(pair), strict=True)
                ]
            )
            # Who comes second is refused: as the last one, or as nobody of rank any more.
            assert sorted(answer.status for answer in answers)[0] == 200
            assert sorted(answer.status for answer in answers)[1] in {401, 403, 409}
            assert active_superusers(plain_site) == 1
            plain_site.run(
                "UPDATE auth_user SET is_superuser = true, is_active = true WHERE id = ANY(%s)",
                [each.id for each in pair],
            )
            tokens = [plain_site.tokens(each.username)["access"] for each in pair]
    finally:
        plain_site.run("UPDATE auth_user SET is_superuser = (username = %s)", ROOT)


@pytest.mark.parametrize("field", ["email", "username"])
def test_one_identifier_taken_twice_at_once_is_one_user_and_one_named_field(plain_site, field):
    for number in range(ROUNDS):
        taken = f"Twin-{field}-{number}@Example.com"
        answers = plain_site.at_once(
            [
                make_user(plain_site, **{"username": f"{field}{number}{letter}", field: spelling})
                for letter, spelling in zip("ab", (taken, taken.lower()), strict=True)
            ]
        )
        assert sorted(answer.status for answer in answers) == [201, 400]
        refused = next(answer.body for answer in answers if answer.status == 400)
        assert {(each["field"], each["code"]) for each in refused["errors"]} == {(field, "unique")}
        found = plain_site.rows(
            "SELECT count(*) FROM auth_user WHERE lower(email) = %s OR lower(username) = %s",
            taken.lower(),
            taken.lower(),
        )
        assert found == [(1,)]


def test_the_first_sign_ins_of_a_user_made_elsewhere_make_one_account(plain_site):
    known = plain_site.person()
    for number in range(ROUNDS):
        name = f"made-elsewhere{number}"
        plain_site.run(
            "INSERT INTO auth_user (username, email, password, first_name, last_name, is_active,"
            " is_staff, is_superuser, date_joined) SELECT %s, %s, password, '', '', true, false,"
            " false, now() FROM auth_user WHERE id = %s",
            name,
            f"{name}@example.com",
            known.id,
        )
        names = [name, name.upper(), f"{name}@example.com", f"{name}@EXAMPLE.com"]
        answers = plain_site.at_once([sign_in(each, PASSWORD) for each in names])
        assert Counter(answer.status for answer in answers) == {200: 4}
        accounts = plain_site.rows(
            "SELECT count(*), max(username_key), max(email_key) FROM jwt_accounts_account"
            " JOIN auth_user ON auth_user.id = user_id WHERE auth_user.username = %s",
            name,
        )
        assert accounts == [(1, name, f"{name}@example.com")]


@pytest.mark.parametrize("change", [{"first_name": "Ann"}, {"email": "ann@example.org"}])
def test_an_edit_undoes_no_lock_that_began_while_it_ran(plain_site, change):
    person = plain_site.person()
    edit = plain_site.edit(person, **change)
    with ThreadPoolExecutor() as pool:
        with connect(plain_site.database) as other, other.transaction():
            # What a fifth wrong password and a lock by staff write, not committed yet.
            other.execute(
                "UPDATE jwt_accounts_account SET failures = 5, locked_at = now(),"
                " staff_locked_at = now() WHERE user_id = %s",
                [person.id],
            )
            edited = pool.submit(plain_site.ask, edit)
            wait_until(lambda: edited.done() or somebody_waits(plain_site))
        assert edited.result().status == 200
    kept = plain_site.rows(
        "SELECT failures, locked_at IS NOT NULL, staff_locked_at IS NOT NULL"
        " FROM jwt_accounts_account WHERE user_id = %s",
        person.id,
    )
    assert kept == [(5, True, True)]


def make_user(site, **fields) -> Call:
    return Call("POST", "/accounts/users/", {"password": PASSWORD, **fields}, site.root_token())


def active_superusers(site) -> int:
    return site.rows("SELECT count(*) FROM auth_user WHERE is_superuser AND is_active")[0][0]
