"""Requests as an attacker sends them."""

from __future__ import annotations

import pytest

from jwt_accounts.flows.sign_in import sign_in
from tests.api.conftest import api
from tests.conftest import PASSWORD, identifier_of
from tests.contrib.mfa.conftest import clock, enrolled, enter, first_step, second_step
from tests.http.conftest import caller, everything

__all__ = [
    "api",
    "caller",
    "clock",
    "enrolled",
    "enter",
    "everything",
    "first_step",
    "second_step",
]


@pytest.fixture
def ask(client):
    """``ask("POST", "/accounts/sign-in/", {...}, token)``: a JSON request. A 500 is an answer."""
    client.raise_request_exception = False

    def send(method, path, data=None, token="", **headers):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        body = {} if data is None and method == "GET" else {"data": data or {}}
        kind = {"content_type": "application/json"} if method != "GET" else {}
        return getattr(client, method.lower())(path, **body, **kind, headers=headers)

    return send


@pytest.fixture
def tokens_of(ctx):
    return lambda user: sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).tokens


@pytest.fixture
def make_superuser(make_user):
    def make(name=""):
        user = make_user(name)
        user.is_superuser = user.is_staff = True
        user.save()
        return user

    return make
