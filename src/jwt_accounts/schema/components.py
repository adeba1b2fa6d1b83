"""Named components of a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.plumbing import ComponentIdentity, ComponentRegistry, ResolvedComponent

Schema = dict[str, Any]


def component(
    registry: ComponentRegistry,
    names: Sequence[str],
    identity: object,
    make: Callable[[], Schema],
    kind: str = ResolvedComponent.SCHEMA,
) -> Schema:
    """A reference to a component, which is made where it is not there yet. It gets the first of
    ``names`` that nothing else has. Raises ``ValueError`` where all are taken."""
    for name in names:
        wanted = ResolvedComponent(name, kind, object=ComponentIdentity(identity))
        try:
            found = registry[wanted]
        except KeyError:
            registry.register(wanted)
            wanted.schema = make()
            return _reference(wanted)
        if found.object == wanted.object:
            return _reference(found)
    raise ValueError(f"components of different shape would be called {' or '.join(names)}")


def resolve(registry: ComponentRegistry, schema: Schema) -> Schema:
    """What a reference refers to."""
    if "$ref" not in schema:
        return schema
    _, _, kind, name = schema["$ref"].split("/")
    found: Schema = registry[(name, kind)].schema
    return found


def _reference(found: ResolvedComponent) -> Schema:
    reference: Schema = found.ref
    return reference
