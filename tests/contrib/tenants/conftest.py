"""Fixtures of tenants: how one is made and joined, and staff at the admin."""

from __future__ import annotations

from itertools import count

import pytest

from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.flows.sign_in import sign_in
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models.userfields import user_fields
from tests.admin.conftest import root, staff
from tests.conftest import PASSWORD, identifier_of

__all__ = ["make_member", "make_tenant", "person", "root", "signed_in", "staff"]

_numbers = count(1)


@pytest.fixture
def make_tenant(ctx, db):
    """A factory of tenants without members: ``make_tenant("acme", joining="open")``."""

    def make(slug="", **values):
        slug = slug or f"tenant{next(_numbers)}"
        return Tenant.objects.create(slug=slug, created_at=ctx.now, name=slug.title(), **values)

    return make


@pytest.fixture
def make_member(ctx, make_user):
    """A factory of members: ``make_member(tenant, "owner")`` of a new user, ``user=`` of that."""

    def make(tenant, role="member", *, user=None, at=ctx) -> Membership:
        return add_member(at, tenant, user or make_user(), role)

    return make


@pytest.fixture
def signed_in(ctx):
    """Sign a member in: ``signed_in(membership, "acme")``."""

    def enter(membership, tenant="", *, at=ctx):
        name = identifier_of(membership.user)
        return sign_in(at, identifier=name, password=PASSWORD, tenant=tenant)

    return enter


@pytest.fixture
def person():
    """What a new person says of themselves: ``person("ada")``."""

    def say(name="") -> Profile:
        name = name or f"person{next(_numbers)}"
        named = {"username": name} if user_fields().username else {}
        return Profile(**named, email=f"{name}@example.com")

    return say
