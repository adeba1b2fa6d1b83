"""What nobody foresaw: logged in full, told in none of it (ASVS 16.5.1)."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace

import pytest

from tests.http.endpoints import CANONICAL, CONTRACTS, assert_in_shape_of_any_status

pytestmark = [pytest.mark.django_db, pytest.mark.database]

SECRET = "the-exceptions-own-words-7f3a"


class UnforeseenError(Exception):
    pass


def fail(_ask):
    raise UnforeseenError(SECRET)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_an_unforeseen_error_is_a_500_in_shape_that_names_its_log_line(
    caller, contract, monkeypatch, caplog
):
    caplog.set_level(logging.ERROR, logger="jwt_accounts")
    for call in CANONICAL:
        if call.endpoint.contract.name != contract:
            continue
        actions, method = call.endpoint.actions, call.action.method
        monkeypatch.setitem(actions, method, replace(call.action, call=fail))
        caplog.clear()
        response = caller(call, json.dumps(caller.right(call)).encode())
        assert response.status_code == 500, call
        assert_in_shape_of_any_status(call.endpoint, response)
        told = f"{response.content.decode()}{response.headers}"
        assert SECRET not in told, call
        assert "UnforeseenError" not in told, call
        (record,) = (record for record in caplog.records if record.name == "jwt_accounts")
        (reference,) = re.findall(r"^Unexpected error ([0-9a-f]{12}) at ", record.getMessage())
        assert reference in told, call
        assert record.exc_info[0] is UnforeseenError, call
        assert SECRET in str(record.exc_info[1]), call


def test_no_two_errors_share_a_reference(caller, monkeypatch):
    call = next(call for call in CANONICAL if str(call) == "POST /authentication/login/")
    monkeypatch.setitem(call.endpoint.actions, "POST", replace(call.action, call=fail))
    body = json.dumps(caller.right(call)).encode()
    references = {json.loads(caller(call, body).content)["detail"] for _ in range(20)}
    assert len(references) == 20


def test_the_log_holds_nothing_of_body_query_or_token(caller, monkeypatch, caplog):
    call = next(call for call in CANONICAL if str(call) == "POST /authentication/login/")
    monkeypatch.setitem(call.endpoint.actions, "POST", replace(call.action, call=fail))
    body = json.dumps({"username": "canary-name", "password": "canary-password"}).encode()
    with caplog.at_level(logging.DEBUG):
        caller(call, body, query="pin=canary-query", token="canary-token")
    assert "Unexpected error" in caplog.text
    messages = " ".join(record.getMessage() for record in caplog.records)
    assert "canary" not in messages


def test_a_line_break_in_the_path_does_not_make_a_log_line(caller, monkeypatch, caplog):
    """CR, LF and escapes stay on the line they belong to (ASVS 16.4.1)."""
    call = next(call for call in CANONICAL if str(call).startswith("GET /accounts/users/<"))
    monkeypatch.setitem(call.endpoint.actions, "GET", replace(call.action, call=fail))
    token = caller.session().tokens.access
    with caplog.at_level(logging.ERROR, logger="jwt_accounts"):
        caller.client.get(
            "/accounts/users/1%0AERROR%20forged%1B%5B2J/", HTTP_AUTHORIZATION=f"Bearer {token}"
        )
    (record,) = (record for record in caplog.records if record.name == "jwt_accounts")
    assert record.getMessage().isprintable()
