"""Where the host has mounted an endpoint: its name, its namespaces, how its tokens travel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.urls import URLPattern, URLResolver, get_resolver

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
    for pattern, place in _walk(resolver.url_patterns, "", (), None):
        found[pattern] = found.get(pattern) or place
    return found


def _walk(
    patterns: Iterable[URLPattern | URLResolver],
    prefix: str,
    namespaces: tuple[str, ...],
    transport: Transport | None,
) -> Iterator[tuple[str, Place | None]]:
    for each in patterns:
        pattern = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            inner = (*namespaces, each.namespace) if each.namespace else namespaces
            given = each.default_kwargs.get("transport", transport)
            yield from _walk(each.url_patterns, pattern, inner, given)
        else:
            given = each.default_args.get("transport", transport)
            named = Place(name=each.name or "", namespaces=namespaces, transport=given)
            yield pattern, named if each.name else None
