"""What registering and confirming ask of the database, and of the processor.

Transaction control is not counted, nor what the message costs: a queue sends it elsewhere.
"""

from __future__ import annotations

import django
import pytest

from jwt_accounts.credentials import scan
from tests import hashers
from tests.budgets.test_statements import budget
from tests.conftest import PASSWORD
from tests.letters import letter
from tests.sql import statements

pytestmark = pytest.mark.django_db

core = pytest.mark.core

LIBRARY = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
ANN = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _search_is_cheap(monkeypatch):
    """However busy the machine is, users without an account are searched for every time."""
    monkeypatch.setattr(scan, "_closed_until", 0.0)
    monkeypatch.setattr(scan, "_CHEAP", 3600)


@pytest.fixture
def queue(settings):
    settings.TASKS = {"default": {"BACKEND": f"{LIBRARY}.backends.dummy.DummyBackend"}}


@pytest.fixture
def post(client):
    def send(path, body):
        return client.post(f"/{path}", body, content_type="application/json")

    return send


@core
@pytest.mark.usefixtures("queue")
def test_registering_costs_four_and_one_hash(post, make_user):
    make_user("bob")
    hashers.runs.clear()
    with statements() as seen:
        assert post("accounts/register/", ANN).status_code == 202
    budget(seen, 4)
    assert hashers.runs == ["encode"]


@core
@pytest.mark.usefixtures("queue")
def test_registering_with_a_taken_address_costs_six_and_one_hash(post, make_user):
    """Two look, at what is taken and whose it is; four count the note, as every message is."""
    make_user("ann")
    hashers.runs.clear()
    with statements() as seen:
        assert post("accounts/register/", ANN).status_code == 202
    budget(seen, 6)
    assert hashers.runs == ["encode"]


def test_registering_where_nothing_is_confirmed_costs_three(post, db):
    device = {
        "username": "device",
        "email": "owner@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    with statements() as seen:
        assert post("api/auth/registration/", device).status_code == 201
    budget(seen, 3)


@core
@pytest.mark.parametrize("by", ["token", "code"])
def test_confirming_costs_no_more_than_nine(post, db, by):
    found = letter(lambda: post("accounts/register/", ANN))
    body = {"token": found.token}
    if by == "code":
        body = {"email": ANN["email"], "code": found.code}
    hashers.runs.clear()
    with statements() as seen:
        assert post("accounts/email/confirm/", body).status_code == 204
    assert len(seen) <= 9, seen
    assert hashers.runs == []


def test_a_wrong_link_costs_one_and_a_wrong_code_three(post, db):
    found = letter(lambda: post("accounts/register/", ANN))
    with statements() as seen:
        post("accounts/email/confirm/", {"token": f"{found.token}0"})
    budget(seen, 1)
    wrong = {"email": ANN["email"], "code": f"{(int(found.code) + 1) % 10**6:06d}"}
    with statements() as seen:
        post("accounts/email/confirm/", wrong)
    budget(seen, 3)
