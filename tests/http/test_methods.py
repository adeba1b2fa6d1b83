"""Methods an endpoint does not have."""

from __future__ import annotations

import pytest

from tests.http.endpoints import ENDPOINTS, METHODS, assert_in_shape

pytestmark = pytest.mark.django_db


def there(endpoint) -> set[str]:
    """The methods of an endpoint. A GET that changes something is not done by a HEAD."""
    reads = endpoint.actions.get("GET")
    return {*endpoint.actions, *({"HEAD"} if reads is not None and reads.head else ())}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_is_not_there_is_405_and_names_those_that_are(caller, everything, method):
    """Token or not: nothing is looked up for it, and nothing changes (ASVS 4.1.4)."""
    access = caller.session().tokens.access
    before = everything()
    refused = [endpoint for endpoint in ENDPOINTS if method not in there(endpoint)]
    assert refused
    for endpoint in refused:
        url = caller.address(endpoint)
        for headers in ({}, {"HTTP_AUTHORIZATION": f"Bearer {access}"}):
            response = caller.client.generic(method, url, b"{", "application/json", **headers)
            assert response.status_code == 405, f"{method} {endpoint}: {response.content!r}"
            assert set(response["Allow"].split(", ")) == there(endpoint)
            if method != "HEAD":
                body = assert_in_shape(endpoint, response)
                assert body.get("code", "method_not_allowed") == "method_not_allowed"
    assert everything() == before


def test_a_head_is_answered_like_a_get_without_its_body(caller):
    readable = [endpoint for endpoint in ENDPOINTS if "HEAD" in there(endpoint)]
    assert readable
    assert {str(each) for each in ENDPOINTS if "GET" in each.actions and each not in readable} == {
        "/api/confirm-email/<str:token>",
        "/api/confirm-email/<str:token>/",
        # It begins something.
        "/dj-rest-auth/mfa/totp/activate",
        "/dj-rest-auth/mfa/totp/activate/",
    }
    access = caller.session().tokens.access
    for endpoint in readable:
        url = caller.address(endpoint)
        head = caller.client.head(url, HTTP_AUTHORIZATION=f"Bearer {access}")
        get = caller.client.get(url, HTTP_AUTHORIZATION=f"Bearer {access}")
        assert (head.status_code, head.content) == (get.status_code, b""), endpoint
        assert get.status_code in {200, 302}, endpoint
        assert head.headers == get.headers


def test_a_method_in_a_header_or_a_field_is_not_read(caller, everything):
    before = everything()
    url = f"/accounts/users/{caller.target.pk}/"
    response = caller.client.post(
        url,
        {"_method": "PATCH", "is_active": "0"},
        HTTP_X_HTTP_METHOD_OVERRIDE="PATCH",
        HTTP_AUTHORIZATION=f"Bearer {caller.session().tokens.access}",
    )
    assert response.status_code == 405
    assert everything() == before
