"""A client of the tenant portal, two tenants, and the people in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import TestCase

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.flows.public_ids import public_id_of
from tests.conftest import PASSWORD
from tests.presets.calling import Api
from tests.presets.documented import Answer

FRONT_END = "https://portal.example"

_numbers = count(1)


@dataclass
class Portal(Api):
    """``portal("GET", "users/", as_=ann)``. Users log in when they first ask, and ``tenant`` says
    where; what follows a commit happens before the answer is read."""

    mount: str = "/api/"

    def __post_init__(self) -> None:
        self.tokens: dict[tuple[Any, str], str] = {}

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: Any = None,
        tenant: str = "",
        **more: str,
    ) -> Answer:
        if as_ is not None:
            more["token"] = self.token(as_, tenant)
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().__call__(method, path, body, **more)

    def token(self, user: Any, tenant: str = "") -> str:
        """The token of somebody, in one of their tenants."""
        if (user.pk, tenant) not in self.tokens:
            answer = self.log_in(user.username, tenant=tenant)
            assert answer.status == 200, answer
            self.tokens[user.pk, tenant] = answer.json()["token"]
        return self.tokens[user.pk, tenant]

    def log_in(self, username: str, password: str = PASSWORD, **more: str) -> Answer:
        return self("POST", "login/", {"username": username, "password": password, **more})

    def sign_up(self, path: str = "sign_up/", **more: Any) -> Answer:
        return self("POST", path, newcomer(**more))


def newcomer(**more: Any) -> dict[str, Any]:
    """What somebody says of themselves who was never here."""
    name = f"newcomer{next(_numbers)}"
    named = {"username": name, "email": f"{name}@example.com"}
    return {**named, "password1": PASSWORD, "password2": PASSWORD, **more}


@pytest.fixture(autouse=True)
def configured(settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": FRONT_END}


@pytest.fixture
def portal(db) -> Portal:
    return Portal()


@pytest.fixture
def make_tenant(ctx, db) -> Callable[..., Tenant]:
    """A tenant that nobody is in: ``make_tenant("acme", joining="open")``."""

    def make(slug: str, **values: Any) -> Tenant:
        name = f"The {slug} company"
        return Tenant.objects.create(slug=slug, name=name, created_at=ctx.now, **values)

    return make


@pytest.fixture
def make_member(ctx, make_user) -> Callable[..., Any]:
    """A user of a tenant: ``make_member(tenant, "ann", "owner")``."""

    def make(tenant: Tenant, name: str = "", role: str = "member", **values: Any) -> Any:
        user = make_user(name, **values)
        Membership.objects.create(tenant=tenant, user=user, role=role, joined_at=ctx.now)
        return user

    return make


@pytest.fixture
def acme(make_tenant) -> Tenant:
    return make_tenant("acme")


@pytest.fixture
def globex(make_tenant) -> Tenant:
    return make_tenant("globex")


@pytest.fixture
def ann(acme, make_member):
    """The owner of acme."""
    return make_member(acme, "ann", "owner")


@pytest.fixture
def ben(acme, make_member):
    return make_member(acme, "ben")


@pytest.fixture
def zoe(globex, make_member):
    """The owner of globex."""
    return make_member(globex, "zoe", "owner")


def mailed(act: Callable[[], Any]) -> list[EmailMessage]:
    """What goes out by mail because of an act."""
    before = len(mail.outbox)
    act()
    return mail.outbox[before:]


def pk_of(user: Any) -> str:
    """A user's id on the wire."""
    return str(public_id_of(user))
