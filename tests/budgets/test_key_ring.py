"""A ring of keys costs no statements once it is known."""

from __future__ import annotations

import pytest

from tests.conftest import PASSWORD, identifier_of
from tests.key_ring import keeper, ring_on
from tests.sql import statements

__all__ = ["keeper", "ring_on"]
pytestmark = pytest.mark.django_db


def test_operations_cost_what_they_cost_without_it(client, make_user, keeper, ring_on):
    body = {"identifier": identifier_of(make_user()), "password": PASSWORD}

    def costs():
        numbers = []
        with statements() as seen:
            tokens = client.post("/accounts/sign-in/", body).json()
        numbers.append(len(seen))
        with statements() as seen:
            client.post("/accounts/token/refresh/", {"refresh": tokens["refresh"]})
        numbers.append(len(seen))
        with statements() as seen:
            client.post("/accounts/token/verify/", {"token": tokens["access"]})
        return [*numbers, len(seen)]

    ring_on(False)
    costs()  # the first sign-in notes the client
    without = costs()
    ring_on()
    keeper.signer("EdDSA")
    first, *others = costs()
    assert [first - 1, *others] == without, "it is read"
    assert costs() == without
    assert without[1:] == [1, 1]
