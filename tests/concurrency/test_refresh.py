"""One refresh token, many clients at once; and what ends a session, at the same moment."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.concurrency.site import PASSWORD, Call, me, refresh, sign_in, sign_out

pytestmark = pytest.mark.postgres


@pytest.fixture(params=["plain", "atomic"])
def site(request):
    """With `ATOMIC_REQUESTS` and without, each time."""
    return request.getfixturevalue(f"{request.param}_site")


#: Of each way to end a session.
ROUNDS = [4, pytest.param(40, marks=pytest.mark.slow)]


def test_fifty_refreshes_at_once_get_one_successor_within_the_grace(plain_site):
    person = plain_site.person()
    for _ in range(3):
        spent = plain_site.tokens(person.username)["refresh"]
        answers = plain_site.at_once([refresh(spent)] * 50)
        assert {answer.status for answer in answers} == {200}
        successors = {answer.body["refresh"] for answer in answers}
        assert len(successors) == 1
        assert successors != {spent}
        # It is the real one, and was rotated once.
        assert plain_site.ask(refresh(successors.pop())).status == 200
        assert generation(plain_site, answers[0].body["session"]) == 2


def test_fifty_refreshes_at_once_without_grace_are_one_and_a_dead_session(graceless_site):
    person = graceless_site.person()
    for _ in range(5):
        spent = graceless_site.tokens(person.username)
        answers = graceless_site.at_once([refresh(spent["refresh"])] * 50)
        assert Counter(answer.status for answer in answers) == {200: 1, 401: 49}
        winner = next(answer.body for answer in answers if answer.status == 200)
        assert graceless_site.ask(refresh(winner["refresh"])).status == 401
        assert graceless_site.ask(me(winner["access"])).status == 401
        assert graceless_site.ask(me(spent["access"])).status == 401
        reasons = graceless_site.rows(
            "SELECT end_reason FROM jwt_accounts_usersession WHERE id = %s", winner["session"]
        )
        assert reasons == [("refresh_reused",)]
        assert len(reuse_events(graceless_site, winner["session"])) == 1


def test_a_replay_ends_its_session_and_no_other(graceless_site):
    person = graceless_site.person()
    attacked = graceless_site.tokens(person.username)
    other = graceless_site.tokens(person.username)
    graceless_site.at_once([refresh(attacked["refresh"])] * 5)
    assert graceless_site.ask(me(attacked["access"])).status == 401
    assert graceless_site.ask(me(other["access"])).status == 200
    assert graceless_site.ask(refresh(other["refresh"])).status == 200


def end_by_sign_out(site, person, tokens):
    return sign_out(tokens["access"])


def end_by_revocation(site, person, tokens):
    return Call("POST", "/accounts/token/revoke/", {"token": tokens["refresh"]})


def end_by_deactivation(site, person, tokens):
    return site.edit(person, is_active=False)


def end_by_new_password(site, person, tokens):
    return site.edit(person, password="another horse battery")


def end_by_staff_lock(site, person, tokens):
    return Call("PUT", f"/accounts/users/{person.id}/lock/", token=site.root_token())


@pytest.mark.parametrize(
    "ending",
    [
        end_by_sign_out,
        end_by_revocation,
        end_by_deactivation,
        end_by_new_password,
        end_by_staff_lock,
    ],
)
@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_token_survives_what_ended_its_session_while_it_was_refreshed(
    plain_site, ending, rounds
):
    for _ in range(rounds):
        person = plain_site.person()
        tokens = plain_site.tokens(person.username)
        calls = [refresh(tokens["refresh"]) for _ in range(6)]
        calls.insert(3, ending(plain_site, person, tokens))
        answers = plain_site.at_once(calls)
        assert answers.pop(3).status in {200, 204}

        given = [tokens] + [answer.body for answer in answers if answer.status == 200]
        assert {plain_site.ask(me(each["access"])).status for each in given} == {401}
        assert {plain_site.ask(refresh(each["refresh"])).status for each in given} == {401}


def test_who_is_switched_off_while_the_password_is_checked_is_not_signed_in(plain_site):
    person = plain_site.person()
    with plain_site.held([sign_in(person.username)], hashes=1) as held:
        assert plain_site.ask(plain_site.edit(person, is_active=False)).status == 200
    assert held[0].result().status == 401
    assert open_sessions(plain_site, person) == 0


def test_who_is_locked_by_staff_while_the_password_is_checked_is_not_signed_in(plain_site):
    person = plain_site.person()
    lock = end_by_staff_lock(plain_site, person, {})
    with plain_site.held([sign_in(person.username)], hashes=1) as held:
        assert plain_site.ask(lock).status == 204
    assert held[0].result().status in {401, 423}
    assert open_sessions(plain_site, person) == 0


def test_a_password_replaced_while_it_is_checked_opens_no_session(plain_site):
    person = plain_site.person()
    stored = plain_site.rows("SELECT password FROM auth_user WHERE id = %s", person.id)[0][0]
    with plain_site.held([sign_in(person.username, PASSWORD)], hashes=1) as held:
        plain_site.run(
            "UPDATE auth_user SET password = %s WHERE id = %s", stored[:-4] + "AAA=", person.id
        )
    assert held[0].result().status == 401
    assert open_sessions(plain_site, person) == 0


def generation(site, session: str) -> int:
    found = site.rows("SELECT generation FROM jwt_accounts_usersession WHERE id = %s", session)
    return found[0][0]


def open_sessions(site, person) -> int:
    found = site.rows(
        "SELECT count(*) FROM jwt_accounts_usersession WHERE user_id = %s AND ended_at IS NULL",
        person.id,
    )
    return found[0][0]


def reuse_events(site, session: str) -> list[tuple[object, ...]]:
    return site.rows(
        "SELECT id FROM jwt_accounts_securityevent"
        " WHERE kind = 'refresh_reused' AND details->>'session' = %s",
        session.replace("-", ""),
    )
