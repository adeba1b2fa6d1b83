"""What a device may be called and where it may be reached."""

from __future__ import annotations

import doctest

import pytest

from jwt_accounts.contrib.devices import policy
from jwt_accounts.contrib.devices.policy import (
    canonical_fqdn,
    canonical_hostname,
    canonical_ipv4,
    canonical_ipv6,
    canonical_name,
)

LABEL = "a" * 63
#: 253 characters.
LONGEST = ".".join([LABEL, LABEL, LABEL, "a" * 61])


def test_the_vectors_hold():
    found = doctest.testmod(policy)
    assert found.attempted >= 8
    assert found.failed == 0


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a", "a"),
        ("4711", "4711"),
        ("3com", "3com"),
        ("RACK-7", "rack-7"),
        ("rack--7", "rack--7"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("7.rack.x1", "7.rack.x1"),
        ("localhost.", "localhost"),
        (LABEL, LABEL),
        (LONGEST, LONGEST),
        (f"{LONGEST}.", LONGEST),
    ],
)
def test_a_host_name_has_one_form(written, canonical):
    assert canonical_hostname(written) == canonical
    assert canonical_hostname(canonical) == canonical
    assert canonical_fqdn(written) == (canonical if "." in canonical else None)


@pytest.mark.parametrize(
    "written",
    [
        *("", ".", "..", "a..b", ".a", "a..", "-a", "a-", "a.-b", "a-.b", "a_b", "a b", " a"),
        *("a\n", "a/b", "a:80", "a@b", "*.example.com", "[::1]", "http://a", '"a"', "a\x00"),
        *("192.0.2.7", "127.1", "a.1", "b\xfccher.example", "\uff52ack", "rac\u212a", "\ud800"),
        *(f"{LABEL}a", f"{LONGEST}a", f"a.{LONGEST}", "a" * 2**20, "a." * 2**19),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_host_name(written):
    assert canonical_hostname(written) is None
    assert canonical_fqdn(written) is None


@pytest.mark.parametrize("address", ["10.0.0.1", "224.0.0.1", "127.0.1.1", "255.255.255.255"])
def test_an_ipv4_address_is_four_numbers(address):
    assert canonical_ipv4(address) == address


@pytest.mark.parametrize(
    "written",
    [
        *("", "1", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "010.0.0.1", "1.2.3.04"),
        *("0x7f.0.0.1", "2130706433", "1.2.3.4/24", "1.2.3.4:80", " 1.2.3.4", "1.2.3.4\n"),
        *("1.2.3.-4", "1.2.3.4\x00", "::1", "1.2.3.\uff14", "1.2.3.\xb2", "1\u30022.3.4"),
        *("\ud800", "9" * 2**20, "1." * 2**19),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_ipv4_address(written):
    assert canonical_ipv4(written) is None


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("::", "::"),
        ("::1", "::1"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0007", "2001:db8::7"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("FE80::1", "fe80::1"),
        ("64:ff9b::192.0.2.7", "64:ff9b::c000:207"),
    ],
)
def test_an_ipv6_address_has_one_form(written, canonical):
    assert canonical_ipv6(written) == canonical
    assert canonical_ipv6(canonical) == canonical


@pytest.mark.parametrize(
    "written",
    [
        *("", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::", "12345::"),
        *("::1/64", "[::1]", "::1 ", "::1\n", "::1\x00", "fe80::1%eth0", "fe80::1%"),
        *("192.0.2.7", "::ffff:192.0.2.7", "::FFFF:c000:207", "::192.0.2.7", "::1:0", "\ud800"),
        *("1:" * 2**19, "f" * 2**20, "fe80::1%" + "e" * 2**20),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_ipv6_address_of_a_network(written):
    assert canonical_ipv6(written) is None


@pytest.mark.parametrize("name", ["", "Anna's laptop", "a" * 100, "żółw 🐢", "👩\u200d💻"])
def test_a_name_is_any_text_of_one_line(name):
    assert canonical_name(f"\t {name}\n") == name


@pytest.mark.parametrize(
    "name", ["a" * 101, "a\nb", "a\rb", "a\tb", "a\x00", "\x1b[2J", "a\x85b", "a\u2028b", "\ud800"]
)
def test_what_is_no_name(name):
    assert canonical_name(name) is None
