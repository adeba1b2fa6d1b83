"""Everything that writes to one account, at once: nobody deadlocks, nothing is half done."""

from __future__ import annotations

import random

import pytest

from tests.concurrency.site import PASSWORD, WRONG, Call, me, refresh, sign_in, sign_out

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_forty_writers_of_one_account_never_meet_in_a_deadlock(plain_site, rounds):
    site = plain_site
    # The harness refuses every 5xx; a deadlock would be a 503.
    chance = random.Random(1)  # noqa: S311 - the order of a storm
    for number in range(rounds):
        person = site.person()
        sessions = [site.tokens(person.username) for _ in range(4)]
        one = f"/accounts/users/{person.id}/"
        staff = site.root_token()
        spent = sessions[0]["refresh"]
        renewed = site.ask(refresh(site.ask(refresh(spent)).body["refresh"])).body["refresh"]
        calls = [
            *[sign_in(person.username, WRONG)] * 6,
            *[sign_in(person.email, PASSWORD)] * 6,
            *[refresh(each["refresh"]) for each in sessions[1:]] * 2,
            *[refresh(spent), refresh(renewed)],
            *[sign_out(sessions[1]["access"]), me(sessions[2]["access"])],
            Call("DELETE", "/accounts/sessions/", token=sessions[3]["access"]),
            *[site.edit(person, username=f"storm{number}{letter}") for letter in "abcd"],
            *[site.edit(person, email=f"storm{number}@{letter}.example") for letter in "abc"],
            *[site.edit(person, username=f"storm{number}z", password="other horse battery")] * 2,
            *[site.edit(person, is_active=flag) for flag in (False, True)],
            *[Call("PUT", f"{one}lock/", token=staff), Call("DELETE", f"{one}lock/", token=staff)],
            *[Call("POST", f"{one}unlock/", token=staff)] * 2,
        ]
        chance.shuffle(calls)
        site.at_once(calls)
        # Whatever won, staff can put it right again, and the password they set opens it.
        final = site.edit(person, is_active=True, password="a quiet horse battery")
        assert site.ask(final).status == 200
        assert site.ask(Call("POST", f"{one}unlock/", token=staff)).status == 204
        assert site.ask(Call("DELETE", f"{one}lock/", token=staff)).status == 204
        name = site.rows("SELECT username FROM auth_user WHERE id = %s", person.id)[0][0]
        assert site.ask(sign_in(name, "a quiet horse battery")).status == 200
        assert {site.ask(me(each["access"])).status for each in sessions} == {401}
