"""A client of contract zero, for whichever user model the run has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.conftest import PASSWORD, identifier_of


@dataclass
class Api:
    """Speaks JSON to ``/accounts/`` and checks what every answer promises."""

    client: Client

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str = "", **environ: Any
    ) -> Any:
        raw = b"" if body is None else json.dumps(body).encode()
        if token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        response = self.client.generic(
            method, f"/accounts/{path}", raw, "application/json", **environ
        )
        assert response["Cache-Control"] == "no-store"
        if response.status_code >= 400:
            assert response["Content-Type"] == "application/problem+json"
            assert response.json()["status"] == response.status_code
        elif response.content:
            assert response["Content-Type"] == "application/json"
        return response

    def sign_in(self, user: Any, password: str = PASSWORD, **environ: Any) -> Any:
        """The whole answer."""
        body = {"identifier": identifier_of(user), "password": password}
        return self("POST", "sign-in/", body, **environ)

    def tokens(self, user: Any, password: str = PASSWORD) -> dict[str, Any]:
        """The body of a sign-in that succeeded."""
        response = self.sign_in(user, password)
        assert response.status_code == 200, response.content
        return response.json()

    def access(self, user: Any) -> str:
        return self.tokens(user)["access"]


@pytest.fixture
def api(db) -> Api:
    return Api(Client())


@pytest.fixture
def user(make_user):
    return make_user("somebody")


@pytest.fixture
def root(make_user):
    return make_user("root", is_superuser=True, is_staff=True)


@pytest.fixture
def manager(make_user, make_role):
    """May do all that a manager may, and is neither staff nor superuser."""
    rights = ["add_user", "change_user", "view_user"]
    make_role(
        "Manager", rights=[*rights, "jwt_accounts.unlock_account", "jwt_accounts.lock_account"]
    )
    return make_user("manager", groups=["Manager"])


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document, which must be exactly this one (RFC 9457)."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), response.content
    assert body["type"] == f"urn:jwt-accounts:problem:{code}"
    assert set(body) - {"errors", "retry_after"} == {"type", "title", "status", "detail", "code"}
    assert ("retry_after" in body) is ("Retry-After" in response)
    assert ("WWW-Authenticate" in response) is (status == 401)
    return body


def fields(response: Any) -> dict[str, str]:
    """The fields a 400 names, each with the code of its first error."""
    errors = problem(response, 400, "invalid")["errors"]
    return {error["field"]: error["code"] for error in reversed(errors)}
