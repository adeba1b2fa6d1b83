"""The contract that the how-to shows is run as it stands there."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.test import Client
from django.urls import include, path

from jwt_accounts.errors import Code
from jwt_accounts.models import Account
from tests.conftest import PASSWORD, identifier_of

pytestmark = pytest.mark.core

PAGE = Path(__file__).parents[2] / "docs/howto/own_contract.md"
CODE = max(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL), key=len)
#: What a contract may be made of: flows, what contracts share, and the vocabulary.
BLOCKS = ("jwt_accounts.errors", "jwt_accounts.flows.", "jwt_accounts.http.")


@pytest.fixture
def kiosk(settings, monkeypatch):
    module = ModuleType("kiosk")
    exec(compile(CODE, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - the page's own code
    monkeypatch.setitem(sys.modules, "kiosk", module)
    host = ModuleType("host_urls")
    host.urlpatterns = [path("kiosk/", include("kiosk"))]
    settings.ROOT_URLCONF = host
    client = Client(raise_request_exception=False)

    def call(method, url, body=None, key=""):
        environ = {"HTTP_AUTHORIZATION": f"Bearer {key}"} if key else {}
        raw = b"" if body is None else json.dumps(body).encode()
        return client.generic(method, f"/kiosk/{url}", raw, "application/json", **environ)

    call.module = module
    return call


def error_of(response):
    body = response.json()
    assert set(body) == {"error", "text"}
    return response.status_code, body["error"]


def test_it_is_short_and_made_of_blocks_alone():
    statements = [line for line in CODE.splitlines() if line.strip()]
    assert len(statements) <= 70
    imports = [node for node in ast.walk(ast.parse(CODE)) if isinstance(node, ast.ImportFrom)]
    ours = [node.module for node in imports if node.module.startswith("jwt_accounts")]
    assert ours
    assert [name for name in ours if not name.startswith(BLOCKS)] == []


def test_a_visit(kiosk, make_user):
    user = make_user()
    entered = kiosk("POST", "key", {"who": identifier_of(user), "secret": PASSWORD})
    assert entered.status_code == 201
    key = entered.json()["key"]
    assert kiosk("GET", "key/", key=key).json() == {"who": user.get_username()}
    assert kiosk("DELETE", "key/", key=key).status_code == 204
    assert error_of(kiosk("GET", "key/", key=key)) == (
        401,
        kiosk.module.NUMBERS[Code.SESSION_ENDED],
    )


def test_an_old_password_is_renewed(kiosk, make_user):
    user = make_user()
    Account.objects.filter(user=user).update(must_change_password=True)
    refused = kiosk("POST", "key/", {"who": identifier_of(user), "secret": PASSWORD})
    assert refused.status_code == 409
    body = {"ticket": refused.json()["ticket"], "secret": "another good one 7"}
    assert kiosk("POST", "secret/", body).status_code == 204
    again = kiosk("POST", "key/", {"who": identifier_of(user), "secret": "another good one 7"})
    assert again.status_code == 201
    assert error_of(kiosk("POST", "secret/", body))[0] == 400


def test_the_lockout_holds(kiosk, make_user):
    user = make_user()
    wrong = {"who": identifier_of(user), "secret": "wrong"}
    codes = [error_of(kiosk("POST", "key/", wrong)) for _ in range(6)]
    numbers = kiosk.module.NUMBERS
    assert codes[:5] == [(401, numbers[Code.WRONG_CREDENTIALS])] * 5
    assert codes[5] == (403, numbers[Code.ACCOUNT_LOCKED])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("POST", {}, Code.INVALID),
        ("POST", [], Code.MALFORMED),
        ("PATCH", {}, Code.METHOD_NOT_ALLOWED),
        ("GET", None, Code.NOT_AUTHENTICATED),
    ],
)
def test_every_refusal_has_its_shape(kiosk, method, body, code):
    status, number = error_of(kiosk(method, "key/", body))
    assert status == kiosk.module.STATUSES[code]
    assert number == kiosk.module.NUMBERS[code]
