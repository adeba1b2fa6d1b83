"""Holding real answers against the document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

_ROOT = "urn:document"


@dataclass
class Document:
    """An OpenAPI document that judges."""

    content: Mapping[str, Any]
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)

    @property
    def operations(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """By path and method."""
        return {
            (path, method.upper()): operation
            for path, methods in self.content["paths"].items()
            for method, operation in methods.items()
        }

    def operation(self, route: str, method: str) -> Mapping[str, Any] | None:
        """The operation of a route of Django's, in either of its two forms."""
        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route).replace("{pk}", "{id}")
        for form in (path, f"{path.rstrip('/')}/", path.rstrip("/")):
            found = self.content["paths"].get(form, {}).get(method.lower())
            if found is not None:
                return found
        return None

    def faults(self, operation: Mapping[str, Any], response: Any) -> list[str]:
        """What an answer is, and the document does not say it may be."""
        name, status = operation["operationId"], str(response.status_code)
        answer = operation["responses"].get(status)
        if answer is None:
            return [f"{name}: {status} is not described: {response.content[:200]!r}"]
        faults = [
            f"{name}: {status} has no {header}"
            for header, said in answer.get("headers", {}).items()
            if said.get("required") and header not in response
        ]
        return faults + self._body(f"{name}: {status}", answer.get("content", {}), response)

    def _body(self, where: str, content: Mapping[str, Any], response: Any) -> list[str]:
        if not response.content:
            return [f"{where} has no body"] if content else []
        media = response["Content-Type"].partition(";")[0]
        if media not in content:
            return [f"{where} is of the type {media}: {response.content[:200]!r}"]
        if not media.endswith("json"):
            return []
        body = json.loads(response.content)
        return [f"{where}: {each.message}" for each in self.errors(content[media]["schema"], body)]

    def errors(self, schema: Mapping[str, Any], value: Any) -> list[Any]:
        """What is wrong with a value, by JSON Schema."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(_absolute(schema), registry=self.registry)
        return list(self._validators[key].iter_errors(value))

    @property
    def registry(self) -> Any:
        if not hasattr(self, "_registry"):
            resource = Resource(contents=self.content, specification=DRAFT202012)
            self._registry = Registry().with_resource(_ROOT, resource)
        return self._registry


def _absolute(schema: Any) -> Any:
    """References with the document's name before them."""
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: f"{_ROOT}{each}" if key == "$ref" else _absolute(each) for key, each in schema.items()
    }
