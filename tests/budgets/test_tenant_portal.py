"""What the tenant portal's endpoints ask of the database, in exact numbers."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import Account
from tests.budgets.test_statements import budget, many_users
from tests.conftest import PASSWORD
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


@pytest.fixture(autouse=True)
def _bare():
    """Not here: tokens name the tenant, which costs a query."""


@pytest.fixture
def ann(make_user, ctx):
    """A member of a tenant of 60, with 60 of everything."""
    tenant = Tenant.objects.create(slug="acme", name="Acme", created_at=ctx.now)
    ann, ben = make_user("ann"), make_user("ben")
    many_users(60)
    Account.objects.adopt_all()
    users = get_user_model()._default_manager.all()
    Membership.objects.bulk_create(
        [Membership(tenant=tenant, user=user, joined_at=ctx.now) for user in users]
    )
    scope, at = str(tenant.pk), ctx.now
    for _ in range(60):
        Comment.objects.create(about=ann, author=ben, scope=scope, text="a", created_at=at)
        Activity.objects.create(actor=ben, verb="joined", scope=scope, created_at=at)
        Notification.objects.create(user=ann, kind="comment", scope=scope, created_at=at)
    ann.written_by = ben
    return ann


@pytest.fixture
def call(client):
    def send(method, path, token="", **body):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with statements() as seen:
            answer = client.generic(
                method, f"/api/{path}", _json(body), "application/json", headers=headers
            )
        assert answer.status_code < 300, answer.content
        return answer, seen

    return send


def _json(body):
    return json.dumps(body) if body else ""


@pytest.fixture
def token(call, ann):
    return call("POST", "login/", email=ann.email, password=PASSWORD)[0].json()["token"]


def test_a_log_in_costs_eight(call, ann):
    call("POST", "login/", email=ann.email, password=PASSWORD)
    _, seen = call("POST", "login/", email=ann.email, password=PASSWORD)
    budget(seen, 8)


@once
@pytest.mark.parametrize(
    ("method", "path", "number"),
    [
        ("GET", "current_user/", 2),
        ("GET", "tenants/", 2),
        ("GET", "users/", 4),
        ("GET", "users/?page=2&page_size=20&search=many", 4),
        ("GET", "users/{ann}/", 5),
        ("GET", "users/{ann}/comments/", 5),
        ("GET", "users/{ben}/activity/", 5),
        ("GET", "notifications/", 4),
        ("GET", "notifications/unread_count/", 3),
        ("POST", "notifications/read/", 3),
        ("POST", "notifications/{note}/read/", 4),
        ("POST", "login/refresh/", 3),
        ("POST", "logout/", 1),
    ],
)
def test_each_costs_the_same_for_sixty_as_for_one(call, ann, token, method, path, number):
    note = Notification.objects.first()
    path = path.format(ann=public_id_of(ann), ben=public_id_of(ann.written_by), note=note.pk)
    _, seen = call(method, path, token)
    budget(seen, number)


def test_a_comment_costs_six(call, ann, token):
    _, seen = call("POST", f"users/{public_id_of(ann)}/comments/", token, text="Hello.")
    budget(seen, 6)


def test_users_whom_no_account_knows_get_one_when_they_are_first_listed(call, ann, token):
    Account.objects.exclude(user__in=[ann, ann.written_by]).delete()
    first, _ = call("GET", "users/", token)
    assert first.json()["count"] >= 62
    assert len({UUID(user["pk"]) for user in first.json()["results"]}) == 50
    again, seen = call("GET", "users/", token)
    assert again.json() == first.json()
    budget(seen, 4)
