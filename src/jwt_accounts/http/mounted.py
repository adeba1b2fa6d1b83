"""The URLs that a host has mounted: what checks and an OpenAPI document look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from jwt_accounts.http.contract import Contract
from jwt_accounts.http.transports import Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """One URL. ``given``: the transport that its mount names."""

    pattern: str
    name: str | None
    namespaces: tuple[str, ...]
    view: Callable[..., Any]
    given: Transport | None

    @property
    def contract(self) -> Contract | None:
        """The contract it belongs to, if it is ours."""
        found = getattr(self.view, "view_initkwargs", {}).get("contract")
        return found if isinstance(found, Contract) else None

    @property
    def transport(self) -> Transport | None:
        """How its tokens travel. None where it has none, or the host's settings are of no use: a
        check says so."""
        if self.contract is None:
            return None
        try:
            return self.given or self.contract.transport()
        except ValueError:
            return None

    def beside(self, name: str) -> str:
        """The full name of its neighbour of this name."""
        return ":".join([*self.namespaces, name])


def urls(resolver: URLResolver | None = None) -> list[Url]:
    """All of them, or those of another URLconf."""
    return list(_walk((resolver or get_resolver()).url_patterns, "", (), None))


def _walk(
    patterns: Iterable[URLPattern | URLResolver],
    prefix: str,
    namespaces: tuple[str, ...],
    given: Transport | None,
) -> Iterator[Url]:
    for each in patterns:
        pattern = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            inner = (*namespaces, each.namespace) if each.namespace else namespaces
            named = each.default_kwargs.get("transport", given)
            yield from _walk(each.url_patterns, pattern, inner, named)
        else:
            yield Url(
                pattern=pattern,
                name=each.name,
                namespaces=namespaces,
                view=each.callback,
                given=each.default_args.get("transport", given),
            )
