"""Accounts: found, looked at and acted on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import EventKind, SessionEnd
from tests.admin.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.urls("tests.admin.urls")]
once = pytest.mark.once

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(minutes=5), NOW + timedelta(minutes=5)
VIEW = "jwt_accounts.view_account"

#: Action, the right it needs, the event it writes and why the sessions end by it.
ACTIONS = [
    ("unlock", "jwt_accounts.unlock_account", EventKind.ACCOUNT_UNLOCKED, None),
    (
        "lock_by_staff",
        "jwt_accounts.lock_account",
        EventKind.LOCKED_BY_STAFF,
        SessionEnd.LOCKED_BY_STAFF,
    ),
    ("lift_staff_lock", "jwt_accounts.lock_account", EventKind.STAFF_LOCK_LIFTED, None),
    (
        "end_sessions",
        "jwt_accounts.end_sessions",
        EventKind.SESSIONS_ENDED_BY_STAFF,
        SessionEnd.ENDED_BY_STAFF,
    ),
    (
        "demand_change",
        "change_user",
        EventKind.PASSWORD_CHANGE_DEMANDED,
        SessionEnd.PASSWORD_EXPIRED,
    ),
]
RIGHTS = {action: right for action, right, *_ in ACTIONS}
actions = pytest.mark.parametrize(
    ("action", "right"), RIGHTS.items(), ids=lambda value: value.rpartition(".")[2]
)


@pytest.fixture
def now(time_machine):
    time_machine.move_to(NOW, tick=False)


def mark(account, **values):
    Account.objects.filter(pk=account.pk).update(**values)
    account.refresh_from_db()
    return account


def state(*accounts):
    return list(
        Account.objects.filter(pk__in=[each.pk for each in accounts]).order_by("pk").values()
    )


# Shown and found.

LOCKS = [
    ({}, "-", False, False),
    ({"failures": 4}, "-", False, False),
    ({"locked_at": EARLIER, "locked_until": EARLIER}, "-", False, False),
    ({"locked_at": EARLIER, "locked_until": LATER}, "until 6:05 a.m.", True, False),
    (
        {"locked_at": EARLIER, "locked_until": NOW + timedelta(days=2)},
        "until 03/03/2026 6 a.m.",
        True,
        False,
    ),
    ({"locked_at": EARLIER}, "until unlocked", True, False),
    ({"staff_locked_at": EARLIER}, "by staff", True, True),
    ({"staff_locked_at": EARLIER, "locked_at": EARLIER}, "by staff, until unlocked", True, True),
]


@once
@pytest.mark.parametrize(("values", "told", "locked", "by_staff"), LOCKS)
@pytest.mark.usefixtures("now")
def test_a_list_tells_and_filters_which_locks_hold(
    root, account_of, values, told, locked, by_staff
):
    account = mark(account_of(), **values)
    page = root.open(Account)
    cell = page.context["cl"].model_admin.lock(account)
    assert cell.replace("\N{NO-BREAK SPACE}", " ") == told
    assert cell in text_of(page)
    assert cell in text_of(root.open(Account, "change", account.pk))
    for name, wanted in (("locked", locked), ("staff", by_staff)):
        assert (account.pk in root.shows(Account, **{name: "yes"})) is wanted
        assert (account.pk in root.shows(Account, **{name: "no"})) is not wanted


def test_a_list_filters_who_must_change_the_password(root, account_of):
    free, bound = account_of(), mark(account_of(), must_change_password=True)
    assert root.shows(Account, must_change_password__exact=1) == {bound.pk}
    assert free.pk in root.shows(Account, must_change_password__exact=0)


def test_identifiers_are_shown_as_they_are_written(root, account_of):
    account = account_of("Bobby", email="Bobby.Tables@Example.com", phone="0771 694 308")
    fields = user_fields()
    written = ["Bobby.Tables@Example.com"]
    written += ["Bobby"] if fields.username else []
    written += ["0771 694 308"] if fields.phone else []
    for page in (root.open(Account), root.open(Account, "change", account.pk)):
        assert [text for text in written if text not in text_of(page)] == []


def test_each_way_to_write_a_user_down_finds_it(root, account_of):
    account = mark(account_of("Bobby", email="b@one.example"), phone="+40771694308")
    other = account_of("Alice", email="a@two.example")
    for text in ("one.exam", "B@ONE", "771694"):
        assert root.shows(Account, q=text) == {account.pk}
    assert root.shows(Account, q="two.example") == {other.pk}
    if user_fields().username:
        assert root.shows(Account, q="bOBB") == {account.pk}


def test_a_list_is_sorted_by_name_either_way(root, account_of):
    names = {account_of(name).pk: name for name in ("zoe", "Adam", "mia")}

    def order(**query):
        found = root.open(Account, **query).context["cl"].result_list
        return [names[row.pk] for row in found if row.pk in names]

    assert order() == order(o="1") == ["Adam", "mia", "zoe"]
    assert order(o="-1") == ["zoe", "mia", "Adam"]


def test_each_column_sorts(root, account_of):
    account_of()
    columns = len(root.open(Account).context["cl"].list_display)
    for number in range(1, columns):
        assert root.open(Account, o=f"-{number}").status_code == 200


# Acted on.


@pytest.mark.parametrize(("action", "right", "kind", "reason"), ACTIONS, ids=list(RIGHTS))
def test_an_action_does_what_it_says_for_each_account(
    staff, account_of, session_of, action, right, kind, reason
):
    accounts = [account_of(), account_of()]
    for account in accounts:
        session_of(account.user)
        mark(account, failures=5, locked_at=EARLIER, locked_until=None)
        if action == "lift_staff_lock":
            mark(account, staff_locked_at=EARLIER)
    desk = staff(VIEW, right)
    ((level, _),) = desk.press(action, accounts)
    assert level == "success"
    expected = {
        "failures": 0 if action == "unlock" else 5,
        "locked_at": None if action == "unlock" else EARLIER,
        "must_change_password": action == "demand_change",
    }
    for row in state(*accounts):
        assert {name: row[name] for name in expected} == expected
        assert (row["staff_locked_at"] is not None) is (action == "lock_by_staff")
    for account in accounts:
        session = UserSession.objects.get(user=account.user)
        assert session.end_reason == (reason or "")
        event = SecurityEvent.objects.get(user=account.user)
        assert (event.kind, event.actor) == (kind, desk.user)
        assert (event.ip, event.user_agent) == ("192.0.2.7", "browser")
    assert SecurityEvent.objects.count() == 2


@once
@actions
def test_an_action_is_there_for_who_holds_the_right_and_nobody_else(
    staff, account_of, action, right
):
    account = account_of()
    same = {each for each, needed in RIGHTS.items() if needed == right}
    assert staff(VIEW, right).offers(Account) == same
    others = [each for each in RIGHTS.values() if each != right]
    desk = staff(VIEW, *others)
    assert desk.offers(Account) == set(RIGHTS) - same
    before = state(account)
    desk.press(action, [account])
    assert state(account) == before
    assert not SecurityEvent.objects.exists()


@once
@actions
def test_an_action_needs_the_right_to_look_too(staff, account_of, action, right):
    account = account_of()
    before = state(account)
    staff(right).press(action, [account])
    assert state(account) == before
    assert not SecurityEvent.objects.exists()


ABOVE = [{"is_superuser": True}, {"is_staff": True}, {"groups": ["High"]}]


@once
@actions
@pytest.mark.parametrize("above", ABOVE, ids=["superuser", "staff", "more rights"])
def test_nobody_reaches_above_themselves_and_the_others_are_done(
    staff, account_of, make_role, session_of, action, right, above
):
    make_role("High", ["delete_user"])
    high, low = account_of("high", **above), account_of("low")
    sessions = {session_of(each.user).pk for each in (high, low)}
    before = state(high)
    told = staff(VIEW, right).press(action, [high, low])
    assert [level for level, _ in told] == ["success", "error"]
    assert high.user.get_username() in told[1][1]
    assert low.user.get_username() not in told[1][1]
    assert state(high) == before
    assert UserSession.objects.filter(pk__in=sessions, user=high.user, ended_at=None).exists()
    assert SecurityEvent.objects.get().user == low.user


def test_nobody_locks_themselves(root):
    account = Account.objects.get(user=root.user)
    ((level, text),) = root.press("lock_by_staff", [account])
    assert level == "error"
    assert root.user.get_username() in text
    assert state(account)[0]["staff_locked_at"] is None


def test_a_superuser_reaches_everybody(root, account_of, make_role):
    make_role("High", ["delete_user"])
    accounts = [account_of(**above) for above in ABOVE]
    assert root.press("lock_by_staff", accounts) == [("success", "3 accounts were locked.")]
    assert SecurityEvent.objects.count() == 3


def test_many_refusals_make_one_message_of_bearable_length(staff, account_of):
    accounts = [account_of(is_staff=True) for _ in range(30)]
    ((level, text),) = staff(VIEW, RIGHTS["unlock"]).press("unlock", accounts)
    assert level == "error"
    assert (
        sum(each.user.get_username() in text.replace(":", ",").split() for each in accounts) <= 20
    )
    assert "…" in text


def test_an_account_whose_user_vanishes_meanwhile_is_named(root, account_of, monkeypatch):
    """The list was read before the flow looked."""
    from jwt_accounts.errors import NotFound
    from jwt_accounts.flows import lock_account

    def unlock_account(*_args, **_kwargs):
        raise NotFound

    monkeypatch.setattr(lock_account, "unlock_account", unlock_account)
    account = account_of("gone")
    ((level, text),) = root.press("unlock", [account])
    assert (level, text) == (
        "error",
        f"Refused for {account.user.get_username()}: Not found.",
    )
