"""Managers at once: a user has one role, and a role's rules are what somebody sent."""

from __future__ import annotations

from collections import Counter
from itertools import cycle
from random import Random

import pytest

from tests.concurrency.site import Call, assign_role, me

pytestmark = pytest.mark.postgres

FLAGS = ("contain_upper_case", "contain_lower_case", "contain_special_case", "contain_number")


@pytest.fixture
def managers(site):
    """Access tokens of two."""
    return [manager(site) for _ in range(2)]


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_roles_given_by_two_managers_at_once_leave_one_role(site, managers, rounds):
    for _ in range(rounds):
        person = site.person()
        join(site, person, "Night shift")
        calls = [
            way(person, role, token)
            for way in (by_name, by_key)
            for role, token in zip(("Cashier", "Attendant"), managers, strict=True)
        ]
        answers = site.at_once(calls * 3)
        assert {answer.status for answer in answers} <= {200, 204}

        trail = site.rows(
            "SELECT details FROM jwt_accounts_securityevent"
            " WHERE kind = 'role_assigned' AND user_id = %s ORDER BY id",
            person.id,
        )
        given = [details["role"] for (details,) in trail]
        assert Counter(given) == {"Cashier": 6, "Attendant": 6}
        # One after the other: each took away what the one before had given.
        former = [details["former"] for (details,) in trail]
        assert former == [[], *[[role] for role in given[:-1]]]
        assert groups(site, person) == sorted([given[-1], "Night shift"])


def test_a_role_given_while_it_is_taken_away_is_there_or_not_and_never_two(site, managers):
    person = site.person()
    for _ in range(5):
        site.at_once([by_key(person, role, managers[0]) for role in ("Cashier", None, "Attendant")])
        assert len(groups(site, person)) <= 1


def test_who_was_a_manager_when_a_request_began_is_none_at_the_next(site):
    person, chief = site.person(), site.root_token()
    for _ in range(2):
        one = site.person()
        assert site.ask(assign_role(one.username, "Manager", chief)).status == 200
        token = site.tokens(one.username)["access"]
        calls = [by_name(person, "Cashier", token)] * 6
        calls.insert(3, by_name(one, "Cashier", chief))
        answers = site.at_once(calls)
        assert answers.pop(3).status == 200
        assert {answer.status for answer in answers} <= {200, 403}
        # On every process.
        after = [site.ask(by_name(person, "Attendant", token)).status for _ in site.ports]
        assert set(after) == {403}
        assert site.ask(me(token)).status == 200


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_single_columns_put_at_once_are_all_kept(site, managers, rounds):
    chance = Random(3)  # noqa: S311 - the order of a storm
    for number in range(rounds):
        before = rules(site)
        columns = {
            "minimum_characters": [4 + (number + place) % 20 for place in range(8)],
            "password_expiration": [30 + (number + place) % 300 for place in range(8)],
            **{name: [True, False] * 2 for name in FLAGS[:2]},
            # Sent once each: what is lost here nobody else puts right.
            **{name: [not before[name]] for name in FLAGS[2:]},
            "lockout_limit": [3 + number],
        }
        sent = [{name: value} for name, values in columns.items() for value in values]
        chance.shuffle(sent)
        newest = newest_event(site)
        answers = site.at_once(
            [change(each, token) for each, token in zip(sent, cycle(managers), strict=False)]
        )
        assert {answer.status for answer in answers} == {200}

        after = rules(site)
        assert all(after[name] in values for name, values in columns.items())
        assert after["lockout_time"] == before["lockout_time"]
        # The trail of each column leads from the first value to the last without a gap.
        for name in columns:
            trail = [each[name] for each in changes_since(site, newest) if name in each]
            steps = [before[name], *[new for _, new in trail]]
            assert [old for old, _ in trail] == steps[:-1]
            assert steps[-1] == after[name]


