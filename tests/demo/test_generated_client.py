"""A client that openapi-python-client makes of the demo's document, speaking to the demo."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.demo.conftest import curl


@pytest.fixture(scope="session")
def client(demo, tmp_path_factory):
    """The generated package. Its generator finds nothing to warn of."""
    folder = tmp_path_factory.mktemp("generated")
    document = folder / "schema.json"
    document.write_bytes(curl(f"{demo.address}/api/schema/?format=json").body)
    (folder / "config.yaml").write_text("post_hooks: []\n")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"),
            *("--meta", "none", "--config", folder / "config.yaml"),
            *("--path", document, "--output-path", folder / "demo_client"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    # It forgets an import (its issue 1451).
    for module in (folder / "demo_client" / "api").rglob("*.py"):
        text = module.read_text()
        module.write_text(
            text.replace("import Response, UNSET\n", "import UNSET, Response, Unset\n")
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("demo_client")


@pytest.fixture
def zero(client, demo):
    """Contract zero: its operations and models by their names, and an anonymous client."""
    names = ("sign_in", "token_refresh", "users_get", "me_get")
    calls = {
        name: importlib.import_module(f"demo_client.api.jwt_accounts.jwt_accounts_{name}")
        for name in names
    }
    models = importlib.import_module("demo_client.models")
    with client.Client(base_url=demo.address) as anybody:
        yield SimpleNamespace(models=models, anybody=anybody, **calls)


def test_it_signs_in_refreshes_and_lists_users(client, demo, zero):
    body = zero.models.JwtAccountsSignInRequest(identifier="manager", password="Manager-demo-1")
    signed_in = zero.sign_in.sync(client=zero.anybody, body=body)
    assert isinstance(signed_in, zero.models.JwtAccountsSignedIn)
    assert (signed_in.user.username, signed_in.role) == ("manager", "Manager")

    body = zero.models.JwtAccountsTokenRefreshRequest(refresh=signed_in.refresh)
    tokens = zero.token_refresh.sync(client=zero.anybody, body=body)
    assert isinstance(tokens, zero.models.JwtAccountsTokens)
    assert tokens.session == signed_in.session

    with client.AuthenticatedClient(base_url=demo.address, token=tokens.access) as manager:
        page = zero.users_get.sync(client=manager, page_size=3)
        assert isinstance(page, zero.models.JwtAccountsUsers)
        assert len(page.users) == 3
        following = zero.users_get.sync(client=manager, after=page.next_, page_size=3)
    assert {each.id for each in page.users}.isdisjoint(each.id for each in following.users)


def test_a_refusal_is_an_object_too(zero):
    body = zero.models.JwtAccountsSignInRequest(identifier="manager", password="wrong")
    refused = zero.sign_in.sync_detailed(client=zero.anybody, body=body)
    assert refused.status_code == 401
    assert isinstance(refused.parsed, zero.models.JwtAccountsProblem)
    assert refused.parsed.code is zero.models.JwtAccountsCode.WRONG_CREDENTIALS


def test_so_it_is_where_a_contract_says_several_things_with_one_status(client, demo):
    """djoser's 401 has one shape for no token and another for one that does not count."""
    listing = importlib.import_module("demo_client.api.djoser.djoser_user_list")
    with client.AuthenticatedClient(base_url=demo.address, token="nonsense") as stranger:
        refused = listing.sync_detailed(client=stranger)
    assert refused.status_code == 401
    assert refused.parsed.detail == "Token is invalid or expired"
