"""Which address a request comes from. A header is believed only where a setting says so:
anybody can send one (ASVS 4.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network


def client_address(meta: Mapping[str, object], header: str | None, proxies: int) -> str | None:
    """The client's address: the socket's, or the entry a trusted proxy wrote.

    ``header`` is a name such as ``X-Forwarded-For``; ``proxies`` is how many trusted proxies
    append to it. Counting from the right skips whatever the client wrote itself.

    >>> meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7"}
    >>> client_address(meta, None, 1), client_address(meta, "X-Forwarded-For", 1)
    ('10.0.0.1', '192.0.2.7')
    """
    direct = _valid(str(meta.get("REMOTE_ADDR") or ""))
    if header is None:
        return direct
    written = str(meta.get("HTTP_" + header.upper().replace("-", "_")) or "").split(",")
    if len(written) < proxies:
        return direct
    return _valid(written[-proxies].strip()) or direct


def rate_limit_key(address: str | None) -> str:
    """The part of an address that one customer holds: an IPv4 address, an IPv6 /64.

    >>> rate_limit_key("192.0.2.7"), rate_limit_key("2001:db8::1:2")
    ('192.0.2.7', '2001:db8::/64')
    """
    if address is None:
        return "unknown"
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _valid(text: str) -> str | None:
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None
