"""Fixtures of the flows: people who are signed in, and those who may do something."""

from __future__ import annotations

import pytest

from jwt_accounts.credentials import scan
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.tokens import Lifetimes
from tests.conftest import PASSWORD, identifier_of

#: A contract whose refresh answers no new refresh token.
KEEPS_REFRESH = Lifetimes(rotates=False)


@pytest.fixture
def enter(ctx, make_user):
    """A factory of sign-ins: ``enter()`` for a new user, ``enter(user)`` for that one."""

    def sign(user=None, *, at=ctx, lifetimes=None, password=PASSWORD):
        user = user or make_user()
        return sign_in(
            at,
            identifier=identifier_of(user),
            password=password,
            lifetimes=lifetimes or Lifetimes(),
        )

    return sign


@pytest.fixture
def root(make_user):
    """A superuser."""
    return make_user("root", is_superuser=True, is_staff=True)


@pytest.fixture
def manager(make_user, make_role):
    """Somebody who manages users, and is no superuser."""
    make_role("Manager", rights=["add_user", "change_user", "view_user"])
    return make_user("manager", groups=["Manager"])


@pytest.fixture(autouse=True)
def _search_is_cheap(monkeypatch):
    """However busy the machine is, users without an account are searched for every time."""
    monkeypatch.setattr(scan, "_closed_until", 0.0)
    monkeypatch.setattr(scan, "_CHEAP", 3600)
