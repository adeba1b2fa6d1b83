"""How one signs in to each contract that ``cookie_urls.py`` mounts, and what may come after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.models import Tenant
from jwt_accounts.presets.back_office.contract import LIFETIMES as BACK_OFFICE
from jwt_accounts.presets.chat.contract import LIFETIMES as CHAT
from jwt_accounts.presets.device_api.contract import LIFETIMES as DEVICE_API
from jwt_accounts.presets.tenant_portal.contract import LIFETIMES as PORTAL
from tests.conftest import PASSWORD, identifier_of
from tests.http.browser import Browser

ACCESS, REFRESH = "__Host-jwt_access", "__Secure-jwt_refresh"


@dataclass(frozen=True, kw_only=True)
class Mounted:
    """One contract. ``refresh``, ``sign_out``: None where it has none; ``seconds``: how long an
    access token lasts."""

    at: str
    sign_in: str
    says: str
    refresh: str | None
    sign_out: str | None
    protected: str
    seconds: int = 300
    rotates: bool = False

    def credentials(self, user: Any) -> dict[str, str]:
        who = user.email if self.says == "email" else identifier_of(user)
        return {self.says: who, "password": PASSWORD}

    def url(self, path: str) -> str:
        return f"/{self.at}/{path}"

    def __str__(self) -> str:
        return self.at


def seconds(time: timedelta | None) -> int:
    """Five minutes where a contract says nothing."""
    return 300 if time is None else int(time.total_seconds())


ZERO = Mounted(
    at="zero",
    sign_in="sign-in/",
    says="identifier",
    refresh="token/refresh",
    sign_out="sign-out/",
    protected="me/",
    rotates=True,
)
CONTRACTS = [
    ZERO,
    Mounted(
        at="back-office",
        sign_in="login",
        says="username",
        refresh="token/refresh",
        sign_out="logout/",
        protected="users",
        seconds=seconds(BACK_OFFICE.access),
    ),
    Mounted(
        at="djoser",
        sign_in="jwt/create",
        says=get_user_model().USERNAME_FIELD,
        refresh="jwt/refresh",
        sign_out=None,
        protected="users/me/",
    ),
    Mounted(
        at="device-api",
        sign_in="auth/token/",
        says="username",
        refresh="auth/token/refresh",
        sign_out=None,
        protected="v1/core/?all=1",
        seconds=seconds(DEVICE_API.access),
    ),
    Mounted(
        at="chat",
        sign_in="token/",
        says="email",
        refresh="token/refresh",
        sign_out=None,
        protected="user/",
        seconds=seconds(CHAT.access),
    ),
    Mounted(
        at="portal",
        sign_in="login/",
        says="username",
        refresh=None,
        sign_out="logout/",
        protected="current_user/",
        seconds=seconds(PORTAL.access),
    ),
    Mounted(
        at="rest-auth",
        sign_in="login/",
        says="email",
        refresh="token/refresh",
        sign_out="logout/",
        protected="user/",
    ),
]
REFRESHED = [each for each in CONTRACTS if each.refresh]
SIGNED_OUT = [each for each in CONTRACTS if each.sign_out]


@pytest.fixture
def site(settings):
    """Where the browser goes."""
    settings.ALLOWED_HOSTS = ["www.example.com"]
    settings.ACCOUNT_LOGIN_METHODS = {"email"}


@pytest.fixture
def user(site, ctx, make_user):
    made = make_user("ada", is_superuser=True, is_staff=True)
    tenant = Tenant.objects.create(slug="acme", name="Acme", created_at=ctx.now)
    add_member(ctx, tenant, made, "owner")
    return made


@pytest.fixture
def signed_in(user):
    """A browser that has signed in at a contract, and the answer: ``signed_in(ZERO)``."""

    def enter(mounted: Mounted) -> tuple[Browser, Any]:
        browser = Browser()
        browser("GET", mounted.url(mounted.protected))
        answer = browser("POST", mounted.url(mounted.sign_in), mounted.credentials(user))
        assert answer.status_code in {200, 201}, answer.content
        return browser, answer

    return enter
