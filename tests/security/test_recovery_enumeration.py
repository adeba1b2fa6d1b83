"""Recovery does not tell who exists (L16): not in a byte, not in the work done, not in the queue.

With an immediate queue the mail server's time tells; that is what ``check --deploy`` warns of.
Everywhere here a real queue takes the tasks, but where it says otherwise.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import django
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import TestCase
from django.utils import timezone

from jwt_accounts.delivery import queue
from jwt_accounts.models import Account
from jwt_accounts.types import IdentifierKind
from tests import hashers
from tests.recovery import NEW, give_phone
from tests.sql import statements

pytestmark = pytest.mark.django_db

PIN, WRONG = "424242", "170017"
LIBRARY = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
BROKEN_MAIL = "tests.delivery.senders.BrokenMailServer"
BROKEN_SMS = {"SMS_SENDER": "tests.delivery.senders.BrokenSender"}


@pytest.fixture(autouse=True)
def _the_clock_stands_still():
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def _every_pin_is_the_same(monkeypatch):
    """So that a wrong PIN is wrong for everybody."""
    monkeypatch.setattr("jwt_accounts.credentials.challenges.pin_of", lambda _digest: PIN)


@pytest.fixture(autouse=True)
def _settings(settings):
    limits = ("recovery_request", "recovery_verify", "password_set")
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": dict.fromkeys(limits)}


@pytest.fixture(params=["bound", "tokenless"])
def _both_bindings(request, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_BINDING": request.param}


@pytest.fixture
def _tokenless(settings):
    """The binding that looks at more."""
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_BINDING": "tokenless"}


both_bindings = pytest.mark.usefixtures("_both_bindings")
tokenless = pytest.mark.usefixtures("_tokenless")


@pytest.fixture
def _queue(settings):
    settings.TASKS = {"default": {"BACKEND": f"{LIBRARY}.backends.dummy.DummyBackend"}}


real_queue = pytest.mark.usefixtures("_queue")


def usual(user):
    pass


def inactive(user):
    user.is_active = False
    user.save()


def unproved(user):
    Account.objects.filter(user=user).update(unproved="email phone")


def duplicate(user):
    account = Account.objects.filter(user=user).values("email", "phone", "phone_as_written").get()
    other = get_user_model().objects.get(email="double@example.com")
    Account.objects.filter(user=other).update(**account)


def locked_by_staff(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def without_a_password(user):
    user.set_unusable_password()
    user.save()


def locked_by_failures(user):
    until = timezone.now().replace(year=2100)
    Account.objects.filter(user=user).update(failures=5, locked_until=until)


def privileged(user):
    user.is_staff = user.is_superuser = True
    user.save()


def disputed(user):
    Account.objects.filter(user=user).update(email_key=None, phone_key=None, disputed="email phone")


STATES = [
    usual,
    inactive,
    unproved,
    duplicate,
    locked_by_staff,
    without_a_password,
    locked_by_failures,
    privileged,
    disputed,
]
GET_A_PIN = {"usual", "locked_by_failures", "privileged", "disputed", "unproved"}


@pytest.fixture
def somebody(make_user):
    """The address and the number of accounts of every state, and of nobody."""
    make_user("double")
    found = {"nobody": ("nobody@example.com", "0771694399")}
    for number, state in enumerate(STATES):
        user = make_user(f"user{number}", email=f"user{number}@example.com")
        give_phone(user, f"077169430{number}")
        state(user)
        found[state.__name__] = (f"user{number}@example.com", f"077169430{number}")
    return found


def entries():
    return list(queue._tasks.task_backends["default"].results)


@pytest.fixture
def seen(ask):
    """What an attacker sees of a request, what the machine does, and what is in the queue."""

    def look(path, body, **headers):
        hashers.runs.clear()
        before = len(entries()) if queue_is_real() else 0
        with TestCase.captureOnCommitCallbacks(execute=True), statements() as asked:
            answer = ask("POST", path, body, **headers)
        queued = entries()[before:] if queue_is_real() else []
        return (
            answer.status_code,
            answer.reason_phrase,
            {name: value for name, value in answer.items() if name != "Date"},
            answer.content,
            {name: str(value) for name, value in answer.cookies.items()},
            # An immediate queue works in here: see above.
            [each.split(" ", 1)[0].strip() for each in asked] if queue_is_real() else None,
            len(hashers.runs),
            [(each.task.module_path, [len(str(arg)) for arg in each.args]) for each in queued],
        )

    return look


def queue_is_real():
    return not queue.sends_at_once()


def back_office(kind, value, step, **more):
    paths = {"request": "mail", "verify": "verify", "update": "update_user_password"}
    return f"/authentication/{paths[step]}/", {"type": str(kind), "value": value, **more}


def contract_zero(kind, value, step, **more):
    paths = {"request": "pin", "verify": "pin/verify", "update": "set"}
    if step == "update":
        return f"/accounts/password/{paths[step]}/", {"token": "a.b", **more}
    return f"/accounts/password/{paths[step]}/", {str(kind): value, **more}


contracts = pytest.mark.parametrize("contract", [back_office, contract_zero])
kinds = pytest.mark.parametrize("kind", [IdentifierKind.EMAIL, IdentifierKind.PHONE])

ASKED = [("request", {})]
GUESSED = [("verify", {"pin": WRONG})]
SET = [("update", {"password": NEW})]
SHORT = [("update", {"password": "short"})]
STORIES = {
    "nothing-before": [*SET, *GUESSED, *ASKED, *SET],
    "guesses": [*ASKED, *GUESSED * 7, *SET, *SHORT],
    "beyond-the-limit": [*ASKED * 12, *GUESSED * 2],
    "beyond-the-day": [*(ASKED + GUESSED * 5) * 5, *SET],
}


@real_queue
@tokenless
@pytest.mark.parametrize(
    ("contract", "kind"),
    [
        (back_office, IdentifierKind.EMAIL),
        (contract_zero, IdentifierKind.PHONE),
        pytest.param(back_office, IdentifierKind.PHONE, marks=pytest.mark.slow),
        pytest.param(contract_zero, IdentifierKind.EMAIL, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "story",
    [
        pytest.param(
            STORIES[name], id=name, marks=pytest.mark.database if name == "guesses" else ()
        )
        for name in STORIES
    ],
)
def test_a_story_looks_alike_whoever_is_meant(seen, somebody, contract, kind, story):
    def told(who):
        value = somebody[who][0 if kind is IdentifierKind.EMAIL else 1]
        return [seen(*contract(kind, value, step, **more)) for step, more in story]

    nobody = told("nobody")
    assert all(each[5] for each in nobody)  # the machine did something
    for state in list(somebody)[1:]:
        assert told(state) == nobody, state


@real_queue
@contracts
def test_the_work_is_there_to_be_compared(seen, somebody, contract):
    told = [seen(*contract(IdentifierKind.EMAIL, somebody["nobody"][0], "request"))]
    told += [seen(*contract(IdentifierKind.EMAIL, somebody["nobody"][0], "verify", pin=WRONG))]
    assert [each[0] for each in told] == [202 if contract is contract_zero else 200, 404]
    assert [len(each[-1]) for each in told] == [1, 0]
    assert [each[6] for each in told] == [0, 0]
    assert "UPDATE" in told[0][5]
    assert "UPDATE" in told[1][5]


@real_queue
@contracts
@pytest.mark.parametrize("state", [each.__name__ for each in STATES])
def test_not_even_the_right_pin_tells_of_an_account_that_gets_none(seen, somebody, contract, state):
    def told(who, pin):
        value = somebody[who][0]
        seen(*contract(IdentifierKind.EMAIL, value, "request"))
        return seen(*contract(IdentifierKind.EMAIL, value, "verify", pin=pin))

    same = told(state, PIN) == told("nobody", WRONG)
    assert same is (state not in GET_A_PIN)


@real_queue
@both_bindings
@pytest.mark.parametrize(
    "headers",
    [{"X-Reset-Token": "a" * 64 + "." + "b" * 64}, {"Cookie": "reset_token=x"}],
    ids=["header", "cookie"],
)
def test_a_made_up_secret_looks_alike_whoever_is_meant(seen, somebody, headers):
    def told(who):
        body = back_office(IdentifierKind.EMAIL, somebody[who][0], "update", password=NEW)
        before = seen(*body, **headers)
        seen(*back_office(IdentifierKind.EMAIL, somebody[who][0], "request"))
        return before, seen(*body, **headers)

    nobody = told("nobody")
    assert nobody[0][0] == 404
    for state in list(somebody)[1:]:
        assert told(state) == nobody, state


@contracts
@kinds
def test_a_mail_server_and_a_gateway_that_are_away_change_no_answer(
    seen, somebody, settings, contract, kind, caplog
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **BROKEN_SMS}
    settings.MAILERS = {"default": {"BACKEND": BROKEN_MAIL}}
    if django.VERSION < (6, 1):
        settings.EMAIL_BACKEND = BROKEN_MAIL
    caplog.set_level(logging.DEBUG)

    def told(who):
        value = somebody[who][0 if kind is IdentifierKind.EMAIL else 1]
        return [seen(*contract(kind, value, step, **more)) for step, more in STORIES["guesses"]]

    nobody = told("nobody")
    assert "TaskFailed" not in caplog.text
    for state in list(somebody)[1:]:
        assert told(state) == nobody, state
    assert "TaskFailed" in caplog.text or "sent" in caplog.text  # it was away
    assert mail.outbox == []


@contracts
def test_a_queue_that_is_away_changes_no_answer(seen, somebody, contract, monkeypatch):
    def away(*_args, **_kwargs):
        raise ConnectionRefusedError(111, "no queue")

    for name in ("send_pin", "send_link", "send_note"):
        task = getattr(__import__("jwt_accounts.flows.messages", fromlist=[name]), name)
        monkeypatch.setattr(type(task), "enqueue", away)

    def told(who):
        value = somebody[who][0]
        return [
            seen(*contract(IdentifierKind.EMAIL, value, step, **more))
            for step, more in STORIES["guesses"]
        ]

    nobody = told("nobody")
    assert {each[0] for each in nobody} <= {200, 202, 404}
    for state in list(somebody)[1:]:
        assert told(state) == nobody, state
