"""The page of notifications: looked at, and nothing else."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks

from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from tests.admin.conftest import text_of
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.urls("tests.contrib.notifications.urls"),
]
once = pytest.mark.once

VIEW = "jwt_accounts_notifications.view_notification"


def test_the_page_passes_djangos_checks():
    assert run_checks(tags=["admin"]) == []


@once
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens_for_who_may_look_and_not_for_others(staff, tell, page):
    told = tell()
    args = [] if page == "changelist" else [told.pk]
    response = staff(VIEW).open(Notification, page, *args)
    assert response.status_code == 200
    assert "None" not in text_of(response)
    if page != "history":
        assert "Your password was changed." in text_of(response)
    assert staff().open(Notification, page, *args).status_code == 403


def test_not_even_a_superuser_adds_saves_or_deletes_one(root, tell):
    told = tell()
    before = list(Notification.objects.values())
    for page, args in [("add", []), ("change", [told.pk]), ("delete", [told.pk])]:
        assert root.send(Notification, page, *args, kind="x", post="yes").status_code == 403
    assert root.offers(Notification) == set()
    assert list(Notification.objects.values()) == before


def test_who_may_delete_a_user_deletes_the_notifications_too(staff, tell):
    told = tell()
    clerk = staff("delete_user", "view_user")
    assert clerk.send(get_user_model(), "delete", told.user_id, post="yes").status_code == 302
    assert not Notification.objects.exists()


def test_a_list_finds_and_filters(ctx, root, make_user, tell):
    anna = make_user("anna")
    lock, other = tell(anna, Kind.ACCOUNT_LOCKED), tell()
    Notification.objects.filter(pk=other.pk).update(read_at=ctx.now)
    assert root.shows(Notification, q="anna@example.com") == {lock.pk}
    assert root.shows(Notification, kind="account_locked") == {lock.pk}
    assert root.shows(Notification, unread="yes") == {lock.pk}
    assert root.shows(Notification, unread="no") == {other.pk}
    assert root.shows(Notification) == {lock.pk, other.pk}


def test_a_list_costs_as_many_queries_for_ten_rows_as_for_one(root, tell):
    def cost():
        with statements() as asked:
            root.open(Notification)
        return len(asked)

    tell()
    one = cost()
    for _ in range(9):
        tell()
    assert cost() == one
