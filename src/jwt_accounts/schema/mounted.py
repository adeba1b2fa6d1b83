"""Where the host has mounted an endpoint: its name, its namespaces, how its tokens travel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.urls import URLResolver, get_resolver

from jwt_accounts.http.mounted import urls
from jwt_accounts.http.transports import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One named URL. ``transport`` is None where the contract's own is used."""

    name: str
    namespaces: tuple[str, ...] = ()
    transport: Transport | None = None


def place_of(path: str, pattern: str) -> Place | None:
    """The place of a URL, by the pattern that Django reads; None for the second form of a path,
    which has no name (see ``http/routes.py``). A URLconf that is not the host's own is not known:
    there the path is the name, and the form with a slash counts."""
    known = _places(get_resolver())
    if pattern in known:
        return known[pattern]
    return Place(name=path.strip("/")) if path.endswith("/") else None


@lru_cache(maxsize=2)
def _places(resolver: URLResolver) -> dict[str, Place | None]:
    found: dict[str, Place | None] = {}
    for url in urls(resolver):
        place = None
        if url.name:
            place = Place(name=url.name, namespaces=url.namespaces, transport=url.given)
        found[url.pattern] = found.get(url.pattern) or place
    return found
