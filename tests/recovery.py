"""What recovery sends: read where its owner reads it, in the mail or in the SMS."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core import mail
from django.core.mail import EmailMessage
from django.test import TestCase

from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields

NEW = "a much better password"


def mailed(act: Callable[[], object]) -> list[EmailMessage]:
    """What goes out by mail because of an act, once it has committed."""
    before = len(mail.outbox)
    with TestCase.captureOnCommitCallbacks(execute=True):
        act()
    return mail.outbox[before:]


def pin_in(text: str) -> str:
    """The one PIN of a message."""
    (pin,) = set(re.findall(r"(?<!\d)\d{6}(?!\d)", text))
    return pin


def wrong(pin: str, step: int = 1) -> str:
    """A PIN that is not this one."""
    return f"{(int(pin) + step) % 10**6:06d}"


def give_phone(user: Any, number: str) -> None:
    """A telephone number, wherever the user model of the run keeps it."""
    if user_fields().phone:
        user.phone = number
        user.save()
        return
    Account.objects.filter(user=user).update(phone=number, phone_as_written=number)


@dataclass
class Texts:
    """The SMS that a ``FileSender`` wrote to a folder. Ask for those since the last time."""

    folder: Path
    read: set[Path] = field(default_factory=set)

    @property
    def settings(self) -> Mapping[str, object]:
        """For ``JWT_ACCOUNTS``."""
        sender = "jwt_accounts.delivery.sms.FileSender"
        return {"SMS_SENDER": {"BACKEND": sender, "OPTIONS": {"folder": str(self.folder)}}}

    def new(self) -> list[str]:
        """The text of each."""
        found = sorted(set(self.folder.glob("*.txt")) - self.read)
        self.read.update(found)
        return [each.read_text(encoding="utf-8") for each in found]
