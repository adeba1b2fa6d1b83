"""What PostgreSQL does for what is asked at every request: no table that grows is read whole."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from jwt_accounts.contrib.tenants.flows.active_tenant import active_tenant, claims_of, last_active
from jwt_accounts.contrib.tenants.flows.list_members import get_member, list_members
from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership, Tenant
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import user_fields
from tests.budgets.test_plans import scanned
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL explains its plans"),
]

USERS, SMALL = 5_000, 5


@pytest.fixture
def crowd(ctx, make_tenant):
    """Many users in one tenant, of whom a few are in another one too; PostgreSQL knows it."""
    model, fields = get_user_model(), user_fields()
    names = [f"crowd{number}" for number in range(USERS)]
    users = model.objects.bulk_create(
        model(
            **({fields.username: name} if fields.username else {}),
            **{fields.email: f"{name}@example.com"},
        )
        for name in names
    )
    Account.objects.bulk_create(Account(user=user) for user in users)
    large, small = make_tenant("large"), make_tenant("small")
    Membership.objects.bulk_create(
        Membership(tenant=tenant, user=user, joined_at=ctx.now)
        for tenant, members in ((large, users), (small, users[:SMALL]))
        for user in members
    )
    end = ctx.now + timedelta(days=1)
    sessions = UserSession.objects.bulk_create(
        UserSession(
            user=user,
            **dict.fromkeys(["created_at", "rotated_at", "last_used_at", "auth_time"], ctx.now),
            idle_expires_at=end,
            expires_at=end,
            amr="pwd",
        )
        for user in users
    )
    ActiveTenant.objects.bulk_create(
        ActiveTenant(session=session, tenant=large) for session in sessions
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return small, sessions[0]


def test_a_request_a_token_a_sign_in_and_a_page_of_a_small_tenant_use_indexes(crowd):
    small, session = crowd
    user = session.user
    with statements() as seen:
        active_tenant(user=user, session=session)
        claims_of(session)
        last_active(user.pk).first()
        list_members(tenant=small, offset=0, limit=10)
        get_member(tenant=small, public_id=public_id_of(user))
    large = {
        model._meta.db_table
        for model in (get_user_model(), Account, UserSession, Membership, ActiveTenant)
    }
    assert len(seen) >= 6
    read = {statement: large & set(scanned(statement)) for statement in seen}
    assert {statement: tables for statement, tables in read.items() if tables} == {}
    assert Tenant.objects.count() == 2
