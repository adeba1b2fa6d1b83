"""Every setting of this library, once: name, type, default and what it does.

All live in one dict, ``JWT_ACCOUNTS``. They are read when they are used, so ``override_settings``
works on each. Token lifetimes, the algorithm and the keys stay in simplejwt's ``SIMPLE_JWT``.
The settings reference in the documentation is generated from this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar, overload

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

from jwt_accounts.types import IdentifierKind

T = TypeVar("T")

#: Passwords longer than this (characters) are refused before they are hashed.
PASSWORD_MAX_LENGTH = 4096

#: Requests per client address and period, by public endpoint. Numbers that an office behind one
#: address can live with; what protects an account is counted in the database instead.
DEFAULT_RATE_LIMITS: Mapping[str, str] = {
    "sign_in": "120/m",
    "refresh": "600/m",
    "verify": "600/m",
    "revoke": "600/m",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` requests in ``seconds``."""

    limit: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A setting's type: its name for people and how a raw value becomes one.

    ``parse`` raises ``ValueError`` with a sentence that says what is expected.
    """

    name: str
    parse: Callable[[Any], T]


class Setting(Generic[T]):
    """One documented setting. Reading it parses and checks the current value.

    Raises ``ImproperlyConfigured`` where the value is of the wrong type; ``manage.py check``
    reports the same as ``jwt_accounts.E002`` before anything runs.
    """

    def __init__(self, kind: Kind[T], default: Any, help_text: str) -> None:
        self.kind = kind
        self.default = default
        self.help = help_text
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Setting[T]: ...
    @overload
    def __get__(self, instance: AccountSettings, owner: type) -> T: ...
    def __get__(self, instance: AccountSettings | None, owner: type) -> Setting[T] | T:
        if instance is None:
            return self
        if self.name not in instance.parsed:
            instance.parsed[self.name] = self._read()
        value: T = instance.parsed[self.name]
        return value

    def _read(self) -> T:
        try:
            return self.kind.parse(raw_settings().get(self.name, self.default))
        except ValueError as error:
            raise ImproperlyConfigured(f"JWT_ACCOUNTS[{self.name!r}] {error}") from error


def _integer(minimum: int) -> Kind[int]:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
            raise ValueError(f"must be a whole number, at least {minimum}.")
        return value

    return Kind(f"integer ≥ {minimum}", parse)


def _duration(*, zero: bool = False) -> Kind[timedelta]:
    def parse(value: Any) -> timedelta:
        least = timedelta(0)
        if not isinstance(value, timedelta) or value < least or (value == least and not zero):
            raise ValueError("must be a positive datetime.timedelta." if not zero else _ZERO_HINT)
        return value

    return Kind("timedelta", parse)


_ZERO_HINT = "must be a datetime.timedelta, not negative (zero switches it off)."


def _optional(kind: Kind[T]) -> Kind[T | None]:
    return Kind(f"{kind.name} or None", lambda value: None if value is None else kind.parse(value))


def _choice(*allowed: str) -> Kind[str]:
    def parse(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(repr, allowed))}.")
        return str(value)

    return Kind(" or ".join(map(repr, allowed)), parse)


def _parse_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty.")
    return value


def _parse_identifiers(value: Any) -> tuple[IdentifierKind, ...]:
    try:
        return tuple(IdentifierKind(kind) for kind in value)
    except (TypeError, ValueError):
        raise ValueError("must list 'username', 'email' and 'phone', or some of them.") from None


_RATE = re.compile(r"([1-9][0-9]*)/([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _parse_rate(value: Any) -> Rate | None:
    if value is None:
        return None
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must map names to rates such as '60/m' (s, m, h or d), or None for none.")
    return Rate(limit=int(match[1]), seconds=_SECONDS[match[2]])


def _parse_rates(value: Any) -> dict[str, Rate | None]:
    if not isinstance(value, Mapping):
        raise ValueError("must be a dict of rates such as {'sign_in': '60/m'}.")  # noqa: TRY004 - Kind.parse raises ValueError
    unknown = set(value) - set(DEFAULT_RATE_LIMITS)
    if unknown:
        known = ", ".join(sorted(DEFAULT_RATE_LIMITS))
        raise ValueError(f"names {sorted(unknown)[0]!r}; there are: {known}.")
    return {name: _parse_rate(rate) for name, rate in {**DEFAULT_RATE_LIMITS, **value}.items()}


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


class AccountSettings:
    """The settings as typed attributes: ``from jwt_accounts.conf import settings``."""

    def __init__(self) -> None:
        self.parsed: dict[str, Any] = {}

    IDENTIFIERS = Setting(
        Kind("list of 'username', 'email', 'phone'", _parse_identifiers),
        ("username", "email", "phone"),
        "What people may sign in with, where the user model has it. An e-mail or phone one can "
        "sign in with is unique, compared in its canonical form.",
    )
    PHONE_REGION = Setting(
        _optional(Kind("ISO 3166-1 country code", _parse_text)),
        None,
        "The country in which numbers without a country code are read, such as 'RO'. Needs the "
        "extra `phone`. None: only international numbers are identifiers.",
    )
    LOCKOUT_LIMIT = Setting(
        _integer(1), 5, "Wrong passwords in a row that lock an account (ASVS 6.3.1)."
    )
    LOCKOUT_TIME = Setting(
        _optional(_duration()),
        timedelta(minutes=15),
        "How long the lock holds. None: until somebody unlocks the account.",
    )
    PASSWORD_EXPIRATION = Setting(
        _optional(_duration()),
        None,
        "The age at which a password must be changed, for users of every role. None: never, as "
        "NIST SP 800-63B-4 asks.",
    )
    ACCESS_CHECK = Setting(
        _choice("session", "stateless"),
        "session",
        "What an access token is checked against. 'session': one query, and a sign-out, a "
        "password change or a deactivation holds on the very next request. 'stateless': no query; "
        "a token lives until its `exp`, whatever happens. It concerns the host's own views and "
        "`token/verify/`; this library's other endpoints always check the session.",
    )
    ACCESS_TOKEN_TYP = Setting(
        Kind("text", _parse_text),
        "JWT",
        "The `typ` header of access tokens. 'at+jwt' is RFC 9068's; once set, a token of another "
        "type is refused (RFC 8725 section 3.11).",
    )
    REFRESH_GRACE = Setting(
        _duration(zero=True),
        timedelta(seconds=10),
        "How long a refresh token that was just rotated gets the same successor again, so that a "
        "lost answer costs nobody the session. Zero: never.",
    )
    SESSION_LIFETIME = Setting(
        _duration(),
        timedelta(days=90),
        "The absolute lifetime of a session, counted from the sign-in (ASVS 7.3.2).",
    )
    SESSION_IDLE_LIFETIME = Setting(
        _optional(_duration()),
        None,
        "The longest pause between two refreshes (ASVS 7.3.1). None: the refresh token's lifetime.",
    )
    RATE_LIMITS = Setting(
        Kind("dict of rates", _parse_rates),
        {},
        "Requests per client address, by endpoint, over the defaults "
        + ", ".join(f"`{name}` {rate}" for name, rate in DEFAULT_RATE_LIMITS.items())
        + ". None switches one off.",
    )
    RATE_LIMIT_CACHE = Setting(
        Kind("alias in CACHES", _parse_text),
        "default",
        "The cache the rate limits are counted in. It must be shared by all processes.",
    )
    CLIENT_ADDRESS_HEADER = Setting(
        _optional(Kind("header name", _parse_text)),
        None,
        "The header in which a trusted proxy gives the client's address, such as "
        "'X-Forwarded-For'. None: no header is believed.",
    )
    TRUSTED_PROXIES = Setting(
        _integer(1), 1, "How many trusted proxies append to CLIENT_ADDRESS_HEADER."
    )
    ROLES = Setting(
        Kind("dict from role to permissions", _parse_roles),
        {},
        "The roles `manage.py create_roles` makes: a name and the permissions it holds, as "
        "'app_label.codename'.",
    )
    KEEP_DEAD_ROWS = Setting(
        _duration(),
        timedelta(days=30),
        "How long `manage.py prune` keeps ended sessions, so that they can be looked at.",
    )
    KEEP_EVENTS = Setting(
        _duration(),
        timedelta(days=365),
        "How long `manage.py prune` keeps security events.",
    )
    HOOKS = Setting(
        Kind("dotted path", _parse_text),
        "jwt_accounts.hooks.AccountHooks",
        "The class that answers what only the host knows; subclass `AccountHooks`.",
    )


def raw_settings() -> Mapping[str, Any]:
    """The host's dict as it stands.

    Raises ``ImproperlyConfigured`` where ``JWT_ACCOUNTS`` is no dict.
    """
    raw = getattr(django_settings, "JWT_ACCOUNTS", {})
    if not isinstance(raw, Mapping):
        raise ImproperlyConfigured("JWT_ACCOUNTS must be a dict.")
    return raw


def every_setting() -> Iterator[Setting[Any]]:
    """All settings, in the order in which they are documented."""
    return (value for value in vars(AccountSettings).values() if isinstance(value, Setting))


settings = AccountSettings()


def _forget(*, setting: str, **_kwargs: object) -> None:
    if setting == "JWT_ACCOUNTS":
        settings.parsed.clear()


setting_changed.connect(_forget, dispatch_uid="jwt_accounts.conf")
