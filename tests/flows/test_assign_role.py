"""A role in the place of those a user has: by who holds the right, and never above the giver."""

from __future__ import annotations

from itertools import product

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import OperationalError, connection, transaction

from jwt_accounts.errors import Forbidden, NotFound
from jwt_accounts.flows.assign_role import assign_role, assign_role_by_name
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, IdentifierKind
from tests.conftest import identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
database = pytest.mark.database
once = pytest.mark.once

RIGHT = "jwt_accounts.assign_role"


@pytest.fixture(autouse=True)
def roles(make_role):
    """Roles by what they hold: nothing, what the clerk holds, and more than that."""
    make_role("Cashier")
    make_role("Attendant", ["view_user"])
    make_role("Clerk", [RIGHT, "view_user"])
    make_role("High", [RIGHT, "view_user", "delete_user"])


@pytest.fixture
def clerk(make_user):
    """Somebody who assigns roles, and is neither staff nor superuser."""
    return make_user("clerk", groups=["Clerk"])


@pytest.fixture
def user(make_user):
    return make_user("somebody", groups=["Cashier"])


def groups(user):
    return set(user.groups.values_list("name", flat=True))


def give(ctx, actor, user, role):
    assign_role(ctx, actor=actor, user_id=str(user.pk), role=role)


def give_by_name(ctx, actor, user, role):
    assign_role_by_name(ctx, actor=actor, username=identifier_of(user), role=role)


@pytest.fixture(params=[give, give_by_name])
def way(request):
    """Both doors of the flow."""
    return request.param


def test_a_role_takes_the_place_of_every_other(ctx, clerk, user, way):
    user.groups.add(Group.objects.get(name="Attendant"))
    way(ctx, clerk, user, "Clerk")
    assert groups(user) == {"Clerk"}


def test_a_group_that_is_no_role_stays(ctx, clerk, user, way):
    user.groups.add(Group.objects.create(name="Newsletter"))
    way(ctx, clerk, user, "Attendant")
    assert groups(user) == {"Attendant", "Newsletter"}


def test_no_role_takes_all_of_them(ctx, clerk, user):
    user.groups.add(Group.objects.create(name="Newsletter"))
    give(ctx, clerk, user, None)
    assert groups(user) == {"Newsletter"}


def test_the_role_it_has_may_be_given_again(ctx, clerk, user, way):
    way(ctx, clerk, user, "Cashier")
    assert groups(user) == {"Cashier"}


def test_a_superuser_gives_every_role_to_everybody_and_to_itself(ctx, root, user, make_user, way):
    for target in (user, root, make_user(is_staff=True), make_user(is_superuser=True)):
        way(ctx, root, target, "High")
        assert groups(target) == {"High"}


def test_a_disabled_user_gets_a_role_too(ctx, clerk, make_user):
    user = make_user(is_active=False)
    give(ctx, clerk, user, "Cashier")
    assert groups(user) == {"Cashier"}


def test_by_name_means_whatever_one_signs_in_with(ctx, root, user):
    kinds = [kind for kind in IdentifierKind if user_fields().read(user, kind)]
    assert IdentifierKind.EMAIL in kinds
    for kind, role in product(kinds, ["Attendant", "Cashier"]):
        typed = f" {user_fields().read(user, kind).upper()} "
        assign_role_by_name(ctx, actor=root, username=typed, role=role)
        assert groups(user) == {role}, kind


# What others see of it.


def test_no_session_ends_and_the_next_request_has_the_new_rights(ctx, clerk, user, enter):
    tokens = enter(user).tokens
    right = f"{user._meta.app_label}.view_{user._meta.model_name}"
    assert not authenticate(ctx, access_token=tokens.access).user.has_perm(right)
    give(ctx, clerk, user, "Attendant")
    assert authenticate(ctx, access_token=tokens.access).user.has_perm(right)
    give(ctx, clerk, user, "Cashier")
    assert not authenticate(ctx, access_token=tokens.access).user.has_perm(right)
    assert refresh(ctx, refresh_token=tokens.refresh).refresh
    assert not UserSession.objects.filter(ended_at__isnull=False).exists()


