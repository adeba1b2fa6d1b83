"""Nobody climbs: whatever is asked by whom in whatever order, rights only spread downwards.

A machine makes roles with any rights and people with any roles, lets anybody ask for anything, and
compares each answer with a model of the rule that is written here a second time: who acts holds
the right, and holds all that the other one holds (DESIGN.md section 4).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jwt_accounts.errors import AccountError
from jwt_accounts.flows import lock_account as acts
from jwt_accounts.flows.assign_role import assign_role, assign_role_by_name
from jwt_accounts.flows.delete_account import delete_user
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.role_settings import change_role
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession
from jwt_accounts.types import RequestContext
from tests.conftest import identifier_of

pytestmark = pytest.mark.django_db

CTX = RequestContext(now=datetime(2026, 5, 4, 12, tzinfo=UTC), ip="192.0.2.1", user_agent="tests")
MOST_PEOPLE = 12

#: Rights of this library, and one of the host's own that nothing here asks for.
OURS = ["assign_role", "change_rolesettings", "end_sessions", "lock_account", "unlock_account"]
OF_USERS = ["add", "change", "delete"]

FLAG_NAMES = ["is_staff", "is_superuser", "is_active", "must_change_password"]
RIGHTS = st.frozensets(st.sampled_from([*OURS, *OF_USERS]))
# Those who may do much, and not all, ask most often; what they may not do is asked of them.
PEOPLE = st.sampled_from([*range(7), *range(MOST_PEOPLE)])
THEMSELVES = -1
OTHERS = st.sampled_from([*[THEMSELVES] * 5, *range(7), *range(MOST_PEOPLE)])
ACTORS = st.sampled_from([0, 0, 1, 1, 1, 1, 2, 3, 3, 4, 5, 5, 5, *range(MOST_PEOPLE)])
ROLES = st.sampled_from([0, 1, 1, 2, 3, 4, 5])
#: Most say no more than one thing, so that it alone is what is refused.
FLAGS = st.sampled_from([*({name: value} for name in FLAG_NAMES for value in (True, False)), {}])

#: What each act on an account asks for.
ACTS = {
    acts.unlock_account: "unlock_account",
    acts.lock_account: "lock_account",
    acts.lift_staff_lock: "lock_account",
    acts.end_sessions: "end_sessions",
    acts.demand_password_change: "change",
}


@dataclass(frozen=True)
class Person:
    """All that any of the flows may change of somebody."""

    is_superuser: bool
    is_staff: bool
    is_active: bool
    password: str
    roles: frozenset[str]
    rights: frozenset[str]
    account: tuple[object, ...]
    sessions: frozenset[object]

    def holds(self, right: str) -> bool:
        return self.is_active and (self.is_superuser or right in self.rights)

    def holds_all(self, rights: frozenset[str]) -> bool:
        return self.is_active and (self.is_superuser or rights <= self.rights)

    @property
    def is_high(self) -> bool:
        return self.is_superuser or self.is_staff


@dataclass(frozen=True)
class World:
    """Everybody, the roles and what is written of them."""

    people: dict[Any, Person]
    roles: dict[str, frozenset[str]]
    rules: dict[str, tuple[object, ...]]
    events: int

    def reaches(self, actor: Any, target: Any) -> bool:
        """Whether one stands at least as high as the other."""
        strong, weak = self.people[actor], self.people[target]
        if strong.is_superuser or actor == target:
            return True
        return not weak.is_high and strong.holds_all(weak.rights)

    @property
    def active_superusers(self) -> set[Any]:
        return {key for key, each in self.people.items() if each.is_superuser and each.is_active}


class Lattice(RuleBasedStateMachine):
    """Random people ask for random things."""

    make_user: Any
    make_role: Any
    steps = 0
    granted = 0

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.keys: list[Any] = []
        self.roles: list[str] = []
        self.made = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        roles=st.lists(RIGHTS, min_size=1, max_size=3),
        people=st.lists(st.frozensets(st.integers(0, 4), max_size=2), min_size=1, max_size=3),
    )
    def make(self, roles, people):
        """Some are always there, so that each rule has somebody to stop."""
        every = frozenset([*OURS, *OF_USERS])
        half = {"end_sessions", "unlock_account", "add"}
        first = [every - {"delete"}, {"delete", "assign_role"}, half]
        for number, rights in enumerate([*first, *roles]):
            self.make_role(f"R{number}", [named(right) for right in sorted(rights)])
            self.roles.append(f"R{number}")
        cast = [
            self.make_user("first", is_superuser=True),
            self.make_user("chief", groups=["R0"]),
            self.make_user("peer", groups=["R0"]),
            self.make_user("staff", groups=["R0"], is_staff=True),
            self.make_user("high", groups=["R1"]),
            self.make_user("half", groups=["R2"]),
            self.make_user("own"),
        ]
        options = cast[-1]._meta
        cast[-1].user_permissions.add(
            Permission.objects.get(
                content_type__app_label=options.app_label,
                codename=f"delete_{options.model_name}",
            )
        )
        for number, held in enumerate(people):
            names = sorted({self.roles[each % len(self.roles)] for each in held})
            cast.append(self.make_user(f"p{number}", groups=names))
        self.keys.extend(user.pk for user in cast)

    # What happens besides.

    @rule(role=ROLES, rights=RIGHTS)
    def a_host_changes_what_a_role_holds(self, role, rights):
        group = Group.objects.get(name=self.roles[3 + role % (len(self.roles) - 3)])
        group.permissions.clear()
        self.make_role(group.name, [named(right) for right in sorted(rights)])

    @rule(who=PEOPLE)
    def somebody_is_in_and_mistyped(self, who):
        user = self.user(who)
        with suppress(AccountError):  # disabled, or locked by staff
            open_session(CTX, user=user, amr=("pwd",))
        Account.objects.filter(user=user).update(failures=3)

    # What is asked for.

    @rule(
        actor=ACTORS,
        other=OTHERS,
        act=st.sampled_from(list(ACTS)),
    )
    def somebody_acts_on_an_account(self, actor, other, act):
        asked = self.user(actor)
        key = self.user(actor if other == THEMSELVES else other).pk
        before = look()
        may = before.people[asked.pk].holds(ACTS[act]) and before.reaches(asked.pk, key)
        if act is acts.lock_account and asked.pk == key:
            may = False
        self.ask(before, asked, key, may, act, actor=asked, user_id=str(key))

    @rule(
        actor=ACTORS,
        other=OTHERS,
        role=st.none() | ROLES,
        by_name=st.booleans(),
    )
    def somebody_assigns_a_role(self, actor, other, role, by_name):
        asked, user = self.user(actor), self.user(actor if other == THEMSELVES else other)
        name = None if role is None else self.roles[role % len(self.roles)]
        before = look()
        strong = before.people[asked.pk]
        may = (
            strong.holds("assign_role")
            and before.reaches(asked.pk, user.pk)
            and (asked.pk != user.pk or strong.is_superuser)
            and (name is None or strong.holds_all(before.roles[name]))
        )
        if by_name and name is not None:
            call, whom = assign_role_by_name, {"username": identifier_of(user)}
        else:
            call, whom = assign_role, {"user_id": str(user.pk)}
        after = self.ask(before, asked, user.pk, may, call, actor=asked, role=name, **whom)
        # Changing a role ends nothing.
        assert after.people[user.pk].sessions == before.people[user.pk].sessions
        if may:
            assert after.people[user.pk].roles == ({name} if name else set())

    @rule(
        actor=ACTORS,
        role=ROLES,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "minimum_characters": st.sampled_from([0, 1, 12, 129, None]),
                "contain_number": st.booleans(),
                "lockout_limit": st.sampled_from([1, 5]),
            },
        ),
    )
    def somebody_changes_the_rules_of_a_role(self, actor, role, changes):
        asked, name = self.user(actor), self.roles[role % len(self.roles)]
        before = look()
        strong = before.people[asked.pk]
        may = strong.holds("change_rolesettings") and strong.holds_all(before.roles[name])
        binds_the_high = any(each.is_high and name in each.roles for each in before.people.values())
        may = may and (strong.is_superuser or not binds_the_high)
        may = may and changes.get("minimum_characters") not in {0, 129}
        after = self.ask(
            before, asked, None, may, change_role, actor=asked, role=name, changes=changes
        )
        others = {key: value for key, value in before.rules.items() if key != name}
        assert {key: value for key, value in after.rules.items() if key != name} == others
        if after.rules != before.rules:
            assert strong.holds_all(before.roles[name])
            assert strong.is_superuser or not binds_the_high

    @precondition(lambda self: len(self.keys) < MOST_PEOPLE)
    @rule(
        actor=ACTORS,
        flags=st.fixed_dictionaries(
            {}, optional={"is_staff": st.booleans(), "is_superuser": st.booleans()}
        ),
    )
    def somebody_makes_a_user(self, actor, flags):
        asked = self.user(actor)
        self.made += 1
        name = f"made{self.made}"
        values = UserValues(username=name, email=f"{name}@example.com", **flags)
        before = look()
        strong = before.people[asked.pk]
        may = strong.holds("add") and (strong.is_superuser or not any(flags.values()))
        after = self.ask(before, asked, None, may, create_user, actor=asked, values=values)
        new = after.people.keys() - before.people.keys()
        self.keys.extend(new)
        for key in new:
            assert not after.people[key].rights
            assert strong.is_superuser or not after.people[key].is_high

    @rule(
        actor=ACTORS,
        other=OTHERS,
        flags=FLAGS | st.dictionaries(st.sampled_from(FLAG_NAMES), st.booleans()),
        sets_password=st.booleans(),
    )
    def somebody_edits_a_user(self, actor, other, flags, sets_password):
        asked, user = self.user(actor), self.user(actor if other == THEMSELVES else other)
        self.made += 1
        password = f"Lattice-horse-{self.made}" if sets_password else None
        before = look()
        strong, weak = before.people[asked.pk], before.people[user.pk]
        asks_for_more = any(
            flags.get(name, getattr(weak, name)) != getattr(weak, name)
            for name in ("is_staff", "is_superuser")
        )
        goes = flags.get("is_superuser") is False or flags.get("is_active") is False
        may = (
            strong.holds("change")
            and before.reaches(asked.pk, user.pk)
            and (strong.is_superuser or not asks_for_more)
            and not (goes and before.active_superusers == {user.pk})
            and not (asked.pk == user.pk and flags.get("is_active") is False)
        )
        values = UserValues(password=password, **flags)
        self.ask(
            before, asked, user.pk, may, edit_user, actor=asked, user_id=str(user.pk), values=values
        )

    @rule(actor=ACTORS, other=OTHERS)
    def somebody_deletes_a_user(self, actor, other):
        asked, user = self.user(actor), self.user(actor if other == THEMSELVES else other)
        before = look()
        may = (
            before.people[asked.pk].holds("delete")
            and before.reaches(asked.pk, user.pk)
            and asked.pk != user.pk  # that asks for the password
            and before.active_superusers != {user.pk}
        )
        place, groups = self.keys.index(user.pk), [group.name for group in user.groups.all()]
        after = self.ask(
            before, asked, user.pk, may, delete_user, actor=asked, user_id=str(user.pk)
        )
        assert (user.pk in after.people) is not may
        if may:
            # Another of the same kind comes in the same place.
            self.made += 1
            flags = {"is_superuser": user.is_superuser, "is_staff": user.is_staff}
            self.keys[place] = self.make_user(f"new{self.made}", groups=groups, **flags).pk

    # What must hold, whatever happened.

    @invariant()
    def the_last_active_superuser_is_there(self):
        users = get_user_model()._default_manager
        assert not self.keys or users.filter(is_superuser=True, is_active=True).exists()

    def user(self, number):
        """Somebody, as a request loads them."""
        return get_user_model()._default_manager.get(pk=self.keys[number % len(self.keys)])

    def ask(self, before, asked, target, may, flow, **arguments):
        """Call a flow; compare what it says with the model, and what it did with the rule."""
        type(self).steps += 1
        try:
            flow(CTX, **arguments)
        except AccountError:
            assert not may, "refused what was right"
            after = look()
            assert after == before, "a refusal changed something"
            return after
        assert may, "did what nobody may"
        type(self).granted += 1
        after = look()
        changes_nothing = flow is change_role and after.rules == before.rules
        assert after.events == before.events + (0 if changes_nothing else 1)
        assert after.roles == before.roles
        nobody_climbed(before, after, asked.pk, target)
        return after


def nobody_climbed(before, after, actor, target):
    """The promise in plain words, whichever flow it was."""
    strong = before.people[actor]
    assert strong.is_active
    for key, weak in before.people.items():
        now = after.people.get(key)
        if now == weak:
            continue
        assert key == target, "somebody else was changed"
        if strong.is_superuser:
            continue
        if now is None:
            assert not weak.is_high, "a superuser or a staff member was deleted"
            assert weak.rights <= strong.rights, "somebody stronger was deleted"
            continue
        assert now.rights - weak.rights <= strong.rights, "a right that the giver lacks"
        assert (now.is_superuser, now.is_staff) == (weak.is_superuser, weak.is_staff)
        if key == actor:
            assert (now.rights, now.is_active) == (weak.rights, weak.is_active)
        else:
            assert not weak.is_high, "a superuser or a staff member was reached"
            assert weak.rights <= strong.rights, "somebody stronger was reached"


def named(right):
    """As ``make_role`` wants it."""
    return f"{right}_user" if right in OF_USERS else f"jwt_accounts.{right}"


def look() -> World:
    """The world as the database has it, without the library's own word on rights."""
    model = get_user_model()
    short = {
        key: codename.removesuffix(f"_{model._meta.model_name}")
        for key, codename in Permission.objects.values_list("pk", "codename")
    }
    names = dict(Group.objects.values_list("pk", "name"))
    of_role: dict[str, set[str]] = {name: set() for name in names.values()}
    through = Group.permissions.through.objects
    for group, permission in through.values_list("group_id", "permission_id"):
        of_role[names[group]].add(short[permission])
    held = pairs(model.groups.through, model, "group_id")
    own = pairs(model.user_permissions.through, model, "permission_id")
    accounts = {
        key: tuple(rest)
        for key, *rest in Account.objects.values_list(
            "pk", "failures", "staff_locked_at", "must_change_password", "password_changed_at"
        )
    }
    sessions: dict[Any, set[Any]] = {}
    alive = UserSession.objects.filter(ended_at__isnull=True)
    for key, user in alive.values_list("pk", "user_id"):
        sessions.setdefault(user, set()).add(key)
    people = {}
    for user in model._default_manager.all():
        roles = {names[each] for each in held.get(user.pk, ())}
        rights = {short[each] for each in own.get(user.pk, ())}.union(*map(of_role.get, roles))
        people[user.pk] = Person(
            is_superuser=user.is_superuser,
            is_staff=user.is_staff,
            is_active=user.is_active,
            password=user.password,
            roles=frozenset(roles),
            rights=frozenset(rights),
            account=accounts.get(user.pk, ()),
            sessions=frozenset(sessions.get(user.pk, ())),
        )
    rules = RoleSettings.objects.values_list("role__name", *RULES)
    return World(
        people=people,
        roles={name: frozenset(rights) for name, rights in of_role.items()},
        rules={name: tuple(rest) for name, *rest in rules},
        events=SecurityEvent.objects.count(),
    )


RULES = ["minimum_characters", "contain_number", "lockout_limit", "password_expiration"]


def pairs(through, model, other):
    """From a user's key to the keys on the other side."""
    (user,) = (
        each.attname for each in through._meta.fields if getattr(each, "related_model", 0) is model
    )
    found: dict[Any, set[Any]] = {}
    for left, right in through.objects.values_list(user, other):
        found.setdefault(left, set()).add(right)
    return found


def run(make_user, make_role, *, examples, steps):
    made = {"make_user": staticmethod(make_user), "make_role": staticmethod(make_role)}
    machine = type("Machine", (Lattice,), made)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            # A failure is told as it was found: to make it small takes minutes.
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return machine


def test_nobody_climbs(make_user, make_role):
    machine = run(make_user, make_role, examples=25, steps=40)
    assert machine.steps > 500
    # Neither is everything refused nor nothing.
    assert machine.steps * 0.1 < machine.granted < machine.steps * 0.9


@pytest.mark.slow
def test_nobody_climbs_in_ten_thousand_steps(make_user, make_role):
    machine = run(make_user, make_role, examples=250, steps=100)
    assert machine.steps >= 10_000
