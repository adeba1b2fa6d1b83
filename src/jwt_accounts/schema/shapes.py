"""From the types of bodies to schemas: each ``TypedDict`` is a named component of its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)
from uuid import UUID

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import append_meta, is_jsonschema_compliant

from jwt_accounts.models.userfields import user_model
from jwt_accounts.schema.components import Schema, component
from jwt_accounts.schema.names import camel, prose
from jwt_accounts.types import HostBody, HostKey

_PLAIN: Mapping[object, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"},
    UUID: {"type": "string", "format": "uuid"},
}
#: What of a field of the host's model holds for a value that is answered.
_KEPT = ("type", "format", "items", "properties", "nullable")
#: Of the name of a body that has no name but its sentence.
_LONGEST = 40

Known = Mapping[object, object]


class Shapes:
    """The schemas of one contract's bodies."""

    def __init__(self, auto_schema: AutoSchema, contract: str) -> None:
        self._auto = auto_schema
        self._prefix = camel(contract)

    def of(self, hint: object, known: Known | None = None) -> Schema:
        """The schema of a type; ``known`` are the types of its variables."""
        known = known or {}
        if isinstance(hint, TypeVar):
            return self.of(known.get(hint, Any))
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self._enum(hint)
        if is_typeddict(get_origin(hint) or hint):
            return self._body(hint, known)
        return self._compound(get_origin(hint), get_args(hint), known)

    def fixed(self, body: Mapping[str, object]) -> Schema:
        """The schema of a body that is always the same."""
        schema = {
            "type": "object",
            "properties": {name: _constant(value) for name, value in body.items()},
            "required": sorted(body),
        }
        words = camel(" ".join(_sentence(*pair) for pair in body.items()))
        name = f"{self._prefix}{words[:_LONGEST]}"
        return component(self._auto.registry, (name, f"{name}Body"), repr(body), lambda: schema)

    def choice(self, name: str, values: Sequence[object]) -> Schema:
        """One of several values, as a component, for what drf-spectacular calls such ones might be
        what it calls one of the host's."""
        if len(values) == 1:
            return _one_of(values)
        names = (f"{self._prefix}{camel(name)}Choice", f"{self._prefix}{_listed(values)}Choice")
        known = names if name else names[1:]
        return component(self._auto.registry, known, tuple(values), lambda: _one_of(values))

    def _compound(self, origin: object, inner: tuple[Any, ...], known: Known) -> Schema:
        if origin is Annotated:
            return self._marked(inner[0], inner[1:], known)
        if origin is Literal:
            return self.choice("", inner)
        if origin in {Union, UnionType}:
            return self._union(inner, known)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(inner[1], known)}
        if isinstance(origin, type) and issubclass(origin, Sequence):
            return {"type": "array", "items": self.of(inner[0], known)}
        return {}

    def _marked(self, hint: object, marks: Sequence[object], known: Known) -> Schema:
        for mark in marks:
            if isinstance(mark, HostKey):
                return self._host_field(str(user_model()._meta.pk.name))
            if isinstance(mark, HostBody):
                return self._host_body(mark)
        return self.of(hint, known)

    def _union(self, inner: Sequence[object], known: Known) -> Schema:
        found: list[Schema] = []
        for each in inner:
            schema = {} if each is NoneType else self.of(each, known)
            if each is not NoneType and schema not in found:
                found.append(schema)
        united: Schema = found[0] if len(found) == 1 else {"anyOf": found}
        if NoneType not in inner:
            return united
        nullable: Schema = append_meta(united, {"nullable": True})
        return nullable

    def _enum(self, kind: type[Enum]) -> Schema:
        values = [each.value for each in kind]
        return component(
            self._auto.registry,
            (f"{self._prefix}{kind.__name__}",),
            kind,
            lambda: {"type": "string", "enum": values, "description": prose(kind.__doc__)},
        )

    def _body(self, hint: Any, known: Known) -> Schema:
        body = get_origin(hint) or hint
        given = [known.get(each, each) for each in get_args(hint)]
        known = dict(zip(getattr(body, "__parameters__", ()), given, strict=False))
        name = f"{''.join(map(_word, given))}{_word(body)}"
        module = camel(body.__module__.rpartition(".")[2])
        return component(
            self._auto.registry,
            (f"{self._prefix}{name}", f"{self._prefix}{module}{name}"),
            (body, *given),
            lambda: self._properties(body, known),
        )

    def _properties(self, body: Any, known: Known) -> Schema:
        hints = get_type_hints(body, include_extras=True)
        return described(
            body.__dict__.get("__doc__"),
            {
                "type": "object",
                "properties": {name: self.of(_bare(hint), known) for name, hint in hints.items()},
                "required": sorted(_required(body, hints)),
            },
        )

    def _host_body(self, mark: HostBody) -> Schema:
        names = tuple(dict.fromkeys(mark.names()))

        def make() -> Schema:
            properties = {name: self._host_field(name) for name in names}
            text = "A user, in the fields that this site's users have."
            return described(
                text, {"type": "object", "properties": properties, "required": sorted(names)}
            )

        return component(self._auto.registry, (f"{self._prefix}User",), names, make)

    def _host_field(self, name: str) -> Schema:
        field = user_model()._meta.get_field(name)
        mapped = self._auto._map_model_field(field, "response")  # noqa: SLF001 - what knows the host's fields
        kept: Schema = {key: value for key, value in mapped.items() if key in _KEPT}
        if kept.get("format") == "email":  # an empty one is no address
            del kept["format"]
        return kept


def described(doc: str | None, schema: Schema) -> Schema:
    """With what a docstring says of it; an empty list of what is required is none."""
    text = prose(doc)
    if not schema.get("required"):
        schema.pop("required", None)
    return {**schema, "description": text} if text else schema


def _constant(value: object) -> Schema:
    """Of a list only its items are told: few generators know a fixed list."""
    if isinstance(value, list):
        return {"type": "array", "items": _one_of(tuple(value))}
    return _one_of((value,))


def _sentence(name: str, value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else f"{name} {value}"


def _listed(values: Sequence[object]) -> str:
    return camel(" ".join(map(str, values)))[:_LONGEST]


def _one_of(values: Sequence[object]) -> Schema:
    kind = _PLAIN.get(type(values[0]), {})
    if len(values) > 1:
        return {**kind, "enum": list(values)}
    # OpenAPI 3.0 has no other word for it.
    return {**kind, "const" if is_jsonschema_compliant() else "example": values[0]}


def _bare(hint: Any) -> Any:
    """Without ``NotRequired`` and its like."""
    name = getattr(get_origin(hint), "_name", "")
    return get_args(hint)[0] if name in {"NotRequired", "Required", "ReadOnly"} else hint


def _required(body: Any, hints: Mapping[str, Any]) -> set[str]:
    """``__required_keys__`` overlooks ``NotRequired`` in a module with postponed annotations."""
    left_out = {
        name
        for name, hint in hints.items()
        if getattr(get_origin(hint), "_name", "") == "NotRequired"
    }
    return {*body.__required_keys__} - left_out


def _word(hint: Any) -> str:
    name: str = getattr(hint, "__name__", "Item")
    return name.removesuffix("Body") or name
