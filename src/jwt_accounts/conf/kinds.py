"""The types of the settings: what each takes, and the sentence for what it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

from jwt_accounts.conf.limits import DEFAULT_LINKS, DEFAULT_RATE_LIMITS, LONGEST_MINIMUM
from jwt_accounts.conf.setting import Kind
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.types import IdentifierKind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` requests in ``seconds``."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Backend:
    """A class by its dotted path, and the keyword arguments it is made with."""

    path: str
    options: Mapping[str, Any]


def integer(minimum: int, maximum: int | None = None) -> Kind[int]:
    """A whole number in a range."""
    most = "" if maximum is None else f" and at most {maximum}"

    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise ValueError(f"must be a whole number, at least {minimum}{most}.")
        if maximum is not None and value > maximum:
            raise ValueError(f"must be a whole number, at least {minimum}{most}.")
        return value

    name = f"integer ≥ {minimum}" if maximum is None else f"integer from {minimum} to {maximum}"
    return Kind(name, parse)


def _parse_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be True or False.")  # noqa: TRY004 - Kind.parse raises ValueError
    return value


FLAG = Kind("True or False", _parse_flag)


def duration(*, zero: bool = False) -> Kind[timedelta]:
    """A positive ``timedelta``; ``zero``: or none at all."""

    def parse(value: Any) -> timedelta:
        least = timedelta(0)
        if not isinstance(value, timedelta) or value < least or (value == least and not zero):
            raise ValueError("must be a positive datetime.timedelta." if not zero else _ZERO_HINT)
        return value

    return Kind("timedelta", parse)


_ZERO_HINT = "must be a datetime.timedelta, not negative (zero switches it off)."


def optional(kind: Kind[T]) -> Kind[T | None]:
    """The same, or None."""
    return Kind(f"{kind.name} or None", lambda value: None if value is None else kind.parse(value))


def choice(*allowed: str) -> Kind[str]:
    """One of some words."""

    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(repr, allowed))}.")
        return str(value)

    return Kind(" or ".join(map(repr, allowed)), parse)


def text(name: str = "text") -> Kind[str]:
    """A text that is not empty; ``name`` says of what kind."""
    return Kind(name, _parse_text)


def _parse_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty.")
    return value


def _parse_any_text(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("must be a text of one line.")
    return value


def _parse_identifiers(value: Any) -> tuple[IdentifierKind, ...]:
    try:
        return tuple(IdentifierKind(kind) for kind in value)
    except (TypeError, ValueError):
        raise ValueError("must list 'username', 'email' and 'phone', or some of them.") from None


_RATE_FORM = re.compile(r"([1-9][0-9]*)/([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _parse_rate(value: Any) -> Rate | None:
    if value is None:
        return None
    match = _RATE_FORM.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must map names to rates such as '60/m' (s, m, h or d), or None for none.")
    return Rate(limit=int(match[1]), seconds=_SECONDS[match[2]])


def _parse_one_rate(value: Any) -> Rate:
    try:
        rate = _parse_rate(value)
    except ValueError:
        rate = None
    if rate is None:
        raise ValueError("must be a rate such as '10/h' (s, m, h or d).")
    return rate


def _parse_rates(value: Any) -> dict[str, Rate | None]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a dict of rates such as {'sign_in': '60/m'}.")  # noqa: TRY004 - Kind.parse raises ValueError
    unknown = set(value) - set(DEFAULT_RATE_LIMITS)
    if unknown:
        known = ", ".join(sorted(DEFAULT_RATE_LIMITS))
        raise ValueError(f"names {sorted(unknown)[0]!r}; there are: {known}.")
    return {name: _parse_rate(rate) for name, rate in {**DEFAULT_RATE_LIMITS, **value}.items()}


def _parse_url(value: Any) -> str:
    if not isinstance(value, str) or (value and not _WEB_ADDRESS.fullmatch(value)):
        raise ValueError("must be an address such as 'https://app.example.com', or empty.")
    return value


_WEB_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def _parse_links(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a dict such as {'confirm_email': 'confirm#{token}'}.")  # noqa: TRY004 - as above
    for name, path in value.items():
        if name not in DEFAULT_LINKS:
            raise ValueError(f"names {name!r}; there are: {', '.join(sorted(DEFAULT_LINKS))}.")
        if not isinstance(path, str) or path.count("{token}") != 1 or not path.isprintable():
            raise ValueError(f"[{name!r}] must be a path that holds '{{token}}' once.")
    return {**DEFAULT_LINKS, **value}


def _parse_password_rules(value: Any) -> PasswordRules:
    if not isinstance(value, Mapping):
        raise ValueError("must be a dict such as {'minimum_characters': 8}.")  # noqa: TRY004 - as above
    minimum = integer(1, LONGEST_MINIMUM)
    rules: dict[str, Any] = {}
    for name, rule in value.items():
        if name not in PasswordRules.__dataclass_fields__:
            known = ", ".join(PasswordRules.__dataclass_fields__)
            raise ValueError(f"names {name!r}; there are: {known}.")
        kind: Kind[Any] = minimum if name == "minimum_characters" else FLAG
        try:
            rules[name] = kind.parse(rule)
        except ValueError as error:
            raise ValueError(f"[{name!r}] {error}") from None
    return PasswordRules(**rules)


def _parse_roles(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a dict from role name to a list of permissions.")  # noqa: TRY004 - as above
    roles: dict[str, tuple[str, ...]] = {}
    for role, rights in value.items():
        if not isinstance(rights, list | tuple | set) or not all(
            str(right).count(".") == 1 for right in rights
        ):
            raise ValueError(f"must list permissions of {role!r} as 'app_label.codename'.")
        roles[str(role)] = tuple(map(str, rights))
    return roles


def _parse_backend(value: Any) -> Backend:
    given = {"BACKEND": value} if isinstance(value, str) else value
    if not isinstance(given, Mapping) or not set(given) <= {"BACKEND", "OPTIONS"}:
        raise ValueError(_BACKEND_HINT)
    path, options = given.get("BACKEND"), given.get("OPTIONS", {})
    if not isinstance(path, str) or not _DOTTED_PATH.fullmatch(path):
        raise ValueError(_BACKEND_HINT)
    if not isinstance(options, Mapping) or not all(isinstance(name, str) for name in options):
        raise ValueError(_BACKEND_HINT)
    return Backend(path=path, options=options)


_DOTTED_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_BACKEND_HINT = (
    "must be a dotted path such as 'jwt_accounts.delivery.sms.ConsoleSender', or a dict such as "
    "{'BACKEND': dotted path, 'OPTIONS': {keyword: argument}}."
)


_FACTORS = ("totp", "email", "sms", "passkey")
_ORIGIN = re.compile(r"(https?://[^\s/?#@]+|android:apk-key-hash:[A-Za-z0-9_-]+)")
#: Characters: as many as 256 bits of hexadecimal digits have would be better; fewer is guessable.
_SHORTEST_SECRET = 32


def _parse_second_factors(value: Any) -> tuple[FactorKind, ...]:
    if not isinstance(value, list | tuple) or not all(each in _FACTORS for each in value):
        raise ValueError("must list 'totp', 'email', 'sms' and 'passkey', or some of them.")
    return tuple(FactorKind(each) for each in value)


def _parse_origins(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) and _ORIGIN.fullmatch(each) for each in value
    ):
        raise ValueError("must list origins such as 'https://app.example.com', without a path.")
    return tuple(value)


def _parse_secrets(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(
        isinstance(each, str) and len(each) >= _SHORTEST_SECRET for each in value
    ):
        raise ValueError(f"must list texts of at least {_SHORTEST_SECRET} characters.")
    return tuple(value)


def _parse_key_ring(value: Any) -> bool | Literal["only"]:
    if value is not True and value is not False and value != "only":
        raise ValueError("must be True, False or 'only'.")
    return "only" if value == "only" else bool(value)


SECOND_FACTORS = Kind("list of 'totp', 'email', 'sms', 'passkey'", _parse_second_factors)
ORIGINS = Kind("list of origins", _parse_origins)
SECRETS = Kind("list of long texts", _parse_secrets)
KEY_RING = Kind("True, False or 'only'", _parse_key_ring)
IDENTIFIERS = Kind("list of 'username', 'email', 'phone'", _parse_identifiers)
PASSWORD_RULES = Kind("dict of password rules", _parse_password_rules)
URL = Kind("address, or empty", _parse_url)
LINKS = Kind("dict of paths with '{token}'", _parse_links)
RATE = Kind("rate such as '10/h'", _parse_one_rate)
RATES = Kind("dict of rates", _parse_rates)
LINE = Kind("text", _parse_any_text)
ROLES = Kind("dict from role to permissions", _parse_roles)
BACKEND = Kind("dotted path, or dict of BACKEND and OPTIONS", _parse_backend)
