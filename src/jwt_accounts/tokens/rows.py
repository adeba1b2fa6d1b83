"""Turning columns into model instances, for the statements that are compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Columns(Generic[M]):
    """The columns of one model in a statement's row, and how the database's values convert."""

    model: type[M]
    names: tuple[str, ...]
    converters: tuple[tuple[int, tuple[Callable[..., Any], ...], Any], ...]

    def build(self, values: Sequence[Any], connection: BaseDatabaseWrapper) -> M:
        """An instance as the ORM would have loaded it."""
        row = list(values)
        for position, functions, expression in self.converters:
            for function in functions:
                row[position] = function(row[position], expression, connection)
        return self.model.from_db(connection.alias, self.names, row)


def columns_of(model: type[M], connection: BaseDatabaseWrapper) -> Columns[M]:
    """All columns of a model, in their order."""
    converters = []
    for position, field in enumerate(model._meta.concrete_fields):
        functions, expression = _converters(model, field, connection)
        if functions:
            converters.append((position, functions, expression))
    return Columns(
        model=model,
        names=tuple(field.attname for field in model._meta.concrete_fields),
        converters=tuple(converters),
    )


def converted(model: type[Model], name: str, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """One value as the ORM would have loaded it."""
    functions, expression = _converters(model, column_of(model, name), connection)
    for function in functions:
        value = function(value, expression, connection)
    return value


def is_one_table(model: type[Model]) -> bool:
    """Whether the model's columns are all in its own table (no multi-table inheritance)."""
    return list(model._meta.concrete_fields) == list(model._meta.local_concrete_fields)


def quoted(
    connection: BaseDatabaseWrapper, model: type[Model], field: Field[Any, Any] | str
) -> str:
    """``"table"."column"``."""
    quote = connection.ops.quote_name
    found = column_of(model, field) if isinstance(field, str) else field
    return f"{quote(model._meta.db_table)}.{quote(str(found.column))}"


def column_of(model: type[Model], name: str) -> Field[Any, Any]:
    """A field that is a column."""
    return {field.name: field for field in model._meta.concrete_fields}[name]


def _converters(
    model: type[Model], field: Field[Any, Any], connection: BaseDatabaseWrapper
) -> tuple[tuple[Callable[..., Any], ...], Any]:
    expression = field.get_col(model._meta.db_table)
    functions = (
        *connection.ops.get_db_converters(expression),
        *expression.get_db_converters(connection),
    )
    return functions, expression
