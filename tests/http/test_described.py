"""Every endpoint, asked what it accepts: the OpenAPI document says what it answers."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache

from tests.http.endpoints import CANONICAL, CONTRACTS
from tests.schema.conftest import generate

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture(scope="module")
def described():
    return generate()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_what_is_accepted_is_answered_as_described(caller, contract, described):
    for call in (each for each in CANONICAL if each.endpoint.contract.name == contract):
        cache.clear()  # some have a rate limit
        body = json.dumps(caller.right(call)).encode() if call.action.inputs is not None else b""
        response = caller.once(call, body)
        operation = described.operation(call.endpoint.pattern, call.action.method)
        assert described.faults(operation, response) == [], call
        assert response.status_code < 400, f"{call}: {response.content!r}"
