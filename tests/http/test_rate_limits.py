"""Requests per client address on the public endpoints. They protect the machine."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache, caches
from django.test import override_settings

from jwt_accounts.conf import DEFAULT_RATE_LIMITS
from jwt_accounts.conf import settings as account_settings
from tests import hashers
from tests.http.endpoints import CANONICAL, CONTRACTS, PUBLIC, READS_NO_BODY, assert_in_shape
from tests.servers import redis_url

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 5, 4, 12, 0, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    """Windows begin and end where the clock says: here it stands still until it is moved."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


def limited(**accounts):
    """Three requests a minute on each endpoint that has a limit."""
    rates = dict.fromkeys(DEFAULT_RATE_LIMITS, "3/m")
    return override_settings(JWT_ACCOUNTS={"PASSWORDLESS": True, "RATE_LIMITS": rates, **accounts})


def statuses(caller, call, times: int, **environ) -> list[int]:
    body = json.dumps(dict.fromkeys(call.fields, "x")).encode()
    return [caller(call, body, **environ).status_code for _ in range(times)]


def refused(found: list[int]) -> int:
    return found.count(429)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_request_over_the_limit_is_429_and_says_how_long_to_wait(caller, contract):
    for call in CANONICAL:
        if call.endpoint.contract.name != contract or call.action.limit is None:
            continue
        cache.clear()
        with limited():
            assert refused(statuses(caller, call, 3)) == 0, call
            response = caller(call, b"{}")
        body = assert_in_shape(call.endpoint, response)
        assert response.status_code == 429, call
        assert response["Retry-After"] == "40"
        assert body.get("code", "rate_limited") == "rate_limited"


def test_over_the_limit_nothing_is_read_hashed_or_asked_of_the_database(
    caller, django_assert_num_queries
):
    (call,) = (call for call in PUBLIC if str(call) == "POST /accounts/sign-in/")
    with limited():
        body = json.dumps(caller.right(call)).encode()
        statuses(caller, call, 3)
        hashers.runs.clear()
        with django_assert_num_queries(0):
            for content_type in ("application/json", "text/plain"):
                response = caller.client.post(call.endpoint.url(), body, content_type=content_type)
                assert response.status_code == 429
    assert hashers.runs == []


def test_after_the_window_the_address_may_ask_again(caller, noon):
    call = PUBLIC[0]
    with limited():
        assert refused(statuses(caller, call, 5)) == 2
        noon.shift(40)
        assert refused(statuses(caller, call, 3)) == 0


def test_each_address_and_each_endpoint_has_a_window_of_its_own(caller):
    sign_in, refresh = (
        next(call for call in PUBLIC if call.action.limit == name)
        for name in ("sign_in", "refresh")
    )
    with limited():
        assert refused(statuses(caller, sign_in, 4, REMOTE_ADDR="192.0.2.1")) == 1
        assert refused(statuses(caller, refresh, 3, REMOTE_ADDR="192.0.2.1")) == 0
        assert refused(statuses(caller, sign_in, 3, REMOTE_ADDR="192.0.2.2")) == 0


def test_all_contracts_count_together(caller):
    """Another door is no other quota."""
    doors = [call for call in PUBLIC if call.action.limit == "sign_in"]
    assert len({call.endpoint.contract.name for call in doors}) == len(doors) == 7
    with limited():
        found = [status for call in doors for status in statuses(caller, call, 2)]
    assert refused(found) == 2 * len(doors) - 3


def test_what_only_reads_for_who_is_signed_in_has_none(caller):
    (me,) = (call for call in READS_NO_BODY if str(call) == "GET /accounts/me/")
    with limited():
        assert set(statuses(caller, me, 10)) == {200}


@pytest.mark.parametrize(
    "header",
    ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP", "HTTP_VIA"],
)
def test_a_header_anybody_can_send_buys_no_more(caller, header):
    """100 of 100 passed at a peer (ATTACKS.md)."""
    call = PUBLIC[0]
    with limited():
        found = [
            status
            for number in range(10)
            for status in statuses(caller, call, 1, **{header: f"203.0.113.{number}"})
        ]
    assert refused(found) == 7


def test_behind_a_trusted_proxy_the_address_it_wrote_counts(caller):
    call = PUBLIC[0]
    with limited(CLIENT_ADDRESS_HEADER="X-Forwarded-For"):
        assert refused(statuses(caller, call, 4, HTTP_X_FORWARDED_FOR="203.0.113.7")) == 1
        assert refused(statuses(caller, call, 3, HTTP_X_FORWARDED_FOR="203.0.113.8")) == 0


def test_behind_a_trusted_proxy_what_the_client_wrote_itself_is_skipped(caller):
    call = PUBLIC[0]
    with limited(CLIENT_ADDRESS_HEADER="X-Forwarded-For"):
        found = [
            status
            for number in range(10)
            for status in statuses(
                caller, call, 1, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 203.0.113.7"
            )
        ]
    assert refused(found) == 7


