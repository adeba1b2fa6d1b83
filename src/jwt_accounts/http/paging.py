"""What is read from a query string, and pages of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypedDict, TypeVar
from urllib.parse import urlencode

from jwt_accounts.errors import FieldError, InvalidInput, NotFound

B = TypeVar("B")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryText:
    """A text of a query string."""

    name: str
    description: str

    def read(self, query: Mapping[str, str]) -> str:
        """What was sent; empty where nothing was."""
        return query.get(self.name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryNumber:
    """A whole number of a query string, from 1 to ``maximum``. ``capped``: what is beyond it
    counts as the maximum."""

    name: str
    description: str
    default: int
    maximum: int
    capped: bool = False

    def read(self, query: Mapping[str, str]) -> int:
        """What was sent; the default where nothing was.

        Raises ``InvalidInput`` naming the parameter.
        """
        raw = query.get(self.name, "")
        if raw == "":
            return self.default
        if raw.isascii() and raw.isdigit() and len(raw) <= 10 and int(raw) >= 1:
            if int(raw) <= self.maximum:
                return int(raw)
            if self.capped:
                return self.maximum
        message = f"Must be a whole number from 1 to {self.maximum}."
        raise InvalidInput(fields={self.name: (FieldError("invalid", message),)})


PAGE = QueryNumber(name="page", description="Which page, from 1.", default=1, maximum=10**7)
PAGE_SIZE = QueryNumber(
    name="page_size",
    description="How many on a page; 200 at most.",
    default=50,
    maximum=200,
    capped=True,
)
#: What an action with numbered pages reads.
NUMBERED = (PAGE, PAGE_SIZE)


class PageBody(TypedDict, Generic[B]):
    """A numbered page. ``next`` and ``previous`` are paths of this host, None at the ends."""

    count: int
    next: str | None
    previous: str | None
    results: list[B]


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    number: int
    size: int
    url_path: str
    query: Mapping[str, str]

    @property
    def offset(self) -> int:
        """How many come before."""
        return (self.number - 1) * self.size

    def body(self, results: Sequence[B], count: int) -> PageBody[B]:
        """The page. Raises :class:`NotFound` for one behind the last; the first is always there."""
        if self.offset >= count and self.number > 1:
            raise NotFound("There is no such page.")
        has_more = self.offset + len(results) < count
        return PageBody(
            count=count,
            next=self._link(self.number + 1) if has_more else None,
            previous=self._link(self.number - 1) if self.number > 1 else None,
            results=list(results),
        )

    def _link(self, number: int) -> str:
        """Nothing of what the client says about the host goes into it."""
        return f"{self.url_path}?{urlencode({**self.query, PAGE.name: number})}"


def asked_page(url_path: str, query: Mapping[str, str]) -> Page:
    """The page that is asked for. Raises ``InvalidInput``."""
    return Page(PAGE.read(query), PAGE_SIZE.read(query), url_path, query)


def links(path: str, query: Mapping[str, str], page: int, *, has_more: bool) -> dict[str, str]:
    """The ``Link`` header to the neighbouring pages (RFC 8288), relative to the host: nothing of
    what the client says about the host goes into it."""
    neighbours = {"prev": page - 1 if page > 1 else None, "next": page + 1 if has_more else None}
    parts = [
        f'<{path}?{urlencode({**query, "page": number})}>; rel="{relation}"'
        for relation, number in neighbours.items()
        if number is not None
    ]
    return {"Link": ", ".join(parts)} if parts else {}
