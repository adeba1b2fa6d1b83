"""Where passkeys may be used: origins and domains as browsers compare them (WebAuthn sections 5.1.3
and 13.4.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_LOCAL = "localhost"
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whose passkeys they are: the domain they belong to, and the origins they are used from."""

    domain: str
    origins: tuple[str, ...]


def origin_of(address: str) -> str:
    """The origin of a web address; empty for what has none.

    >>> origin_of("https://App.example.com:443/accounts/"), origin_of("")
    ('https://app.example.com', '')
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = port is not None and port != _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}:{port}" if shown else f"{parts.scheme}://{host}"


def host_of(origin: str) -> str:
    """The host of a web origin; empty for that of an app.

    >>> host_of("https://app.example.com:8443"), host_of("android:apk-key-hash:x")
    ('app.example.com', '')
    """
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.scheme in _DEFAULT_PORTS else ""


def relying_party(
    origins: Sequence[str], domain: str | None, front_end: str
) -> RelyingParty | None:
    """Who asks for passkeys, where the settings leave out what follows from the front end's
    address; None where nothing says it.

    >>> relying_party((), None, "https://app.example.com/x")
    RelyingParty(domain='app.example.com', origins=('https://app.example.com',))
    """
    web = origin_of(front_end)
    used = tuple(_canonical(each) for each in origins) or ((web,) if web else ())
    belongs = (domain or host_of(web)).lower()
    return RelyingParty(belongs, used) if used and belongs else None


def is_within(host: str, domain: str) -> bool:
    """Whether a page of this host may use passkeys of this domain.

    >>> is_within("app.example.com", "example.com"), is_within("badexample.com", "example.com")
    (True, False)
    """
    return host == domain or host.endswith(f".{domain}")


def is_secure(origin: str) -> bool:
    """Whether browsers let a page of this origin use passkeys at all: HTTPS, or this very machine
    by its name; never a bare address.

    >>> is_secure("https://example.com"), is_secure("http://localhost:8000")
    (True, True)
    >>> is_secure("http://example.com"), is_secure("http://127.0.0.1:8000")
    (False, False)
    """
    host = host_of(origin)
    if not host:
        return True
    is_local = is_within(host, _LOCAL)
    return not _is_address(host) and (is_local or origin.startswith("https:"))


def _canonical(origin: str) -> str:
    return origin_of(origin) if host_of(origin) else origin


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
