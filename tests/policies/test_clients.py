"""Which address a request comes from, and what is counted together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.clients import client_address, rate_limit_key

FORWARDED = "X-Forwarded-For"
addresses = st.ip_addresses().map(str)


def meta(forwarded=None, direct="10.0.0.1"):
    found = {"REMOTE_ADDR": direct}
    if forwarded is not None:
        found["HTTP_X_FORWARDED_FOR"] = forwarded
    return found


@pytest.mark.parametrize(
    ("forwarded", "header", "proxies", "address"),
    [
        pytest.param("6.6.6.6", None, 1, "10.0.0.1", id="no header is believed"),
        pytest.param("192.0.2.7", FORWARDED, 1, "192.0.2.7", id="one proxy"),
        pytest.param("6.6.6.6, 192.0.2.7", FORWARDED, 1, "192.0.2.7", id="what a client wrote"),
        pytest.param("192.0.2.7, 10.1.1.1", FORWARDED, 2, "192.0.2.7", id="two proxies"),
        pytest.param("192.0.2.7", FORWARDED, 2, "10.0.0.1", id="past a proxy"),
        pytest.param(None, FORWARDED, 1, "10.0.0.1", id="no header at all"),
        pytest.param("unknown", FORWARDED, 1, "10.0.0.1", id="no address"),
        pytest.param("2001:db8::7", FORWARDED, 1, "2001:db8::7", id="version 6"),
        pytest.param("fe80::1%eth0", FORWARDED, 1, "fe80::1", id="with a zone"),
        pytest.param("192.0.2.7", "x-forwarded-for", 1, "192.0.2.7", id="in small letters"),
    ],
)
def test_the_address_is_what_a_trusted_hop_saw(forwarded, header, proxies, address):
    assert client_address(meta(forwarded), header, proxies) == address


@pytest.mark.parametrize("direct", ["", None, "unix:", "not an address"])
def test_a_socket_without_an_address_has_none(direct):
    assert client_address({"REMOTE_ADDR": direct}, None, 1) is None


@given(st.lists(addresses, max_size=5), addresses)
def test_what_the_client_writes_never_counts(forged, real):
    header = ", ".join([*forged, real])
    assert client_address(meta(header), FORWARDED, 1) == real


@given(st.text(max_size=60), st.integers(1, 3))
def test_any_header_gives_an_address(header, proxies):
    address = client_address(meta(header), FORWARDED, proxies)
    assert address is not None
    assert rate_limit_key(address)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1:2", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::9", "2001:db8::/64"),
        ("2001:db8:0:1::9", "2001:db8:0:1::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, "unknown"),
    ],
)
def test_a_customer_of_a_provider_is_counted_as_one(address, key):
    assert rate_limit_key(address) == key
