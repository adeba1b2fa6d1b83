"""The statuses of an action's replies, which only its source says."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from textwrap import dedent
from typing import Any

_DEFAULT = 200


def statuses_of(call: Callable[..., Any]) -> frozenset[int]:
    """Every status of a ``Reply`` that a function makes, or a function of replies it calls.

    Raises ``ValueError`` for one that is computed.
    """
    return frozenset(_statuses(call)) or frozenset({_DEFAULT})


def _statuses(call: Callable[..., Any]) -> Iterator[int]:
    known = _names(call)
    for node in ast.walk(ast.parse(dedent(inspect.getsource(call)))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "Reply":
            given = [each.value for each in node.keywords if each.arg == "status"]
            yield from _values([*given, *node.args[1:2]], known)
        elif _replies(known.get(node.func.id)):
            yield from _statuses(known[node.func.id])


def _values(given: list[ast.expr], known: Mapping[str, Any]) -> list[int]:
    match given:
        case []:
            return [_DEFAULT]
        case [ast.Constant(value=int(value))]:
            return [value]
        case [ast.Name(id=name)] if isinstance(known.get(name), int):
            return [known[name]]
        case [ast.IfExp(body=body, orelse=orelse)]:
            return [*_values([body], known), *_values([orelse], known)]
        case _:
            raise ValueError(f"no status is read off {ast.unparse(given[0])!r}")


def _names(call: Callable[..., Any]) -> dict[str, Any]:
    found = inspect.getclosurevars(call)
    return {**found.globals, **found.nonlocals}


def _replies(found: object) -> bool:
    hints = getattr(found, "__annotations__", {})
    return inspect.isfunction(found) and str(hints.get("return", "")).startswith("Reply")
