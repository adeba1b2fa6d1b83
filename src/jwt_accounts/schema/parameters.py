"""What a URL holds: the path and the query string."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import uritemplate
from drf_spectacular.plumbing import resolve_django_path_parameter

from jwt_accounts.http.actions import Action
from jwt_accounts.http.paging import QueryNumber, QueryText
from jwt_accounts.schema.components import Schema
from jwt_accounts.schema.examples import SAMPLES

_PATH: Mapping[str, str] = {
    "id": "The user's key.",
    "pk": "Its key.",
    "user_id": "The user's `id`.",
    "role": "The role's name.",
    "token": "The token of the link.",
}


def path_parameters(path: str, pattern: str) -> list[Schema]:
    """Those of a path, typed as its converters say."""
    return [_of_path(name, pattern) for name in uritemplate.variables(path)]


def _of_path(name: str, pattern: str) -> Schema:
    found = resolve_django_path_parameter(pattern, name, [])
    schema = {"type": "string"} if found is None else dict(found["schema"])
    if schema == {"type": "string"}:
        schema = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
    subject = name.removesuffix("_id").removesuffix("_pk").replace("_", " ")
    text = _PATH.get(name, f"The `id` of the {subject}.")
    example = SAMPLES.get(name, "1")
    given: Schema = {"name": name, "in": "path", "required": True, "schema": schema}
    return {**given, "description": text, "example": _fitting(example, schema)}


def _fitting(example: Any, schema: Schema) -> Any:
    """A number in a path is a number, and else a text."""
    candidates = example if isinstance(example, tuple) else (example,)
    if schema.get("type") == "integer":
        return next((each for each in candidates if type(each) is int), 1)
    return str(candidates[0])


def query_parameters(found: Action[Any]) -> Iterator[Schema]:
    """What an action reads of the query string."""
    for each in found.query:
        given = {"name": each.name, "in": "query", "description": each.description}
        yield {**given, "schema": _of_query(each)}


def _of_query(given: QueryNumber | QueryText) -> Schema:
    if isinstance(given, QueryText):
        return {"type": "string"}
    most = {} if given.capped else {"maximum": given.maximum}
    return {"type": "integer", "minimum": 1, **most, "default": given.default}
