"""A contract's own names for the fields that a flow names in its refusals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jwt_accounts.errors import AccountError


@contextmanager
def fields_named(**names: str) -> Iterator[None]:
    """Rename the fields of a refusal: ``password="new_password"`` where the flow says the first
    and the contract the second."""
    try:
        yield
    except AccountError as error:
        error.fields = {names.get(name, name): found for name, found in error.fields.items()}
        raise
