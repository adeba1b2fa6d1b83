"""The shape of a body: names, types and lengths. Inputs never look anything up, save or send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from jwt_accounts.conf import PASSWORD_MAX_LENGTH
from jwt_accounts.credentials.find import IDENTIFIER_MAX_LENGTH
from jwt_accounts.policies.recovery import PIN_DIGITS


class Inputs(serializers.Serializer[Any]):
    """What a body may hold. Fields that are not named are ignored."""


class Text(serializers.CharField):
    """A text as it was sent: no number, no list, no NUL (DRF would turn ``123`` into ``"123"``)."""

    def to_internal_value(self, data: Any) -> str:
        """Raises ``ValidationError``."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Identifier(Text):
    """A user name, an e-mail or a phone number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": IDENTIFIER_MAX_LENGTH, **kwargs})


class Email(serializers.EmailField):
    """An e-mail address. Whether one can write to it is the mail's question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 254, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Raises ``ValidationError``."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Phone(serializers.RegexField):
    """A telephone number as people write one; whether it is an international one that can be an
    identifier is the policy's question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            r"^[+(0-9][0-9\s().\-/]*\Z",
            **{
                "max_length": 64,
                "allow_blank": True,
                "error_messages": {"invalid": "Enter a telephone number."},
                **kwargs,
            },
        )

    def to_internal_value(self, data: Any) -> str:
        """Raises ``ValidationError``."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Password(Text):
    """A password, exactly as it was sent (ASVS 6.2.8). ``numbers``: some clients send digits as a
    JSON number."""

    def __init__(self, *, numbers: bool = False, **kwargs: Any) -> None:
        self.numbers = numbers
        super().__init__(
            **{
                "trim_whitespace": False,
                "max_length": PASSWORD_MAX_LENGTH,
                "write_only": True,
                "style": {"input_type": "password"},
                **kwargs,
            }
        )

    def to_internal_value(self, data: Any) -> str:
        """Raises ``ValidationError``."""
        if self.numbers and type(data) is int and data >= 0:
            return self._digits(data)
        return super().to_internal_value(data)

    def _digits(self, number: int) -> str:
        try:
            text = str(number)
        except ValueError:  # beyond Python's limit for huge numbers
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(text)


class Pin(serializers.Field[str, Any, str, Any]):
    """A PIN of six digits, as text; leading zeros may be missing, as in a JSON number."""

    default_error_messages = {"invalid": "A PIN has six digits."}  # noqa: RUF012 - DRF's idiom

    def to_internal_value(self, data: Any) -> str:
        """Raises ``ValidationError``."""
        text = data
        if type(data) is int and 0 <= data < 10**PIN_DIGITS:
            text = str(data)
        if not isinstance(text, str) or not 0 < len(text) <= PIN_DIGITS:
            self.fail("invalid")
        if not text.isascii() or not text.isdigit():
            self.fail("invalid")
        return text.zfill(PIN_DIGITS)

    def to_representation(self, value: str) -> str:
        """As it is."""
        return value


class Number(serializers.Field[int, Any, int, Any]):
    """A whole number: ``6``, or ``"6"`` from a form; neither ``true`` nor ``6.0``. Its range is
    the flow's question; here it is only bounded to what a database can be asked for."""

    default_error_messages = {  # noqa: RUF012 - DRF's idiom
        "invalid": "Must be a whole number.",
        "range": "Must be a whole number from 0 to {most}.",
    }
    _most = 2**31 - 1

    def get_value(self, dictionary: Any) -> Any:
        """What was sent. DRF reads an empty field of a form as null, and null may mean "never"."""
        return dictionary.get(self.field_name, serializers.empty)

    def to_internal_value(self, data: Any) -> int:
        """Raises ``ValidationError``."""
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) <= 10:
            data = int(data)
        if type(data) is not int:
            self.fail("invalid")
        if not 0 <= data <= self._most:
            self.fail("range", most=self._most)
        return int(data)

    def to_representation(self, value: int) -> int:
        """As it is."""
        return value


class Choice(serializers.ChoiceField):
    """One of some words. A refusal names them and does not repeat what was sent, as DRF's does:
    that may be anything."""

    def __init__(self, words: Iterable[str], **kwargs: Any) -> None:
        known = [str(word) for word in words]
        message = f"Must be one of: {', '.join(known)}."
        super().__init__(choices=known, error_messages={"invalid_choice": message}, **kwargs)


class Token(Text):
    """A token. Whether it is one is the flow's question."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 8192, **kwargs})


_FLAGS: dict[object, bool] = {"1": True, "0": False, "true": True, "false": False}


class Flag(serializers.Field[bool, Any, bool, Any]):
    """Yes or no: ``true``, ``1``, ``"1"``, ``"true"`` and their opposites; nothing else."""

    default_error_messages = {"invalid": "Must be a valid boolean."}  # noqa: RUF012 - DRF's idiom

    def to_internal_value(self, data: Any) -> bool:
        """Raises ``ValidationError``."""
        if isinstance(data, bool):
            return data
        if type(data) is int and data in {0, 1}:
            return bool(data)
        found = _FLAGS.get(data.strip().lower()) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        return found

    def to_representation(self, value: bool) -> bool:  # noqa: FBT001 - DRF's signature
        """As it is."""
        return value
