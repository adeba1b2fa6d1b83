"""What a device may be called and where it may be reached: a text in, its one canonical form out,
or None where it is no such thing."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from jwt_accounts.policies.identifiers import is_storable

#: RFC 1035 section 2.3.4, without the dot of the root.
LONGEST_HOSTNAME = 253
LONGEST_NAME = 100

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def canonical_hostname(value: str) -> str | None:
    """A host name (RFC 1123 section 2.1) in lower case, without the dot of the root. An address is
    none: of several labels the last one is not a number.

    >>> canonical_hostname("Rack-7"), canonical_hostname("RACK-7.Example.com.")
    ('rack-7', 'rack-7.example.com')
    >>> canonical_hostname("rack_7"), canonical_hostname("-rack"), canonical_hostname("192.0.2.7")
    (None, None, None)
    """
    if len(value) > LONGEST_HOSTNAME + 1 or not value.isascii():
        return None
    name = value.lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > LONGEST_HOSTNAME or not all(map(_LABEL.fullmatch, labels)):
        return None
    return None if len(labels) > 1 and labels[-1].isdigit() else name


def canonical_fqdn(value: str) -> str | None:
    """A host name with its domain, in the same form.

    >>> canonical_fqdn("Rack-7.Example.com."), canonical_fqdn("rack-7"), canonical_fqdn("rack-7.")
    ('rack-7.example.com', None, None)
    """
    name = canonical_hostname(value)
    return name if name is not None and "." in name else None


def canonical_ipv4(value: str) -> str | None:
    """Four numbers. What other programs would read as another address, or as a network, is none.

    >>> canonical_ipv4("192.0.2.7")
    '192.0.2.7'
    >>> canonical_ipv4("127.1"), canonical_ipv4("010.0.0.1"), canonical_ipv4("192.0.2.7/24")
    (None, None, None)
    """
    try:
        return str(IPv4Address(value))
    except ValueError:
        return None


def canonical_ipv6(value: str) -> str | None:
    """The short form (RFC 5952). A zone means something on one machine alone, and an IPv4 address
    in IPv6 letters (RFC 4291 section 2.5.5) has a field of its own: both are none.

    >>> canonical_ipv6("2001:DB8:0:0::7"), canonical_ipv6("::1")
    ('2001:db8::7', '::1')
    >>> canonical_ipv6("fe80::1%eth0"), canonical_ipv6("::ffff:192.0.2.7"), canonical_ipv6("::1/64")
    (None, None, None)
    """
    try:
        address = IPv6Address(value)
    except ValueError:
        return None
    return None if address.scope_id is not None or _is_ipv4(address) else str(address)


def _is_ipv4(address: IPv6Address) -> bool:
    """``::ffff:0:0/96`` (mapped) and ``::/96`` (compatible), but for ``::`` and ``::1``."""
    high, low = divmod(int(address), 2**32)
    return high == 0xFFFF or (high == 0 and low > 1)


def canonical_name(value: str) -> str | None:
    r"""What people call it: any text of one line, without outer white space.

    >>> canonical_name(" Anna's laptop "), canonical_name("a\x00b"), canonical_name("a" * 101)
    ("Anna's laptop", None, None)
    """
    name = value.strip()
    if len(name) > LONGEST_NAME or not is_storable(name) or _CONTROL.search(name):
        return None
    return name
