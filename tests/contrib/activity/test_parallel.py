"""Requests in parallel, each on a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from jwt_accounts import signals
from jwt_accounts.contrib.activity.flows import add_comment
from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.errors import NotFound
from jwt_accounts.flows.delete_account import delete_user
from tests.clock import later

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.postgres,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="one connection is the whole of this database"
    ),
]

TOGETHER = 10


def at_once(*calls):
    """The results of the calls, all made at the same moment; None where nobody was found. Whatever
    else is raised, a deadlock too, fails the test."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(20)
            return call()
        except NotFound:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_who_write_about_each_other_do_not_wait_for_each_other_for_ever(ctx, make_user):
    anna, bob = make_user(), make_user()

    def write(author, about):
        return lambda: add_comment(ctx, author=author, about=about, text="Hi.", scope="")

    made = at_once(*[write(anna, bob), write(bob, anna)] * (TOGETHER // 2))
    assert None not in made
    assert Comment.objects.count() == Activity.objects.count() == TOGETHER
    assert Notification.objects.filter(user=anna).count() == TOGETHER // 2


def test_two_who_are_deleted_while_they_write_leave_nothing(ctx, make_user):
    root = make_user("root", is_superuser=True)
    for moment in range(5):
        anna, bob, clara = make_user(), make_user(), make_user()
        at = later(ctx, seconds=moment)
        for author, about in ((anna, bob), (bob, anna), (anna, clara), (clara, bob)) * 3:
            add_comment(at, author=author, about=about, text="Hi.", scope="")

        def write(author, about, at=at):
            return lambda: add_comment(at, author=author, about=about, text="Hi.", scope="")

        def delete(user, at=at):
            return lambda: delete_user(at, actor=root, user_id=str(user.pk))

        def reclaim(user, at=at):
            return lambda: signals.account_reclaimed.send(sender=type(user), user=user, ctx=at)

        at_once(
            *[write(anna, bob), write(bob, anna), write(clara, anna)] * 2,
            *[delete(anna), delete(bob), reclaim(clara)],
        )
        assert not Comment.objects.exists()
        assert not Activity.objects.exists()
        assert not Notification.objects.filter(user__in=[anna.pk, bob.pk]).exists()
