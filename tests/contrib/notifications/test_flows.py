"""Notifications: listed, counted, read."""

from __future__ import annotations

import pytest
from django.utils import translation

from jwt_accounts.contrib.notifications.flows import (
    list_notifications,
    mark_all_read,
    mark_read,
    unread_count,
)
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from jwt_accounts.contrib.notifications.sentences import sentence
from jwt_accounts.contrib.notifications.shapes import notification_body
from jwt_accounts.errors import NotFound
from tests.clock import later
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def read(user, scope="", **page):
    return list_notifications(user=user, scope=scope, **{"limit": 10, **page})


def test_the_newest_comes_first_a_page_at_a_time(ctx, make_user, tell):
    anna = make_user()
    told = [tell(anna, at=later(ctx, minutes=number)) for number in range(5)]
    told.reverse()
    whole = read(anna)
    assert (whole.count, whole.unread, whole.notifications) == (5, 5, tuple(told))
    part = read(anna, offset=1, limit=2)
    assert (part.count, part.notifications) == (5, tuple(told[1:3]))
    assert read(anna, offset=10**12).notifications == ()


def test_the_unread_are_listed_and_counted_apart(ctx, make_user, tell):
    anna = make_user()
    first, second = tell(anna), tell(anna, at=later(ctx, minutes=1))
    mark_read(ctx, user=anna, notification_id=str(second.pk), scope="")
    assert (read(anna).count, read(anna).unread) == (2, 1)
    unread = read(anna, unread=True)
    assert (unread.count, unread.unread, unread.notifications) == (1, 1, (first,))
    assert unread_count(user=anna, scope="") == 1


def test_a_scope_shows_its_own_and_what_concerns_the_account(ctx, make_user, tell):
    anna = make_user()
    account = tell(anna)
    north = tell(anna, Kind.COMMENT, scope="north")
    south = tell(anna, Kind.COMMENT, scope="south")
    for scope, seen in {
        "": {account},
        "north": {account, north},
        "south": {account, south},
        "elsewhere": {account},
    }.items():
        assert set(read(anna, scope).notifications) == seen
        assert unread_count(user=anna, scope=scope) == read(anna, scope).unread == len(seen)
    assert mark_all_read(ctx, user=anna, scope="north") == 2
    assert unread_count(user=anna, scope="south") == 1


@pytest.mark.parametrize("scope", ["", "south"])
def test_a_notification_of_another_scope_is_not_found(ctx, make_user, tell, scope):
    anna = make_user()
    told = tell(anna, Kind.COMMENT, scope="north")
    with pytest.raises(NotFound):
        mark_read(ctx, user=anna, notification_id=str(told.pk), scope=scope)
    assert Notification.objects.get().read_at is None


def test_nobody_sees_or_marks_somebody_elses(ctx, make_user, tell):
    told, other = tell(), make_user()
    assert read(other).count == unread_count(user=other, scope="") == 0
    with pytest.raises(NotFound):
        mark_read(ctx, user=other, notification_id=str(told.pk), scope="")
    assert mark_all_read(ctx, user=other, scope="") == 0
    assert Notification.objects.get().read_at is None


@pytest.mark.parametrize("key", [str(NO_KEY), "", "1", "a\x00", "g" * 32, "²", "\ud800"])
def test_a_notification_that_is_none_is_not_found(ctx, tell, key):
    with pytest.raises(NotFound):
        mark_read(ctx, user=tell().user, notification_id=key, scope="")


def test_what_was_read_keeps_its_time(ctx, make_user, tell):
    anna = make_user()
    told = tell(anna)
    for at in (ctx, later(ctx, hours=1)):
        mark_read(at, user=anna, notification_id=str(told.pk), scope="")
        mark_all_read(at, user=anna, scope="")
    assert Notification.objects.get().read_at == ctx.now


def test_they_go_with_their_user(tell):
    kept = tell()
    tell().user.delete()
    assert Notification.objects.get() == kept


def test_a_body_tells_what_happened_in_words(ctx, tell):
    told = tell(data={"ip": "192.0.2.7", "user_agent": "phone"})
    body = notification_body(told)
    assert body == {
        "id": str(told.pk),
        "kind": "password_changed",
        "text": "Your password was changed.",
        "data": {"ip": "192.0.2.7", "user_agent": "phone"},
        "created_at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}",
        "read": False,
    }
    mark_read(ctx, user=told.user, notification_id=body["id"], scope="")
    assert notification_body(Notification.objects.get())["read"] is True


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("data", [{}, {"author": {"pk": "x", "username": "bob 100%"}}])
def test_every_kind_has_a_sentence(kind, data):
    with translation.override("de"):
        text = sentence(kind, data)
    assert text.endswith(".")
    assert ("bob 100%" in text) is (kind is Kind.COMMENT and bool(data))


def test_a_page_costs_two_queries_and_each_mark_one(ctx, make_user, tell):
    anna = make_user()
    told = [tell(anna) for _ in range(3)]
    calls = {
        lambda: read(anna): 2,
        lambda: read(anna, unread=True): 2,
        lambda: unread_count(user=anna, scope=""): 1,
        lambda: mark_read(ctx, user=anna, notification_id=str(told[0].pk), scope=""): 1,
        lambda: mark_all_read(ctx, user=anna, scope=""): 1,
    }
    for call, number in calls.items():
        with statements() as asked:
            call()
        assert len(asked) == number, asked
