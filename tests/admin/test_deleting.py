"""Rows that nobody deletes by themselves go with what they belong to."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from jwt_accounts.models import (
    Account,
    PasswordHistory,
    RoleSettings,
    SecurityEvent,
    UserSession,
)
from jwt_accounts.types import EventKind
from tests.admin.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.urls("tests.admin.urls")]


@pytest.fixture
def user(ctx, make_user, session_of):
    """A user of whom there is a row of each kind."""
    user = make_user()
    session_of(user)
    PasswordHistory.objects.remember(user.pk, user.password, ctx.now)
    SecurityEvent.objects.record(EventKind.USER_CHANGED, ctx, user_id=user.pk, actor_id=user.pk)
    return user


def is_gone(user):
    return not any(
        model.objects.filter(**{key: user.pk}).exists()
        for model, key in [
            (get_user_model(), "pk"),
            (Account, "user"),
            (UserSession, "user"),
            (PasswordHistory, "user"),
        ]
    )


@pytest.fixture(params=["superuser", "staff with the right to users alone"])
def clerk(request, root, staff):
    return root if request.param == "superuser" else staff("delete_user", "view_user")


def test_who_may_delete_users_deletes_one_with_all_that_is_its(clerk, user):
    model = type(user)
    page = clerk.open(model, "delete", user.pk)
    assert page.status_code == 200
    assert page.context["perms_lacking"] == set()
    assert clerk.send(model, "delete", user.pk, post="yes").status_code == 302
    assert is_gone(user)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user_id, event.actor_id) == (EventKind.USER_CHANGED, None, None)


def test_who_may_delete_users_deletes_some_from_the_list(clerk, user):
    response = clerk.client.post(
        clerk.open(type(user)).request["PATH_INFO"],
        {"action": "delete_selected", "_selected_action": [str(user.pk)], "post": "yes"},
    )
    assert response.status_code == 302
    assert is_gone(user)


def test_who_may_not_delete_users_deletes_none(staff, user):
    everything_else = [
        f"jwt_accounts.{act}_{name}"
        for act in ("view", "delete")
        for name in ("account", "usersession", "securityevent")
    ]
    desk = staff("view_user", "change_user", *everything_else)
    assert desk.open(type(user), "delete", user.pk).status_code == 403
    assert desk.send(type(user), "delete", user.pk, post="yes").status_code == 403
    for model in (Account, UserSession, SecurityEvent):
        row = model.objects.get(user=user)
        assert desk.send(model, "delete", row.pk, post="yes").status_code == 403
    assert not is_gone(user)


def test_events_of_somebody_deleted_are_still_shown(root, user):
    user.delete()
    event = SecurityEvent.objects.get()
    assert "User changed" in text_of(root.open(SecurityEvent))
    assert root.open(SecurityEvent, "change", event.pk).status_code == 200


def test_events_of_a_user_that_vanished_behind_djangos_back_are_still_shown(root, ctx, user):
    """There is no constraint in the database."""
    model = type(user)
    PasswordHistory.objects.all().delete()
    UserSession.objects.all().delete()
    Account.objects.filter(user=user).delete()
    model.objects.filter(pk=user.pk)._raw_delete("default")
    event = SecurityEvent.objects.get()
    assert event.user_id == user.pk
    assert root.open(SecurityEvent).status_code == 200
    assert root.open(SecurityEvent, "change", event.pk).status_code == 200


def test_who_may_delete_groups_deletes_a_role_with_its_rules(staff, make_role):
    role = make_role("Cashier")
    desk = staff("auth.delete_group", "auth.view_group")
    assert desk.send(Group, "delete", role.pk, post="yes").status_code == 302
    assert not RoleSettings.objects.filter(role=role.pk).exists()
