"""What a setting is: a name, a type, a default and a sentence; read and checked when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from jwt_accounts.conf import AccountSettings

T = TypeVar("T")


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


def raw_settings() -> Mapping[str, Any]:
    """The host's dict as it stands.

    Raises ``ImproperlyConfigured`` where ``JWT_ACCOUNTS`` is no dict.
    """
    raw = getattr(django_settings, "JWT_ACCOUNTS", {})
    if not isinstance(raw, Mapping):
        raise ImproperlyConfigured("JWT_ACCOUNTS must be a dict.")
    return raw
