"""A rate limit counts in all processes together, exactly."""

from __future__ import annotations

from collections import Counter

import pytest
import redis

from tests.concurrency.site import WRONG, Call, sign_in
from tests.servers import redis_url

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(autouse=True)
def _no_counts_yet(limited_site):
    with redis.Redis.from_url(redis_url()) as client:
        client.flushall()


def test_of_fifty_requests_at_once_five_pass_a_limit_of_five(limited_site):
    before = limited_site.hashes()
    answers = limited_site.at_once([sign_in(f"stranger{n}", WRONG) for n in range(50)])
    assert Counter(answer.status for answer in answers) == {401: 5, 429: 45}
    refused = [answer for answer in answers if answer.status == 429]
    assert {answer.body["code"] for answer in refused} == {"rate_limited"}
    assert all(0 < int(answer.headers["Retry-After"]) <= 86400 for answer in refused)
    assert limited_site.hashes() - before == 5


def test_a_made_up_client_address_gets_no_tries_of_its_own(limited_site):
    headers = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP")
    calls = [
        Call(
            "POST", "/accounts/sign-in/", sign_in("somebody", WRONG).data, headers={header: address}
        )
        for header in headers
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.3")
    ]
    answers = [limited_site.ask(call) for call in calls]
    assert [answer.status for answer in answers] == [401] * 5 + [429] * 7
