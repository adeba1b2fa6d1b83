"""What PostgreSQL does for the statements that run often: no table that grows is read whole."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from jwt_accounts.credentials import scan
from jwt_accounts.credentials.find import find
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.list_users import list_users
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import list_sessions
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.models import Account, Attempt, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.tokens.access import AccessToken
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL explains its plans"),
]

USERS = 5_000


@pytest.fixture(autouse=True)
def _nobody_is_searched_without_an_account(monkeypatch):
    # That search reads the table, and is rationed for it: see credentials/scan.py.
    monkeypatch.setattr(scan, "is_due", lambda: False)


@pytest.fixture
def crowd(ctx):
    """Many users with accounts, sessions, attempts and events; PostgreSQL knows how many."""
    model, fields = get_user_model(), user_fields()
    names = [f"crowd{number}" for number in range(USERS)]
    users = model.objects.bulk_create(
        model(
            **({fields.username: name} if fields.username else {}),
            **{fields.email: f"{name}@example.com"},
        )
        for name in names
    )
    Account.objects.bulk_create(
        Account(
            user=user,
            username=name if fields.username else "",
            username_key=name if fields.username else None,
            email=f"{name}@example.com",
            email_key=f"{name}@example.com",
        )
        for user, name in zip(users, names, strict=True)
    )
    end = ctx.now + timedelta(days=1)
    UserSession.objects.bulk_create(
        UserSession(
            user=user,
            created_at=ctx.now,
            rotated_at=ctx.now,
            last_used_at=ctx.now,
            auth_time=ctx.now,
            idle_expires_at=end,
            expires_at=end,
            amr="pwd",
        )
        for user in users
    )
    Attempt.objects.bulk_create(Attempt(key=name, tried_at=ctx.now) for name in names)
    SecurityEvent.objects.bulk_create(
        SecurityEvent(kind="account_locked", at=ctx.now, user=user) for user in users
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture
def tables_read_whole(crowd):
    """Which of the large tables a call reads from end to end."""
    large = {
        model._meta.db_table
        for model in (get_user_model(), Account, UserSession, Attempt, SecurityEvent)
    }

    def look(call):
        with statements() as seen:
            call()
        # A plain INSERT reads nothing.
        plans = [scanned(each) for each in seen if not each.startswith("INSERT")]
        return {table for plan in plans for table in plan} & large

    return look


def scanned(statement):
    """The tables of sequential scans that ran. What the statement changes is undone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        plan = cursor.fetchone()[0]
        transaction.set_rollback(True)
    nodes = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
            yield node["Relation Name"]


def test_a_plan_that_reads_a_table_whole_is_noticed(tables_read_whole):
    read = tables_read_whole(lambda: list(Account.objects.filter(confirmed_email="nobody")))
    assert read == {Account._meta.db_table}


def test_who_is_meant_is_found_by_indexes(tables_read_whole):
    for typed in ("crowd77", "CROWD77@example.com", "nobody", "nobody@example.com"):
        assert tables_read_whole(lambda typed=typed: find(typed)) == set(), typed


def test_signing_in_refreshing_asking_and_signing_out_use_indexes(
    ctx, tables_read_whole, make_user
):
    user = make_user()
    given = []

    def a_day():
        given.append(sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).tokens)
        given.append(refresh(ctx, refresh_token=given[0].refresh))
        authenticate(ctx, access_token=given[1].access)
        list_sessions(ctx, user=user)
        sign_out(ctx, access_token=AccessToken(given[1].access))

    assert tables_read_whole(a_day) == set()


def test_a_page_of_users_is_read_by_the_key(tables_read_whole, make_user):
    root = make_user()
    root.is_superuser = True
    middle = get_user_model().objects.order_by("pk")[USERS // 2].pk
    pages = [
        lambda: list_users(actor=root, limit=50, with_roles=True),
        lambda: list_users(actor=root, limit=50, after=str(middle), with_roles=True),
    ]
    assert [tables_read_whole(page) for page in pages] == [set(), set()]
