"""Seal all secrets anew, with the first of ``ENCRYPTION_KEYS``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model

from jwt_accounts.sealed import SealedColumn, sealed_columns
from jwt_accounts.vault import SealBroken, seal_again


@dataclass(slots=True, kw_only=True)
class Resealed:
    """What became of the secrets of one column. ``broken``: the keys of rows whose secret none of
    the present keys opens; they are as they were."""

    column: str
    sealed: int = 0
    broken: list[Any] = field(default_factory=list)


def reencrypt(*, batch: int = 500) -> list[Resealed]:
    """Read each secret with whichever key opens it, and write it with the first one. What is
    changed by others meanwhile stays as they left it, and is done again."""
    return [_reseal(each, batch) for each in sealed_columns]


def _reseal(column: SealedColumn, batch: int) -> Resealed:
    model = apps.get_model(column.model)
    done = Resealed(column=f"{column.model}.{column.column}")
    for row in _rows(model, column.column, batch):
        try:
            done.sealed += _reseal_row(model, column, row)
        except SealBroken:
            done.broken.append(row.pk)
    return done


def _rows(model: type[Model], column: str, batch: int) -> Iterator[Any]:
    rows = model._default_manager.exclude(**{column: ""}).order_by("pk")
    found = list(rows[:batch])
    while found:
        yield from found
        found = list(rows.filter(pk__gt=found[-1].pk)[:batch])


def _reseal_row(model: type[Model], column: SealedColumn, row: Any) -> int:
    """1, or 0 where there is nothing left to seal."""
    while row is not None:
        former = getattr(row, column.column)
        if not former:
            return 0
        anew = seal_again(former, purpose=column.purpose(row))
        same = model._default_manager.filter(pk=row.pk, **{column.column: former})
        if same.update(**{column.column: anew}):
            return 1
        row = model._default_manager.filter(pk=row.pk).first()
    return 0
