"""Where sealed secrets are: what ``manage.py reencrypt`` seals anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of what ``vault.seal`` gave. ``model`` is a label such as 'app.Model'; ``purpose``
    says what a row's secret was sealed for; an empty column holds none."""

    model: str
    column: str
    purpose: Callable[[Any], str]


#: All there are. An optional app adds its own when it is ready.
sealed_columns: list[SealedColumn] = [
    SealedColumn(
        model="jwt_accounts.SigningKey", column="private_key", purpose=attrgetter("seal_purpose")
    )
]
