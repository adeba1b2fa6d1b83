"""SMS, through a sender that the host names in ``SMS_SENDER``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from jwt_accounts.conf import settings
from jwt_accounts.delivery.templates import render


class SmsSender(Protocol):
    """The way to a gateway. A host writes one for its own."""

    def send(self, to: str, text: str) -> None:
        """Send one message. Raises whatever tells that it was not sent."""


class ConsoleSender:
    """Writes messages to the standard output. For development."""

    def send(self, to: str, text: str) -> None:
        """Write one message."""
        sys.stdout.write(f"{_message(to, text)}{'-' * 79}\n")
        sys.stdout.flush()


class FileSender:
    """Writes each message to a file of its own, which only the process's user may read.

    Named by the time (UTC) and a random UUID: ``20260704T130509-<32 hexadecimal digits>.txt``.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def send(self, to: str, text: str) -> None:
        """Write one message. Nobody finds half of it under its name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex}"
        part, whole = self.folder / f".{name}.part", self.folder / f"{name}.txt"
        try:
            with os.fdopen(
                os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
                "w",
                encoding="utf-8",
                newline="",
            ) as file:
                file.write(_message(to, text))
            part.rename(whole)
        finally:
            part.unlink(missing_ok=True)


def sms_sender_factory() -> Callable[..., SmsSender] | None:
    """What makes the sender; ``None`` where no SMS is sent. Makes nothing, so a check may ask.

    Raises ``ImproperlyConfigured`` where it cannot be imported.
    """
    chosen = settings.SMS_SENDER
    if chosen is None:
        return None
    try:
        factory: Callable[..., SmsSender] = import_string(chosen.path)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"JWT_ACCOUNTS['SMS_SENDER'] cannot be imported: {error}"
        ) from error
    return factory


def sms_sender() -> SmsSender | None:
    """A new sender as the host configured it; ``None`` where no SMS is sent.

    Raises ``ImproperlyConfigured`` where it cannot be imported or made, or cannot send.
    """
    chosen, factory = settings.SMS_SENDER, sms_sender_factory()
    if chosen is None or factory is None:
        return None
    try:
        sender = factory(**chosen.options)
    except TypeError as error:
        raise ImproperlyConfigured(f"JWT_ACCOUNTS['SMS_SENDER'] cannot be made: {error}") from error
    if not callable(getattr(sender, "send", None)):
        raise ImproperlyConfigured(
            f"JWT_ACCOUNTS['SMS_SENDER'] has no method `send`: {chosen.path}"
        )
    return sender


def send_sms(to: str, template: str, context: Mapping[str, object]) -> None:
    """Send ``jwt_accounts/sms/<template>.txt`` to one number, where there is a sender.

    Raises what the sender raises, whose text may quote the message.
    """
    sender = sms_sender()
    if sender is not None:
        sender.send(to, render(f"jwt_accounts/sms/{template}.txt", context))


def _message(to: str, text: str) -> str:
    return f"To: {to}\n\n{text}\n"