def test_a_role_that_was_taken_away_works_no_more_for_who_held_it(ctx, root, clerk, user):
    give(ctx, root, clerk, "Cashier")
    actor = get_user_model()._default_manager.get(pk=clerk.pk)
    with pytest.raises(Forbidden):
        give(ctx, actor, user, "Attendant")
    assert groups(user) == {"Cashier"}


def test_it_is_recorded_once_with_the_former_roles(ctx, clerk, user, way):
    user.groups.add(Group.objects.get(name="Attendant"), Group.objects.create(name="Newsletter"))
    way(ctx, clerk, user, "Clerk")
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (EventKind.ROLE_ASSIGNED, user, clerk)
    assert (event.at, event.ip, event.user_agent) == (ctx.now, ctx.ip, ctx.user_agent)
    assert event.details == {"role": "Clerk", "former": ["Attendant", "Cashier"]}


def test_taking_a_role_away_is_recorded_too(ctx, clerk, user):
    give(ctx, clerk, user, None)
    assert SecurityEvent.objects.get().details == {"role": None, "former": ["Cashier"]}


def test_the_host_is_told_once_it_is_certain(
    ctx, clerk, user, way, django_capture_on_commit_callbacks
):
    told = []

    def listen(**said):
        told.append((said["user"], said["actor"], said["ctx"]))

    user_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            way(ctx, clerk, user, "Attendant")
            assert told == []
        assert told == [(user, clerk, ctx)]
    finally:
        user_changed.disconnect(listen)


class HostError(Exception):
    pass


def test_rolled_back_there_is_neither_role_nor_event_nor_signal(
    ctx, clerk, user, way, django_capture_on_commit_callbacks
):
    def act():
        with transaction.atomic():
            way(ctx, clerk, user, "Attendant")
            assert SecurityEvent.objects.count() == 1
            raise HostError

    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(HostError):
        act()
    assert groups(user) == {"Cashier"}
    assert not SecurityEvent.objects.exists()
    assert callbacks == []


def test_what_cannot_be_recorded_is_not_done(ctx, clerk, user, way):
    def full(execute, sql, params, many, context):
        if sql.startswith("INSERT") and SecurityEvent._meta.db_table in sql:
            raise OperationalError("disk full")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(full), pytest.raises(OperationalError):
        way(ctx, clerk, user, "Attendant")
    assert groups(user) == {"Cashier"}


# Rights.


@once
@pytest.mark.parametrize(
    "rights", [[], ["change_user", "view_user"], ["jwt_accounts.change_rolesettings"]]
)
def test_it_needs_the_right(ctx, user, make_user, make_role, way, rights):
    make_role("Other", rights)
    actor = make_user("other", groups=["Other"])
    with pytest.raises(Forbidden):
        way(ctx, actor, user, "Cashier")
    with pytest.raises(Forbidden):
        way(ctx, actor, user, "Nothing")  # and not that there is no such role
    assert groups(user) == {"Cashier"}
    assert not SecurityEvent.objects.exists()


def test_staff_alone_is_no_right(ctx, user, make_user, way):
    with pytest.raises(Forbidden):
        way(ctx, make_user(is_staff=True), user, "Attendant")


def test_an_actor_who_was_disabled_does_nothing(ctx, clerk, root, user, way):
    for actor in (clerk, root):
        actor.is_active = False
        with pytest.raises(Forbidden):
            way(ctx, actor, user, "Attendant")
    assert groups(user) == {"Cashier"}


def test_nobody_gives_a_role_that_holds_more_than_they_do(ctx, clerk, user, way):
    with pytest.raises(Forbidden):
        way(ctx, clerk, user, "High")
    assert groups(user) == {"Cashier"}
    assert not SecurityEvent.objects.exists()


def test_what_a_role_holds_counts_when_it_is_given(ctx, clerk, user, make_role):
    make_role("Attendant", ["delete_user"])
    with pytest.raises(Forbidden):
        give(ctx, clerk, user, "Attendant")
    assert groups(user) == {"Cashier"}


