"""Sessions: looked at and ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.types import EventKind, SessionEnd
from tests.admin.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.urls("tests.admin.urls")]
once = pytest.mark.once

VIEW, END = "jwt_accounts.view_usersession", "jwt_accounts.end_sessions"
PAST = timezone.now() - timedelta(days=1)


def ended(*sessions):
    keys = [each.pk for each in sessions]
    return UserSession.objects.filter(pk__in=keys, ended_at__isnull=False).count()


@once
@pytest.mark.parametrize(
    ("values", "told", "is_open"),
    [
        ({}, "Open", True),
        ({"expires_at": PAST}, "Expired", False),
        ({"idle_expires_at": PAST}, "Expired", False),
        *(({"ended_at": PAST, "end_reason": each}, None, False) for each in SessionEnd),
    ],
    ids=["open", "expired", "idle", *SessionEnd],
)
def test_a_list_tells_and_filters_which_are_open(root, rows, values, told, is_open):
    session, other = rows(UserSession, 2)
    UserSession.objects.filter(pk=session.pk).update(**values)
    reason = values.get("end_reason")
    told = told or reason.replace("_", " ").capitalize()
    for page in (
        root.open(UserSession, open="yes" if is_open else "no"),
        root.open(UserSession, "change", session.pk),
    ):
        assert f">{told}<" in text_of(page)
    assert root.shows(UserSession, open="yes") == {other.pk, *([session.pk] if is_open else [])}
    assert root.shows(UserSession, open="no") == (set() if is_open else {session.pk})
    for each in SessionEnd:
        found = {session.pk} if each == reason else set()
        assert root.shows(UserSession, end_reason=each) == found


def test_both_pages_say_the_client_in_words(root, rows):
    [session] = rows(UserSession)
    strange = "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0 <script>"
    UserSession.objects.update(user_agent=strange, name="The till")
    for page in (root.open(UserSession), root.open(UserSession, "change", session.pk)):
        assert ">Firefox on Windows<" in text_of(page)
    assert "The till" in text_of(page)


def test_who_holds_the_right_ends_the_chosen_sessions_and_no_others(staff, make_user, session_of):
    user, other = make_user(), make_user()
    sessions = [session_of(user), session_of(user)]
    kept = [session_of(user), session_of(other)]
    desk = staff(VIEW, END)
    assert desk.offers(UserSession) == {"end_sessions"}
    assert desk.press("end_sessions", sessions) == [
        ("success", "The sessions of 1 user were ended.")
    ]
    assert (ended(*sessions), ended(*kept)) == (2, 0)
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor) == (
        EventKind.SESSIONS_ENDED_BY_STAFF,
        user,
        desk.user,
    )


def test_several_sessions_of_one_user_make_one_event(root, make_user, session_of):
    user = make_user()
    root.press("end_sessions", [session_of(user), session_of(user)])
    assert SecurityEvent.objects.count() == 1


@pytest.mark.parametrize("held", [(VIEW,), (END,), (VIEW, "jwt_accounts.lock_account")])
def test_without_the_right_nothing_is_ended(staff, make_user, session_of, held):
    session = session_of(make_user())
    desk = staff(*held)
    desk.press("end_sessions", [session])
    assert ended(session) == 0
    assert not SecurityEvent.objects.exists()
    if VIEW in held:
        assert desk.offers(UserSession) == set()


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}])
def test_nobody_ends_sessions_of_who_is_above(staff, make_user, session_of, above):
    high = session_of(make_user("high", **above))
    low = session_of(make_user())
    told = staff(VIEW, END).press("end_sessions", [high, low])
    assert [level for level, _ in told] == ["success", "error"]
    assert high.user.get_username() in told[1][1]
    assert (ended(high), ended(low)) == (0, 1)
    assert SecurityEvent.objects.count() == 1


def test_an_action_on_many_sessions_of_one_user_costs_what_it_costs_for_one(
    root, make_user, session_of
):
    def cost(sessions):
        with CaptureQueriesContext(connection) as queries:
            root.press("end_sessions", sessions)
        return len(queries)

    user = make_user()
    sessions = [session_of(user) for _ in range(12)]
    assert cost(sessions[:1]) == cost(sessions)
