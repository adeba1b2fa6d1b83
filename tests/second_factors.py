"""Second factors as their owner has them: an app, and a sheet of recovery codes."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.contrib.mfa.recovery import make_codes
from jwt_accounts.contrib.mfa.totp import new_secret, seal_secret, write_secret
from jwt_accounts.types import RequestContext

#: The middle of a time step, so that no second more or less begins another.
NOON = datetime(2026, 11, 21, 12, 0, 15, tzinfo=UTC)
STEP = 30  # seconds


def shown(secret: str, *, steps: int = 0, at: datetime | None = None) -> str:
    """What an app that has the secret shows, by the letter of RFC 4226 and RFC 6238."""
    moment = int((at or timezone.now()).timestamp()) // STEP + steps
    digest = hmac.digest(b32decode(secret), moment.to_bytes(8, "big"), hashlib.sha1)
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def wrong(secret: str) -> str:
    """Six digits that no time step of these minutes has."""
    near = {shown(secret, steps=step) for step in range(-5, 6)}
    return next(code for code in ("000000", "111111", "222222") if code not in near)


@dataclass(frozen=True)
class Enrolled:
    """Who has a code generator."""

    user: Any
    secret: str
    factor: TotpFactor
    recovery_codes: tuple[str, ...]

    def code(self, *, steps: int = 0) -> str:
        """What the app shows."""
        return shown(self.secret, steps=steps)

    @property
    def wrong_code(self) -> str:
        """What it does not show."""
        return wrong(self.secret)


def give_totp(user: Any, *, confirmed: bool = True, with_codes: bool = True) -> Enrolled:
    """A code generator, as if its owner had set it up some time ago."""
    secret = new_secret()
    factor = TotpFactor.objects.create(
        user=user, name="phone", confirmed=confirmed, secret=seal_secret(secret, user.pk)
    )
    ctx = RequestContext(now=timezone.now())
    codes = make_codes(ctx, user.pk) if with_codes else ()
    return Enrolled(user, write_secret(secret), factor, codes)
