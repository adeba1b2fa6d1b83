"""The rules of the roles: read as they are in force, changed by who holds the right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction

from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.errors import AccountLocked, Forbidden, InvalidInput, NotFound, WrongCredentials
from jwt_accounts.flows.role_settings import (
    RoleRules,
    change_role,
    default_rules,
    get_role,
    list_roles,
)
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.set_password import check_rules
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.types import EventKind
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]

RIGHT = "jwt_accounts.change_rolesettings"
DAY = timedelta(days=1)

#: Every rule, with a value it does not have by default.
EVERY_RULE = {
    "minimum_characters": 12,
    "contain_upper_case": True,
    "contain_lower_case": True,
    "contain_special_case": True,
    "contain_number": True,
    "password_expiration": 90,
    "lockout_limit": 3,
    "lockout_time": timedelta(hours=1),
}


@pytest.fixture(autouse=True)
def roles(make_role):
    """A role with rules of its own, one that leaves everything to the host, and a higher one."""
    make_role("Cashier", minimum_characters=6, contain_number=True, password_expiration=30)
    make_role("Attendant")
    make_role("Clerk", [RIGHT])
    make_role("High", [RIGHT, "delete_user"])
    Group.objects.create(name="Newsletter")


@pytest.fixture
def clerk(make_user):
    """Somebody who changes rules, and is neither staff nor superuser."""
    return make_user("clerk", groups=["Clerk"])


def rows():
    return list(RoleSettings.objects.order_by("pk").values())


# Reading.


def test_a_role_says_its_own_rules_and_where_it_has_none_the_hosts(settings):
    settings.JWT_ACCOUNTS = {
        "PASSWORD_RULES": {"minimum_characters": 9},
        "LOCKOUT_LIMIT": 7,
        "LOCKOUT_TIME": None,
    }
    assert get_role(role="Cashier") == RoleRules(
        role="Cashier",
        password=PasswordRules(minimum_characters=6, contain_number=True),
        password_expiration=30,
        lockout_limit=7,
        lockout_time=None,
        require_mfa=False,
        session_limit=None,
    )
    assert get_role(role="Attendant").password == PasswordRules(minimum_characters=9)


def test_every_role_is_listed_in_the_order_they_were_made_and_no_mere_group():
    assert [each.role for each in list_roles()] == ["Cashier", "Attendant", "Clerk", "High"]
    assert list_roles()[0] == get_role(role="Cashier")


def test_the_list_costs_one_query_however_many_roles_there_are(
    make_role, django_assert_num_queries
):
    for number in range(20):
        make_role(f"Role {number}")
    with django_assert_num_queries(1):
        assert len(list_roles()) == 24


def test_the_default_costs_none_and_is_read_when_used(settings, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert default_rules() == PasswordRules()
        settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"contain_number": True}}
        assert default_rules() == PasswordRules(contain_number=True)


UNKNOWN = {
    "empty": "",
    "nobody's": "Nothing",
    "in lower case": "cashier",
    "with a blank": "Cashier ",
    "a mere group": "Newsletter",
    "long": "a" * 200,
    "NUL": "\x00",
    "NUL at the end": "Cashier\x00",
    "half a surrogate": "\ud800",
}


@pytest.mark.parametrize("role", UNKNOWN.values(), ids=UNKNOWN)
def test_no_such_role_is_not_found(ctx, root, role):
    before = rows()
    with pytest.raises(NotFound) as caught:
        get_role(role=role)
    assert list(caught.value.fields) == ["role"]
    with pytest.raises(NotFound) as caught:
        change_role(ctx, actor=root, role=role, changes={"minimum_characters": 9})
    assert list(caught.value.fields) == ["role"]
    assert rows() == before


# Changing.


@pytest.mark.parametrize("name", EVERY_RULE)
def test_one_rule_is_changed_and_the_rest_stays(ctx, clerk, name):
    before = {row["role_id"]: row for row in rows()}
    key = Group.objects.get(name="Cashier").pk
    change_role(ctx, actor=clerk, role="Cashier", changes={name: EVERY_RULE[name]})
    before[key] = {**before[key], name: EVERY_RULE[name]}
    assert {row["role_id"]: row for row in rows()} == before


def test_all_rules_are_changed_at_once_and_answered_as_they_are_now(ctx, clerk):
    changed = change_role(ctx, actor=clerk, role="Attendant", changes=EVERY_RULE)
    assert changed == get_role(role="Attendant")
    assert changed == RoleRules(
        role="Attendant",
        password=PasswordRules(
            minimum_characters=12,
            contain_upper_case=True,
            contain_lower_case=True,
            contain_special_case=True,
            contain_number=True,
        ),
        password_expiration=90,
        lockout_limit=3,
        lockout_time=timedelta(hours=1),
        require_mfa=False,
        session_limit=None,
    )


@pytest.mark.parametrize(
    "name", ["minimum_characters", "password_expiration", "lockout_limit", "lockout_time"]
)
def test_null_gives_a_rule_back_to_the_host(ctx, clerk, name):
    change_role(ctx, actor=clerk, role="Cashier", changes=EVERY_RULE)
    change_role(ctx, actor=clerk, role="Cashier", changes={name: None})
    assert getattr(RoleSettings.objects.get(role__name="Cashier"), name) is None
    found, untouched = get_role(role="Cashier"), get_role(role="Attendant")
    if name == "minimum_characters":
        assert found.password.minimum_characters == untouched.password.minimum_characters == 8
    else:
        assert getattr(found, name) == getattr(untouched, name)


@pytest.mark.parametrize("changes", [{}, {"minimum_characters": 6, "contain_number": True}])
def test_a_change_that_changes_nothing_is_no_event(ctx, clerk, changes):
    before = rows()
    change_role(ctx, actor=clerk, role="Cashier", changes=changes)
    assert rows() == before
    assert not SecurityEvent.objects.exists()


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("minimum_characters", 1, 128), ("password_expiration", 1, 36500), ("lockout_limit", 1, 100)],
)
def test_the_ends_of_a_range_are_taken(ctx, clerk, name, least, most):
    for value in (least, most):
        change_role(ctx, actor=clerk, role="Cashier", changes={name: value})
        assert getattr(RoleSettings.objects.get(role__name="Cashier"), name) == value


OUT_OF_RANGE = [
    ("minimum_characters", 0),
    ("minimum_characters", -1),
    ("minimum_characters", 129),
    ("minimum_characters", 2**63),
    ("password_expiration", 0),
    ("password_expiration", -1),
    ("password_expiration", 36501),
    ("password_expiration", 2**63),
    ("lockout_limit", 0),
    ("lockout_limit", -1),
    ("lockout_limit", 2**63),
    ("lockout_time", timedelta(0)),
    ("lockout_time", -DAY),
    ("lockout_time", timedelta(milliseconds=999)),
    ("contain_number", None),
    ("contain_number", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE)
def test_a_value_out_of_range_is_named_and_nothing_is_changed(ctx, root, name, value):
    before = rows()
    with pytest.raises(InvalidInput) as caught:
        change_role(
            ctx, actor=root, role="Cashier", changes={"contain_upper_case": True, name: value}
        )
    assert list(caught.value.fields) == [name]
    assert all(error.code and error.message for error in caught.value.fields[name])
    assert rows() == before
    assert not SecurityEvent.objects.exists()


def test_every_value_that_is_wrong_is_named(ctx, root):
    changes = {"minimum_characters": 0, "password_expiration": -1, "contain_number": True}
    with pytest.raises(InvalidInput) as caught:
        change_role(ctx, actor=root, role="Cashier", changes=changes)
    assert set(caught.value.fields) == {"minimum_characters", "password_expiration"}


# In force at once.


def test_a_changed_rule_binds_the_next_password_and_breaks_none(ctx, clerk, make_user, enter):
    user = make_user(groups=["Cashier"])
    check_rules("1-staple", user)
    change_role(ctx, actor=clerk, role="Cashier", changes={"minimum_characters": 40})
    with pytest.raises(InvalidInput) as caught:
        check_rules("1-staple", user)
    assert [error.code for error in caught.value.fields["password"]] == ["minimum_characters"]
    enter(user)
    assert not UserSession.objects.filter(ended_at__isnull=False).exists()


def test_a_changed_expiry_holds_at_the_next_sign_in(ctx, clerk, make_user):
    user = make_user(groups=["Cashier"])
    Account.objects.filter(user=user).update(password_changed_at=ctx.now - 10 * DAY)
    credentials = {"identifier": identifier_of(user), "password": PASSWORD}
    assert not isinstance(sign_in(ctx, **credentials), ChangeRequired)
    change_role(ctx, actor=clerk, role="Cashier", changes={"password_expiration": 9})
    refused = sign_in(ctx, **credentials)
    assert isinstance(refused, ChangeRequired)
    assert refused.reason is ChangeReason.EXPIRED
    change_role(ctx, actor=clerk, role="Cashier", changes={"password_expiration": None})
    assert not isinstance(sign_in(ctx, **credentials), ChangeRequired)


def test_a_changed_lockout_holds_at_the_next_sign_in(ctx, clerk, make_user):
    user = make_user(groups=["Cashier"])
    changes = {"lockout_limit": 2, "lockout_time": timedelta(minutes=1)}
    change_role(ctx, actor=clerk, role="Cashier", changes=changes)
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    sign_in(later(ctx, seconds=61), identifier=identifier_of(user), password=PASSWORD)


# The trail.


def test_a_change_is_recorded_once_with_what_it_was_and_is(ctx, clerk):
    changes = {
        "minimum_characters": 12,
        "contain_number": True,
        "password_expiration": None,
        "lockout_time": timedelta(minutes=5),
    }
    change_role(ctx, actor=clerk, role="Cashier", changes=changes)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (EventKind.ROLE_SETTINGS_CHANGED, None, clerk)
    assert (event.at, event.ip, event.user_agent) == (ctx.now, ctx.ip, ctx.user_agent)
    assert event.details == {
        "role": "Cashier",
        "changes": {
            "minimum_characters": [6, 12],
            "password_expiration": [30, None],
            "lockout_time": [None, 300.0],
        },
    }


class HostError(Exception):
    pass


def test_rolled_back_there_is_neither_change_nor_event(ctx, clerk):
    before = rows()

    def act():
        with transaction.atomic():
            change_role(ctx, actor=clerk, role="Cashier", changes=EVERY_RULE)
            assert SecurityEvent.objects.count() == 1
            raise HostError

    with pytest.raises(HostError):
        act()
    assert rows() == before
    assert not SecurityEvent.objects.exists()


def test_what_cannot_be_recorded_is_not_done(ctx, clerk):
    def full(execute, sql, params, many, context):
        if sql.startswith("INSERT") and SecurityEvent._meta.db_table in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    before = rows()
    with connection.execute_wrapper(full), pytest.raises(OperationalError):
        change_role(ctx, actor=clerk, role="Cashier", changes=EVERY_RULE)
    assert rows() == before


# Rights.


@pytest.mark.parametrize(
    "rights",
    [[], ["change_user"], ["jwt_accounts.assign_role"], ["jwt_accounts.view_rolesettings"]],
)
def test_it_needs_the_right(ctx, make_user, make_role, rights):
    make_role("Other", rights)
    actor, before = make_user("other", groups=["Other"]), rows()
    for role in ("Attendant", "Nothing"):  # and not that there is no such role
        with pytest.raises(Forbidden):
            change_role(ctx, actor=actor, role=role, changes={"minimum_characters": 9})
    assert rows() == before


def test_nobody_changes_the_rules_of_who_is_above(ctx, clerk):
    before = rows()
    for changes in ({"minimum_characters": 1}, {"minimum_characters": 0}, {}):
        with pytest.raises(Forbidden):
            change_role(ctx, actor=clerk, role="High", changes=changes)
    assert rows() == before
    assert not SecurityEvent.objects.exists()


def test_a_superuser_changes_every_role(ctx, root):
    for role in ("Cashier", "Attendant", "Clerk", "High"):
        assert change_role(ctx, actor=root, role=role, changes=EVERY_RULE).lockout_limit == 3


def test_an_actor_who_was_disabled_does_nothing(ctx, clerk, root):
    before = rows()
    for actor in (clerk, root):
        actor.is_active = False
        with pytest.raises(Forbidden):
            change_role(ctx, actor=actor, role="Cashier", changes={"minimum_characters": 9})
    assert rows() == before


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}])
def test_nobody_changes_rules_that_bind_who_is_above(ctx, make_user, make_role, above):
    make_role("Weak", minimum_characters=8)
    make_role("Ruler", rights=["jwt_accounts.change_rolesettings"])
    ruler, high = make_user(groups=["Ruler"]), make_user(groups=["Weak"], **above)
    changes = {"lockout_limit": 1}
    with pytest.raises(Forbidden):
        change_role(ctx, actor=ruler, role="Weak", changes=changes)
    high.groups.clear()
    change_role(ctx, actor=ruler, role="Weak", changes=changes)