@once
@pytest.mark.parametrize(
    "above",
    [{"is_superuser": True}, {"is_staff": True}, {"groups": ["High"]}],
    ids=["superuser", "staff", "role"],
)
@pytest.mark.parametrize("role", ["Cashier", "Clerk"])
def test_nobody_takes_a_role_from_who_is_above(ctx, clerk, make_user, way, above, role):
    target = make_user(**above)
    before = groups(target)
    with pytest.raises(Forbidden):
        way(ctx, clerk, target, role)
    assert groups(target) == before


def test_a_right_of_ones_own_puts_a_user_above_too(ctx, clerk, user, way):
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label="jwt_accounts", codename="lock_account")
    )
    with pytest.raises(Forbidden):
        way(ctx, clerk, user, "Attendant")


def test_a_disabled_user_is_as_much_above_as_before(ctx, clerk, make_user, way):
    target = make_user(groups=["High"], is_active=False)
    with pytest.raises(Forbidden):
        way(ctx, clerk, target, "Cashier")


def test_a_staff_member_with_every_right_does_not_reach_superusers_or_staff(ctx, make_user, way):
    actor = make_user(is_staff=True)
    actor.user_permissions.set(Permission.objects.all())
    for target in (make_user(is_superuser=True), make_user(is_staff=True)):
        with pytest.raises(Forbidden):
            way(ctx, actor, target, "Cashier")
        assert groups(target) == set()


@once
@pytest.mark.parametrize("role", ["Clerk", "Cashier", "High"])
def test_nobody_but_a_superuser_changes_their_own_role(ctx, clerk, way, role):
    with pytest.raises(Forbidden):
        way(ctx, clerk, clerk, role)
    assert groups(clerk) == {"Clerk"}


# What is not there.


@once
@database
@pytest.mark.parametrize("role", ["", "Nothing", "cashier", "Cashier ", "Newsletter", "a" * 151])
def test_no_such_role_is_not_found_and_changes_nothing(ctx, clerk, user, way, role):
    Group.objects.create(name="Newsletter")
    with pytest.raises(NotFound) as caught:
        way(ctx, clerk, user, role)
    assert list(caught.value.fields) == ["role"]
    assert groups(user) == {"Cashier"}
    assert not SecurityEvent.objects.exists()


@once
@database
@pytest.mark.parametrize("role", ["\x00", "Cashier\x00", "\ud800"], ids=["NUL", "end", "surrogate"])
def test_a_role_no_database_can_hold_is_not_found(ctx, clerk, user, way, role):
    with pytest.raises(NotFound):
        way(ctx, clerk, user, role)
    assert groups(user) == {"Cashier"}


@pytest.mark.parametrize(
    "user_id",
    ["", "0", "-1", "9" * 30, "x", "\x00", "7" * 65, "00000000-0000-0000-0000-000000000000"],
)
def test_no_such_user_is_not_found(ctx, clerk, user_id):
    with pytest.raises(NotFound):
        assign_role(ctx, actor=clerk, user_id=user_id, role="Cashier")


@pytest.mark.parametrize(
    "name", ["", "nobody", "\x00", "\ud800", "a" * 400], ids=["", "nobody", "NUL", "half", "long"]
)
def test_a_name_that_is_nobodys_is_not_found(ctx, clerk, name):
    with pytest.raises(NotFound) as caught:
        assign_role_by_name(ctx, actor=clerk, username=name, role="Cashier")
    assert list(caught.value.fields) == ["username"]


def test_a_name_that_fits_two_is_nobodys(ctx, clerk, make_user):
    first, second = make_user("twin"), make_user("TWIN")
    for each in (first, second):
        each.jwt_account.delete()
    with pytest.raises(NotFound):
        assign_role_by_name(ctx, actor=clerk, username=identifier_of(first), role="Cashier")
    assert (groups(first), groups(second)) == (set(), set())