def test_nobody_reads_half_of_a_change(site, managers):
    pair = [{"minimum_characters": value, "password_expiration": value} for value in range(8, 24)]
    assert site.ask(change(pair[0], managers[0])).status == 200
    calls = []
    for each, token in zip(pair, cycle(managers), strict=False):
        calls += [change(each, token), Call("GET", "/accounts/roles/Clerk/", token=token)]
    read = [answer.body for answer in site.at_once(calls)[1::2]]
    assert all(each["minimum_characters"] == each["password_expiration"] for each in read)
    after = rules(site)
    assert after["minimum_characters"] == after["password_expiration"]


def test_a_refused_change_among_many_changes_nothing(site, managers):
    good = [{"minimum_characters": value} for value in range(8, 16)]
    bad = [{"minimum_characters": 0, "contain_number": True}, {"password_expiration": 0}]
    assert site.ask(change({"contain_number": False}, managers[0])).status == 200
    before = rules(site)
    calls = [
        change(each, token) for each, token in zip(good + bad * 4, cycle(managers), strict=False)
    ]
    answers = site.at_once(calls)
    assert [answer.status for answer in answers] == [200] * len(good) + [400] * 8
    after = rules(site)
    assert after["minimum_characters"] in range(8, 16)
    assert {**after, "minimum_characters": 0} == {**before, "minimum_characters": 0}


def test_a_changed_rule_binds_on_every_process_at_once(site, managers):
    person = site.person()
    assert site.ask(assign_role(person.username, "Clerk", site.root_token())).status == 200
    for length in (40, 50, 60):
        assert site.ask(change({"minimum_characters": length}, managers[0])).status == 200
        told = [site.ask(Call("GET", "/accounts/password/rules/")).body for _ in site.ports]
        assert {each["roles"]["Clerk"]["minimum_characters"] for each in told} == {length}
        short = site.edit(person, password="long but not long enough".ljust(length - 1, "x"))
        assert [site.ask(short).status for _ in site.ports] == [400] * len(site.ports)


def manager(site) -> str:
    person = site.person()
    assert site.ask(assign_role(person.username, "Manager", site.root_token())).status == 200
    return site.tokens(person.username)["access"]


def by_name(person, role: str, token: str) -> Call:
    return assign_role(person.username, role, token)


def by_key(person, role: str | None, token: str) -> Call:
    """The request of contract zero."""
    return Call("PUT", f"/accounts/users/{person.id}/role/", {"role": role}, token)


def change(values: dict[str, object], token: str) -> Call:
    """The back office's request; contract zero's for what only it knows."""
    if "lockout_limit" in values:
        return Call("PATCH", "/accounts/roles/Clerk/", values, token)
    return Call("PUT", "/authentication/role/settings/Clerk/", values, token)


def rules(site) -> dict[str, object]:
    names = (*FLAGS, "minimum_characters", "password_expiration", "lockout_limit", "lockout_time")
    (found,) = site.rows(
        "SELECT contain_upper_case, contain_lower_case, contain_special_case, contain_number,"
        " minimum_characters, password_expiration, lockout_limit, lockout_time"
        " FROM jwt_accounts_rolesettings JOIN auth_group ON id = role_id WHERE name = 'Clerk'"
    )
    return dict(zip(names, found, strict=True))


def newest_event(site) -> int:
    return site.rows("SELECT coalesce(max(id), 0) FROM jwt_accounts_securityevent")[0][0]


def changes_since(site, event: int) -> list[dict[str, list[object]]]:
    found = site.rows(
        "SELECT details->'changes' FROM jwt_accounts_securityevent"
        " WHERE kind = 'role_settings_changed' AND id > %s ORDER BY id",
        event,
    )
    return [changes for (changes,) in found]


def join(site, person, group: str) -> None:
    """Put somebody into a group that is no role, past the project."""
    site.run("INSERT INTO auth_group (name) VALUES (%s) ON CONFLICT DO NOTHING", group)
    site.run(
        "INSERT INTO auth_user_groups (user_id, group_id) SELECT %s, id FROM auth_group"
        " WHERE name = %s",
        person.id,
        group,
    )


def groups(site, person) -> list[str]:
    found = site.rows(
        "SELECT name FROM auth_group JOIN auth_user_groups ON group_id = auth_group.id"
        " WHERE user_id = %s ORDER BY name",
        person.id,
    )
    return [name for (name,) in found]
