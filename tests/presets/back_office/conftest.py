"""The demo's accounts in the test's own database, and a client that speaks the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from example_project.demo_site.accounts import ACCOUNTS, ROLE_SETTINGS, STRICT_ROLE
from jwt_accounts.models import Account
from tests.presets.back_office.documented import Names

_RIGHTS = {
    "Manager": [
        "add_user",
        "change_user",
        "view_user",
        "jwt_accounts.unlock_account",
        "jwt_accounts.lock_account",
        "jwt_accounts.end_sessions",
        "jwt_accounts.assign_role",
        "jwt_accounts.view_rolesettings",
        "jwt_accounts.change_rolesettings",
    ]
}


@pytest.fixture
def demo_accounts(db, make_user, make_role) -> dict[str, Any]:
    """The accounts of ``manage.py demo`` that need no second factor, by user name."""
    for name, rules in ROLE_SETTINGS.items():
        make_role(name, rights=_RIGHTS.get(name, ()), **rules)
    users = {}
    for each in ACCOUNTS:
        if each.totp_secret or each.role == STRICT_ROLE:
            continue
        user = make_user(
            each.username,
            password=each.password,
            email=each.email,
            first_name=each.first_name,
            is_superuser=each.is_superuser,
            is_staff=each.is_superuser,
            groups=[each.role] if each.role else [],
        )
        Account.objects.filter(user=user).update(
            phone=each.phone,
            phone_as_written=each.phone,
            password_changed_at=timezone.now() - each.password_age,
        )
        users[each.username] = user
    return users


@dataclass
class BackOffice:
    """``office("POST", "user/create", {...}, as_="manager")``; checks what all answers share."""

    client: Client
    names: Names
    access: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        as_: str = "",
        token: str = "",
        **environ: Any,
    ) -> Any:
        if as_:
            token = self.access.get(as_) or self.access.setdefault(
                as_, self.names.log_in(as_)["access"]
            )
        if token:
            environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {token}")
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        )
        response = self.client.generic(
            method, f"/authentication/{path}", raw, "application/json", **environ
        )
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        return response

    def log_in(self, username: str, password: str = "") -> dict[str, Any]:
        return self.names.log_in(username, password)


@pytest.fixture
def office(demo_accounts, send) -> BackOffice:
    return BackOffice(Client(raise_request_exception=False), Names(send))
