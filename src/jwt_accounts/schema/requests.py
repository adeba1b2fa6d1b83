"""What an action reads of a body, in each form that its contract reads; the host's
``PARSER_WHITELIST`` may leave some out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import append_meta

from jwt_accounts.http.actions import Action
from jwt_accounts.schema.components import Schema, component
from jwt_accounts.schema.names import camel
from jwt_accounts.schema.shapes import Shapes, described

_SUFFIXES = {
    "application/json": "Request",
    "application/x-www-form-urlencoded": "Form",
    "multipart/form-data": "Multipart",
}


def request_body(
    auto_schema: AutoSchema,
    shapes: Shapes,
    found: Action[Any],
    operation_id: str,
    sample: Callable[[Schema], Any],
    *,
    refresh_by_cookie: bool,
) -> Schema | None:
    """The request body; None where none is read. ``refresh_by_cookie``: the refresh token may be
    left out."""
    if found.inputs is None:
        return None
    inputs = found.inputs(partial=found.partial)
    mapped: Schema = auto_schema._map_serializer(inputs, "request")  # noqa: SLF001 - what knows DRF's fields
    left_out = {found.refresh} if refresh_by_cookie else set()
    needed = [] if found.partial else sorted({*mapped.get("required", ())} - left_out)
    schema = described(type(inputs).__doc__, {**mapped, "required": needed})
    fields = schema.get("properties", {}).items()
    schema["properties"] = {field: _own_choices(field, each, shapes) for field, each in fields}
    content: dict[str, Schema] = {}
    for media in auto_schema.map_parsers():
        # One each, though they are alike: of one shape for all, a generated client sends all three.
        name = f"{camel(operation_id)}{_SUFFIXES.get(media, camel(media))}"
        reference = component(auto_schema.registry, (name,), name, lambda: schema)
        content[media] = {"schema": reference, "example": sample(reference)}
    return {"content": content, "required": bool(needed)}


def _own_choices(name: str, schema: Schema, shapes: Shapes) -> Schema:
    if "enum" not in schema:
        return schema
    values = schema["enum"]
    left_out = {"enum", "type", "x-spec-enum-id"}
    rest = {key: value for key, value in schema.items() if key not in left_out}
    chosen = shapes.choice(name, [each for each in values if each not in {"", None}])
    if "" in values:
        chosen = {"anyOf": [chosen, {"type": "string", "maxLength": 0}]}
    mapped: Schema = append_meta(chosen, {**rest, "nullable": True} if None in values else rest)
    return mapped