@pytest.mark.parametrize("written", ["nonsense", "", ",", "\x00", "999.1.1.1", "a" * 10_000])
def test_a_header_that_holds_no_address_falls_back_to_the_socket(caller, written):
    call = PUBLIC[0]
    with limited(CLIENT_ADDRESS_HEADER="X-Forwarded-For"):
        assert refused(statuses(caller, call, 4, HTTP_X_FORWARDED_FOR=written)) == 1


def test_an_ipv6_customer_has_one_window_for_the_whole_network(caller):
    call = PUBLIC[0]
    with limited():
        found = [
            status
            for number in range(10)
            for status in statuses(caller, call, 1, REMOTE_ADDR=f"2001:db8:0:7:{number}::1")
        ]
        assert refused(found) == 7
        assert refused(statuses(caller, call, 3, REMOTE_ADDR="2001:db8:0:8::1")) == 0


def test_an_ipv4_address_written_as_ipv6_is_the_same_address(caller):
    call = PUBLIC[0]
    with limited():
        statuses(caller, call, 3, REMOTE_ADDR="192.0.2.9")
        assert statuses(caller, call, 1, REMOTE_ADDR="::ffff:192.0.2.9") == [429]


@pytest.mark.parametrize("address", ["", "unix:", "fe80::1%eth0", "not an address"])
def test_a_socket_without_an_address_breaks_no_answer(caller, address):
    with limited():
        assert refused(statuses(caller, PUBLIC[0], 4, REMOTE_ADDR=address)) == 1


def test_none_switches_a_limit_off(caller):
    (sign_in, *_) = (call for call in PUBLIC if call.action.limit == "sign_in")
    (refresh, *_) = (call for call in PUBLIC if call.action.limit == "refresh")
    with limited(RATE_LIMITS={"sign_in": None, "refresh": "1/m"}):
        url = sign_in.endpoint.url()
        assert {caller.client.post(url).status_code for _ in range(130)} == {400}
        assert refused(statuses(caller, refresh, 2)) == 1


def test_by_default_every_public_endpoint_has_a_limit_an_office_can_live_with(caller):
    for call in PUBLIC:
        rate = account_settings.RATE_LIMITS[call.action.limit]
        # People register, and forget passwords, less often than they sign in.
        is_daily = call.action.limit in {"sign_in", "refresh", "verify", "revoke", "password_rules"}
        assert rate.limit * 60 / rate.seconds >= (120 if is_daily else 30), call
    (call,) = (call for call in PUBLIC if str(call) == "POST /accounts/sign-in/")
    limit = account_settings.RATE_LIMITS["sign_in"].limit
    found = [caller.client.post(call.endpoint.url()).status_code for _ in range(limit + 1)]
    assert found == [400] * limit + [429]


BROKEN = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "away": {"BACKEND": "tests.http.broken_cache.AwayCache"},
    "forgetful": {"BACKEND": "tests.http.broken_cache.ForgetfulCache"},
}


@pytest.mark.parametrize("alias", ["away", "forgetful"])
def test_a_cache_that_does_not_answer_stops_nobody(caller, alias):
    one_of_each = {call.action.limit: call for call in PUBLIC}
    with limited(RATE_LIMIT_CACHE=alias), override_settings(CACHES=BROKEN):
        for call in one_of_each.values():
            for _ in range(5):
                response = caller.once(call, json.dumps(caller.right(call)).encode())
                assert response.status_code < 300, f"{call}: {response.content!r}"


def test_a_cache_that_is_away_is_logged(caller, caplog):
    with (
        limited(RATE_LIMIT_CACHE="away"),
        override_settings(CACHES=BROKEN),
        caplog.at_level(logging.ERROR, logger="jwt_accounts"),
    ):
        statuses(caller, PUBLIC[0], 1)
    (record,) = (record for record in caplog.records if record.name == "jwt_accounts")
    assert record.exc_info[0] is ConnectionError


def test_without_a_cache_the_lockout_is_still_exact(caller):
    """What protects the account is counted in the database."""
    (call,) = (call for call in PUBLIC if str(call) == "POST /accounts/sign-in/")
    with limited(RATE_LIMIT_CACHE="away"), override_settings(CACHES=BROKEN):
        body = json.dumps({**caller.right(call), "password": "wrong"}).encode()
        found = [caller(call, body).status_code for _ in range(7)]
    assert found == [401] * 5 + [423] * 2


@contextmanager
def on_redis():
    redis = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": redis_url(),
        "KEY_PREFIX": uuid4().hex,
    }
    with override_settings(CACHES={"default": redis}):
        yield
        caches["default"].close()


@pytest.mark.redis
def test_on_redis_the_limit_is_the_same(caller):
    call = PUBLIC[0]
    with on_redis(), limited():
        assert refused(statuses(caller, call, 10)) == 7
        assert refused(statuses(caller, call, 3, REMOTE_ADDR="192.0.2.9")) == 0


@pytest.mark.redis
def test_on_redis_what_was_counted_is_forgotten_by_itself(caller):
    call = PUBLIC[0]
    with on_redis(), limited():
        statuses(caller, call, 2)
        client = caches["default"]._cache.get_client(None)
        (key,) = client.keys(f"*{caches['default'].key_prefix}*")
        assert 0 < client.ttl(key) <= 61
