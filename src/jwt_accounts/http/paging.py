"""Reading ``page``, ``page_size`` and the like from a query string."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from jwt_accounts.errors import FieldError, InvalidInput


def number(query: Mapping[str, str], name: str, *, default: int, maximum: int) -> int:
    """A whole number from 1 to ``maximum``; ``default`` where it was not sent.

    Raises ``InvalidInput`` naming the parameter.
    """
    raw = query.get(name, "")
    if raw == "":
        return default
    if raw.isascii() and raw.isdigit() and len(raw) <= 10 and 1 <= int(raw) <= maximum:
        return int(raw)
    message = f"Must be a whole number from 1 to {maximum}."
    raise InvalidInput(fields={name: (FieldError("invalid", message),)})


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
