"""What makes a notification, and what makes none."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from jwt_accounts import signals
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import MOST_OF_A_KIND, Kind
from jwt_accounts.errors import WrongCredentials
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import IdentifierKind, SessionEnd
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def enter(ctx, django_capture_on_commit_callbacks):
    """Sign in, as the same client or another one, and let the receivers run."""

    def go(user, password=PASSWORD, **client):
        at = replace(ctx, **client)
        with django_capture_on_commit_callbacks(execute=True):
            return sign_in(at, identifier=identifier_of(user), password=password)

    return go


def kinds(user):
    return list(Notification.objects.filter(user=user).values_list("kind", flat=True))


def test_the_very_first_sign_in_is_no_news(make_user, enter):
    anna = make_user()
    enter(anna)
    enter(anna)
    assert kinds(anna) == []


@pytest.mark.parametrize("client", [{"user_agent": "phone"}, {"ip": "198.51.100.7"}])
def test_a_sign_in_from_a_new_client_is_told_once(make_user, enter, client):
    anna = make_user()
    enter(anna)
    enter(anna, **client)
    enter(anna, **client)
    enter(anna)
    told = Notification.objects.get(user=anna)
    expected = {"ip": "192.0.2.1", "user_agent": "tests", **client}
    assert (told.kind, told.scope, told.data) == (Kind.NEW_CLIENT, "", expected)
    assert told.read_at is None


def test_a_telephone_in_its_own_ipv6_network_stays_known(make_user, enter):
    anna = make_user()
    for ip in ("2001:db8::1", "2001:db8::2"):
        enter(anna, ip=ip)
    assert kinds(anna) == []
    enter(anna, ip="2001:db8:0:1::1")
    assert kinds(anna) == [Kind.NEW_CLIENT]


def test_sessions_of_others_make_no_client_known(make_user, enter):
    anna, bob = make_user(), make_user()
    enter(anna)
    enter(bob, user_agent="phone")
    enter(anna, user_agent="phone")
    assert kinds(anna) == [Kind.NEW_CLIENT]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (SessionEnd.SIGNED_OUT, 1),
        (SessionEnd.PASSWORD_CHANGED, 1),
        (SessionEnd.ENDED_BY_USER, 2),
        (SessionEnd.ENDED_BY_STAFF, 2),
        (SessionEnd.LOCKED_BY_STAFF, 2),
        (SessionEnd.REFRESH_REUSED, 2),
    ],
)
def test_a_client_that_was_thrown_out_is_new_again(ctx, make_user, enter, end, told):
    anna = make_user()
    enter(anna)
    enter(anna, user_agent="stranger")
    UserSession.objects.filter(user_agent="stranger").update(ended_at=ctx.now, end_reason=end)
    enter(anna, user_agent="stranger")
    assert kinds(anna) == [Kind.NEW_CLIENT] * told


def test_the_only_client_that_was_thrown_out_is_news(ctx, make_user, enter):
    anna = make_user()
    enter(anna)
    UserSession.objects.update(ended_at=ctx.now, end_reason=SessionEnd.ENDED_BY_USER)
    enter(anna)
    assert kinds(anna) == [Kind.NEW_CLIENT]


def test_a_long_user_agent_is_kept_in_part(make_user, enter):
    anna = make_user()
    enter(anna)
    enter(anna, user_agent="x" * 255)
    assert Notification.objects.get().data["user_agent"] == "x" * 100


def test_a_changed_password_is_told(ctx, make_user, django_capture_on_commit_callbacks):
    anna = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        change_password(ctx, user=anna, current=PASSWORD, new="another horse battery")
    told = Notification.objects.get(user=anna)
    assert (told.kind, told.data) == (
        Kind.PASSWORD_CHANGED,
        {"ip": "192.0.2.1", "user_agent": "tests"},
    )
    assert "horse" not in str(Notification.objects.values())


def test_a_lock_is_told_once_and_to_its_user_alone(make_user, enter, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "LOCKOUT_LIMIT": 2}
    anna = make_user()
    for name in (anna, make_user()):
        with pytest.raises(WrongCredentials):
            enter(name, "wrong horse battery")
    with pytest.raises(WrongCredentials):
        enter(anna, "wrong horse battery")
    assert Account.objects.get(user=anna).locked_at is not None
    assert Notification.objects.get().user == anna
    assert kinds(anna) == [Kind.ACCOUNT_LOCKED]


def comment(ctx, about, author, scope="north", key=None):
    signals.commented.send(
        sender=type(about),
        user=about,
        author=author,
        scope=scope,
        comment_id=key or uuid4(),
        ctx=ctx,
    )


def test_a_comment_is_told_in_its_scope_with_the_author_by_the_public_id(ctx, make_user):
    anna, bob, key = make_user("anna"), make_user("bob"), uuid4()
    comment(ctx, anna, bob, key=key)
    told = Notification.objects.get()
    assert (told.user, told.kind, told.scope) == (anna, Kind.COMMENT, "north")
    name = user_fields().read(bob, IdentifierKind.USERNAME)
    assert told.data == {
        "comment": str(key),
        "author": {"pk": str(public_id_of(bob)), "username": name},
    }


def test_a_comment_on_oneself_is_no_news(ctx, make_user):
    anna = make_user()
    comment(ctx, anna, anna)
    assert not Notification.objects.exists()


def test_comments_push_out_comments_of_their_scope_and_nothing_else(ctx, make_user, tell):
    anna, bob = make_user(), make_user()
    kept = [tell(anna, at=later(ctx, days=-9)), tell(anna, Kind.COMMENT, scope="south")]
    first = tell(anna, Kind.COMMENT, scope="north", at=later(ctx, days=-8))
    Notification.objects.bulk_create(
        Notification(user=anna, kind=Kind.COMMENT, scope="north", created_at=ctx.now)
        for _ in range(MOST_OF_A_KIND - 1)
    )
    comment(later(ctx, hours=1), anna, bob)
    left = Notification.objects.filter(user=anna)
    assert left.count() == MOST_OF_A_KIND + 2
    assert left.filter(pk__in=[each.pk for each in kept]).count() == 2
    assert not left.filter(pk=first.pk).exists()
    assert left.filter(created_at=later(ctx, hours=1).now).exists()


def test_nothing_is_told_to_who_is_gone(ctx, make_user):
    anna, bob = make_user(), make_user()
    type(anna)._default_manager.filter(pk=anna.pk).delete()
    comment(ctx, anna, bob)
    signals.password_changed.send(sender=type(anna), user=anna, ctx=ctx)
    assert not Notification.objects.exists()


def test_who_reclaims_an_account_reads_nothing_of_what_was_told_before(ctx, make_user, tell):
    anna = make_user()
    tell(anna)
    now = later(ctx, hours=1)
    kept = {tell(anna, at=now).pk, tell().pk}
    signals.account_reclaimed.send(sender=type(anna), user=anna, ctx=now)
    assert set(Notification.objects.values_list("pk", flat=True)) == kept


def test_a_known_client_costs_one_query_and_a_new_one_four(
    ctx, make_user, django_capture_on_commit_callbacks
):
    anna = make_user()

    def cost(agent):
        at = replace(ctx, user_agent=agent)
        with django_capture_on_commit_callbacks() as callbacks:
            sign_in(at, identifier=identifier_of(anna), password=PASSWORD)
        with statements() as asked:
            for callback in callbacks:
                callback()
        return asked

    for agent, number in (("laptop", 1), ("laptop", 1), ("phone", 4)):
        asked = cost(agent)
        assert len(asked) == number, asked
