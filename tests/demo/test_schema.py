"""The demo's OpenAPI document and its Swagger UI."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import validate

from tests.demo.conftest import curl


@pytest.fixture(scope="module")
def document(demo):
    return curl(f"{demo.address}/api/schema/?format=json").json()


def test_the_document_is_for_everybody_and_valid(demo, document):
    assert document["openapi"] == "3.1.0"
    validate(document)
    stale = curl("--header", "Authorization: Bearer nonsense", f"{demo.address}/api/schema/")
    assert stale.status == 200


def tags(document):
    return {
        tag for path in document["paths"].values() for each in path.values() for tag in each["tags"]
    }


def test_it_has_every_contract_that_is_mounted(document):
    assert tags(document) >= {
        *("jwt_accounts", "back_office", "djoser", "device_api", "chat"),
        *("tenant_portal", "rest_auth"),
    }


def test_a_second_mount_is_told_apart(document):
    for path, each in document["paths"].items():
        if path.startswith("/browser/"):
            assert {tuple(said["tags"]) for said in each.values()} == {("browser_jwt_accounts",)}


@pytest.mark.browser
def test_swagger_ui_shows_it_and_loads_nothing_from_elsewhere(demo, document, browse, tmp_path):
    log = tmp_path / "net.json"
    page, complaints = browse(
        f"{demo.address}/api/docs/",
        "--dump-dom",
        "--virtual-time-budget=20000",
        f"--log-net-log={log}",
    )
    assert "CONSOLE" not in complaints, complaints
    assert all(f'data-tag="{tag}"' in page for tag in tags(document))
    said = [each.get("params", {}) for each in json.loads(log.read_text())["events"]]
    # What the browser asks for by itself has no page that began it.
    asked = [each["url"] for each in said if each.get("initiator") == demo.address]
    assert any(url.endswith(".js") for url in asked)
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(demo.address).netloc}


def test_swagger_ui_sends_the_csrf_token_of_the_moment(demo):
    # A sign-in at /browser/accounts/ replaces the one that the page was made with.
    page = curl(f"{demo.address}/api/docs/").body.decode()
    theirs, ours = page.index("  requestInterceptor,"), page.index("...swaggerSettings")
    assert theirs < ours  # so that ours is taken
    assert 'request.headers["X-CSRFToken"] = token[1]' in page
