"""Fixtures of the whole suite. They work with each of the three user models."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache

from jwt_accounts.flows import tokens
from jwt_accounts.models import RoleSettings
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import RequestContext
from tests import hashers

PASSWORD = "correct horse battery"

#: A key that no row has; always the same, so that tests have the same names in every process.
NO_KEY = UUID("b9d3a4a2-0a6e-4b7e-9c35-3d1f2a7c5e10")

_numbers = count(1)


def pytest_ignore_collect(collection_path, config):
    """A run of one mark imports no module that does not name it: to import them all takes longer
    than some of those runs."""
    wanted = re.findall(r"(?<!not )\b(core|database|slow)\b", config.option.markexpr or "")
    if not wanted or not collection_path.match("test_*.py"):
        return None
    text = collection_path.read_text()
    return None if any(f"mark.{name}" in text for name in wanted) else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What takes longest begins first, so that no process waits for another at the end."""
    items.sort(key=lambda item: item.path.parent.name not in {"concurrency", "demo", "http"})


@pytest.fixture(autouse=True)
def _fresh_counters():
    """No rate limit and no counted hash of one test reaches the next."""
    cache.clear()
    hashers.runs.clear()


@pytest.fixture(autouse=True)
def _recovery_codes_are_cheap(monkeypatch):
    """Ten hashes of scrypt would be half a second for whoever gets a second factor."""
    monkeypatch.setattr("jwt_accounts.contrib.mfa.recovery.WORK_FACTOR", 2)


@pytest.fixture
def bare_tokens(monkeypatch):
    """Tokens without what the optional apps say in them, and without what that costs."""
    monkeypatch.setattr(tokens, "claim_sources", [])


@pytest.fixture
def ctx() -> RequestContext:
    """A request made now."""
    return RequestContext(now=datetime.now(UTC), ip="192.0.2.1", user_agent="tests")


@pytest.fixture
def make_user(db):
    """A factory of users as a host's code makes them: ``make_user("bob", email="bob@x.example")``.

    Whatever the user model lacks is left out. ``identifier_of(user)`` says how to sign in.
    """

    def make(name: str = "", *, password: str | None = PASSWORD, groups=(), **values):
        name = name or f"user{next(_numbers)}"
        model, fields = get_user_model(), user_fields()
        values.setdefault("email", f"{name}@example.com")
        known = {each.name for each in model._meta.concrete_fields}
        if fields.username:
            values[fields.username] = name
        user = model(**{key: value for key, value in values.items() if key in known})
        user.set_password(password)
        user.save()
        for group in groups:
            user.groups.add(Group.objects.get_or_create(name=group)[0])
        return user

    return make


@pytest.fixture
def make_role(db):
    """A factory of roles: ``make_role("Cashier", rights=["auth.add_user"], lockout_limit=3)``.

    ``add_user`` alone means the right on the user model of the run.
    """

    def make(name: str, rights=(), **rules) -> Group:
        group = Group.objects.get_or_create(name=name)[0]
        RoleSettings.objects.update_or_create(role=group, defaults=rules)
        for right in rights:
            label, _, codename = right.rpartition(".")
            if not label:
                options = get_user_model()._meta
                act = codename.split("_")[0]
                label, codename = options.app_label, f"{act}_{options.model_name}"
            group.permissions.add(
                Permission.objects.get(content_type__app_label=label, codename=codename)
            )
        return group

    return make


def identifier_of(user) -> str:
    """What the user types to sign in: the main field of the user model."""
    return str(user.get_username())
