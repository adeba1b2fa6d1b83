"""``/.well-known/jwks.json``: what others verify access tokens with, and nothing else."""

from __future__ import annotations

import jwt
import pytest

from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account
from jwt_accounts.policies.signing_keys import KNOWN_AFTER
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.key_ring import ALGORITHMS, keeper, pair, ring_on
from tests.sql import statements

__all__ = ["keeper", "ring_on"]
pytestmark = pytest.mark.django_db

URL = "/.well-known/jwks.json"
PUBLIC = {
    "RS256": {"kty", "n", "e"},
    "ES256": {"kty", "crv", "x", "y"},
    "EdDSA": {"kty", "crv", "x"},
}
NAMES = {"kid", "use", "alg"}


@pytest.fixture
def keys(client, keeper):
    def ask():
        answer = client.get(URL)
        assert answer.status_code == 200
        return answer.json()["keys"]

    return ask


def test_a_secret_is_never_among_them(keys, ring_on):
    assert keys() == []
    ring_on(False)
    assert keys() == []


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_single_pair_of_keys_is_published(keys, settings, make_user, ctx, algorithm):
    settings.SIMPLE_JWT = pair(algorithm)
    (key,) = keys()
    assert set(key) == NAMES | PUBLIC[algorithm]
    assert (key["alg"], key["use"]) == (algorithm, "sig")
    token = sign_in(ctx, identifier=identifier_of(make_user()), password=PASSWORD).tokens.access
    assert jwt.get_unverified_header(token)["kid"] == key["kid"]
    assert jwt.decode(token, jwt.PyJWK(key).key, [algorithm])
    # The private half in the place of the public one is a mistake that gives nothing away.
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "VERIFYING_KEY": ""}
    assert keys() == [key]
    settings.SIMPLE_JWT = {
        **settings.SIMPLE_JWT,
        "VERIFYING_KEY": settings.SIMPLE_JWT["SIGNING_KEY"],
    }
    assert keys() == [key]


def test_nothing_private_is_published_of_a_ring(ctx, keys, keeper, ring_on):
    for day, algorithm in enumerate(ALGORITHMS):
        keeper.add(algorithm, later(ctx, days=day))
    assert [set(key) for key in keys()] == [NAMES | PUBLIC[each] for each in ALGORITHMS]


def test_a_key_is_published_from_before_it_signs_until_after_its_last_token(
    ctx, keys, keeper, ring_on, time_machine
):
    time_machine.move_to(ctx.now, tick=False)
    first = keeper.add()
    assert [key["kid"] for key in keys()] == [first]
    keeper.promote(first)
    second = keeper.signer(ctx=later(ctx, seconds=1))
    keeper.retire(first)
    assert [key["kid"] for key in keys()] == [first, second]
    end = later(ctx, minutes=5, seconds=KNOWN_AFTER.total_seconds())
    time_machine.move_to(later(end, seconds=-1).now, tick=False)
    assert [key["kid"] for key in keys()] == [first, second]
    time_machine.move_to(end.now, tick=False)
    assert [key["kid"] for key in keys()] == [second]


def test_a_ring_is_published_before_it_is_in_use_and_the_former_key_while_it_counts(
    keys, keeper, ring_on, settings
):
    settings.SIMPLE_JWT = pair("EdDSA")
    kid = keeper.signer()
    for value, expected in ((False, 2), (True, 2), ("only", 1)):
        ring_on(value)
        found = [key["kid"] for key in keys()]
        assert len(found) == expected
        assert found[-1] == kid


def test_others_may_keep_them_for_five_minutes_and_ask_whether_they_changed(client, keeper):
    keeper.add()
    answer = client.get(URL)
    assert answer["Content-Type"] == "application/jwk-set+json"
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in answer.get("Vary", "")
    again = client.get(URL, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "public, max-age=300"
    head = client.head(URL)
    assert (head.status_code, head["ETag"]) == (200, answer["ETag"])
    keeper.add()
    assert client.get(URL, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_they_cost_one_query_a_minute(client, keeper, ring_on):
    keeper.signer()
    with statements() as seen:
        for _ in range(3):
            assert client.get(URL).status_code == 200
    assert len(seen) == 1


def test_whoever_asks_too_often_or_otherwise_is_refused_and_nobody_keeps_that(client, settings):
    assert client.post(URL).status_code == 405
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {"keys": "1/h"}}
    assert client.get(URL).status_code == 200
    refused = client.get(URL)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused["Cache-Control"] == "no-store"
    assert refused["Content-Type"] == "application/problem+json"


def test_a_stale_token_in_the_header_stops_nobody(client, keeper):
    assert client.get(URL, headers={"Authorization": "Bearer x"}).status_code == 200


@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/auth/jwt/create", "/api/token/"])
def test_without_a_key_that_can_sign_the_service_is_unavailable_in_every_contract(
    client, make_user, keeper, ring_on, settings, path
):
    name = identifier_of(make_user("ada", email="ada@example.com"))
    body = {"identifier": name, "username": name, "email": "ada@example.com", "password": PASSWORD}
    client.raise_request_exception = False
    for _ in range(2):
        answer = client.post(path, body, content_type="application/json")
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "json" in answer["Content-Type"]
        keeper.signer()
        settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "ENCRYPTION_KEYS": ["another " * 6]}
    # Nobody is locked out for having tried meanwhile.
    assert not Account.objects.filter(failures__gt=0).exists()
