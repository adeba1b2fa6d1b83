"""Contract zero does not tell whose an address is: not in a byte, not in what the machine does.

A real queue takes the messages: an immediate one lets the mail server's time tell, and
``check --deploy`` says so.
"""

from __future__ import annotations

from datetime import UTC, datetime

import django
import pytest
import time_machine
from django.test import TestCase
from django.utils import timezone

from jwt_accounts.models import Account
from tests import hashers
from tests.conftest import PASSWORD
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.database]

LIBRARY = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
LIMITS = ("registration", "confirmation", "confirmation_request", "recovery_request")
PIN, WRONG = "424242", "170017"


@pytest.fixture(autouse=True)
def _the_clock_stands_still():
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def _every_code_is_the_same(monkeypatch):
    """So that a wrong one is wrong for everybody."""
    monkeypatch.setattr("jwt_accounts.credentials.challenges.pin_of", lambda _digest: PIN)


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "RATE_LIMITS": dict.fromkeys([*LIMITS, "account_change"]),
        "RECOVERY_LIMIT": "2/h",
    }
    settings.TASKS = {"default": {"BACKEND": f"{LIBRARY}.backends.dummy.DummyBackend"}}


def usual(user):
    """Neither confirmed nor asked to."""


def confirmed(user):
    Account.objects.filter(user=user).update(
        confirmed_email=user.email, email_confirmed_at=timezone.now()
    )


def claimed(user):
    Account.objects.filter(user=user).update(unproved="email", awaits_confirmation=True)


def inactive(user):
    user.is_active = False
    user.save()


def locked_by_staff(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def without_a_password(user):
    user.set_unusable_password()
    user.save()


def privileged(user):
    user.is_staff = user.is_superuser = True
    user.save()


STATES = [
    usual,
    confirmed,
    claimed,
    inactive,
    locked_by_staff,
    without_a_password,
    privileged,
]


@pytest.fixture
def addresses(make_user):
    """Of accounts of every state, and of nobody."""
    for state in STATES:
        state(make_user(state.__name__, email=f"{state.__name__}@example.com"))
    return {name: f"{name}@example.com" for name in ["nobody", *(s.__name__ for s in STATES)]}


@pytest.fixture
def seen(ask):
    """What an attacker sees of a request, and what the machine does for it."""

    def look(path, body, token=""):
        hashers.runs.clear()
        with TestCase.captureOnCommitCallbacks(execute=True), statements() as asked:
            answer = ask("POST", f"/accounts/{path}", body, token)
        headers = {name: value for name, value in answer.items() if name != "Date"}
        seen = (answer.status_code, answer.reason_phrase, headers, answer.content)
        cookies = {name: str(value) for name, value in answer.cookies.items()}
        verbs = [each.split(" ", 1)[0].strip() for each in asked]
        return (*seen, cookies, len(hashers.runs)), verbs

    return look


def registration(email, name="newcomer", **more):
    return "register/", {"username": name, "email": email, "password": PASSWORD, **more}


@pytest.mark.parametrize(
    "more",
    [{}, {"password": "short"}, {"password": "password123"}, {"username": "usual"}],
    ids=["free name", "short", "common", "taken name"],
)
def test_a_registration_is_answered_alike_whoever_has_the_address(seen, addresses, more):
    """The same number of hashes, too: one, or none where the password breaks the rules."""
    found = {}
    for number, (state, email) in enumerate(addresses.items()):
        path, body = registration(email, f"newcomer{number}", **more)
        found[state] = [seen(path, body)[0] for _ in range(2)]
    nobody = found.pop("nobody")
    assert {each[-1] for each in nobody} == {0 if "password" in more else 1}
    assert {each[0] for each in nobody} == {400 if "password" in more else 202}
    for state, answers in found.items():
        assert answers == nobody, state


@pytest.mark.parametrize(
    ("path", "more", "status"),
    [
        ("email/resend/", {}, 202),
        ("password/link/", {}, 202),
        ("email/confirm/", {"code": WRONG}, 404),
    ],
)
def test_what_follows_is_answered_alike_and_costs_the_same(seen, addresses, path, more, status):
    """Four times: beyond the pause, and beyond what is sent in an hour."""

    def told(email):
        return [seen(path, {"email": email, **more}) for _ in range(4)]

    nobody = told(addresses.pop("nobody"))
    assert {answer[0] for answer, _ in nobody} == {status}
    assert {answer[-1] for answer, _ in nobody} == {0}
    for state, email in addresses.items():
        assert told(email) == nobody, state


def test_a_wrong_code_costs_the_same_where_one_was_sent(seen, addresses):
    def told(email):
        seen("email/resend/", {"email": email})
        return [seen("email/confirm/", {"email": email, "code": WRONG}) for _ in range(6)]

    nobody = told(addresses.pop("nobody"))
    assert "UPDATE" in nobody[0][1]  # there is work to be compared
    for state, email in addresses.items():
        assert told(email) == nobody, state


@pytest.mark.parametrize("state", [each.__name__ for each in STATES])
def test_the_right_code_tells_only_of_what_it_confirms(seen, addresses, state):
    """It was sent to the owner of the address, and to nobody else."""

    def told(who, code):
        seen("email/resend/", {"email": addresses[who]})
        return seen("email/confirm/", {"email": addresses[who], "code": code})[0]

    same = told(state, PIN) == told("nobody", WRONG)
    needs_it = state in {"usual", "claimed", "without_a_password", "privileged"}
    assert same is not needs_it


def test_a_change_of_address_is_answered_alike_whoever_has_it(
    seen, addresses, make_user, tokens_of
):
    user = make_user("asker")
    token = tokens_of(user).access

    def told(email):
        body = {"email": email, "current_password": PASSWORD}
        return [seen("email/change/", body, token)[0] for _ in range(2)]

    nobody = told(addresses.pop("nobody"))
    assert {each[0] for each in nobody} == {202}
    for state, email in addresses.items():
        assert told(email) == nobody, state


def test_a_made_up_link_is_answered_alike_and_costs_the_same(seen, addresses):
    """The row's name is a keyed digest: it says nothing of whose it is."""
    for state in ("nobody", "claimed"):
        seen("email/resend/", {"email": addresses[state]})
    found = [
        seen("email/confirm/", {"token": token})
        for token in ("a" * 64 + "." + "b" * 64, "x", "." * 9, "0" * 8000)
    ]
    assert found == [found[0]] * 4
    assert found[0][0][0] == 404
