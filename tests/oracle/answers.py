"""What came as an answer, held against what a transcript says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from http.cookies import Morsel
from typing import Any

_JWT = re.compile(r"ey[\w-]+\.ey[\w-]+\.[\w-]+")

_ATTRIBUTES = ("HttpOnly", "Secure", "SameSite", "Domain", "Path", "Max-Age")


def disagreement(step: Mapping[str, Any], expected: Any, came: Any) -> str:
    """What to say about an answer that is not the expected one; nothing about one that is."""
    if fits(expected, came):
        return ""
    told = ("ask", "reverse", "json", "as", "token", "cookies")
    asked = {key: step[key] for key in told if key in step}
    return f"{asked}: {came} instead of {expected}"


def fits(expected: Any, came: Any) -> bool:
    """Whether an answer is the expected one, in any order of its keys."""
    match expected:
        case {"any": "jwt"}:
            return isinstance(came, str) and _JWT.fullmatch(came) is not None
        case {"any": "id"}:
            return type(came) in {int, str} and came != ""
        case {"any": "text"}:
            return isinstance(came, str) and came != ""
        case {"any": "object"}:
            return isinstance(came, dict)
        case {"in": int(seconds)}:
            return _seconds_until(came) == seconds
        case dict():
            return (
                isinstance(came, dict)
                and expected.keys() == came.keys()
                and all(fits(value, came[key]) for key, value in expected.items())
            )
        case list():
            return (
                isinstance(came, list)
                and len(expected) == len(came)
                and all(map(fits, expected, came))
            )
        case _:
            return bool(expected == came and type(expected) is type(came))


def general(came: Any, known: Mapping[str, Any], key: str = "") -> Any:
    """An answer as a transcript writes it: names and kinds where values are the server's own."""
    ids = {str(value): f"{{{name}}}" for name, value in known.items() if name.endswith(".id")}
    match came:
        case dict():
            return {name: general(value, known, name) for name, value in came.items()}
        case list():
            return [general(each, known, key) for each in came]
        case _ if key in {"id", "pk"}:
            return ids.get(str(came), {"any": "id"})
        case str() if key == "path":
            return "/".join(ids.get(each, each) for each in came.split("/"))
        case str() if _JWT.fullmatch(came):
            return {"any": "jwt"}
        case str() if key.endswith("_expiration"):
            return {"in": _seconds_until(came)}
        case _:
            return came


def cookie(morsel: Morsel[str]) -> str:
    """A cookie that was set, as ``Set-Cookie`` has it, with the kind of its value; of one that was
    deleted, what says which it is.

    Lifetimes are rounded: where a clock stands still, Django adds a second to a date.
    """
    is_deleted = morsel["max-age"] == 0
    kind = "jwt" if _JWT.fullmatch(morsel.value) else "text"
    said = ["deleted" if is_deleted else kind]
    for name in ("Domain", "Path") if is_deleted else _ATTRIBUTES:
        value = morsel[name.lower()]
        if value is True:
            said.append(name)
        elif value != "":
            said.append(f"{name}={value // 10 * 10 if name == 'Max-Age' else value}")
    return "; ".join(said)


def _seconds_until(text: Any) -> int | None:
    """To a time as JSON has it, in any zone."""
    try:
        return round((datetime.fromisoformat(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
