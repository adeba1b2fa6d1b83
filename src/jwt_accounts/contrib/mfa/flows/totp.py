"""The code generator as the one second factor: for contracts that know no other."""

from __future__ import annotations

from base64 import b32decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import segno
from django.db.models import Max
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.mfa.flows.factors import (
    FactorSummary,
    list_factors,
    remove_factor,
    summary_of,
)
from jwt_accounts.contrib.mfa.models import RecoveryCode, TotpFactor
from jwt_accounts.contrib.mfa.totp import seal_secret
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.models import UserSession
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import Answer, second_factors, user_has_factor
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorState:
    """Whether a sign-in has a second step, whatever the factor; since when, and when one was used
    last, recovery codes too."""

    is_on: bool
    created_at: datetime | None
    last_used_at: datetime | None


def second_factor_state(*, user: HostUser) -> SecondFactorState:
    """All there is to say of it in a word."""
    held = [each for each in list_factors(user=user).factors if each.confirmed]
    made = [each.created_at for each in held if each.created_at is not None]
    recovered = RecoveryCode.objects.filter(user=user.pk).aggregate(last=Max("used_at"))["last"]
    used = [each.last_used_at for each in held] + ([recovered] if held else [])
    return SecondFactorState(
        is_on=user_has_factor(user),
        created_at=min(made, default=None),
        last_used_at=max((each for each in used if each is not None), default=None),
    )


def has_totp(*, user: HostUser) -> bool:
    """Whether a generator is set up."""
    found: bool = TotpFactor.objects.filter(user=user.pk, confirmed=True).exists()
    return found


@sensitive_variables()
def remove_totp(ctx: RequestContext, *, user: HostUser, session: UserSession, code: str) -> None:
    """Take all generators away, by a code of any factor: who lost the telephone has a recovery
    code. What follows is what ``factors.remove_factor`` says.

    Raises ``ReauthenticationRequired``, ``CodeInvalid``, ``CodesExhausted``, ``Forbidden`` where a
    role asks for a factor and these are the last, and ``RuntimeError`` inside a caller's
    transaction.
    """
    require_presence(ctx, session)
    factors = second_factors()
    assert factors is not None  # noqa: S101 - this app keeps them
    factors.check(ctx, user, Answer(code=code), scope=session.pk.hex, first=())
    for each in list_factors(user=user).factors:
        if each.kind is FactorKind.TOTP:
            remove_factor(ctx, user=user, session=session, factor_id=each.id)


@sensitive_variables()
def adopt_totp(*, user: HostUser, secret: str, name: str = "") -> FactorSummary:
    """Take over a generator that other software set up, by its secret in base 32: the app in the
    owner's hand goes on as it is (six digits, thirty seconds, SHA-1). For a move: nobody is told,
    and there are no recovery codes before the owner makes some.

    Sessions of one factor end when they are refreshed. Raises ``ValueError`` for what is no secret.
    """
    letters = "".join(secret.split()).rstrip("=")
    raw = b32decode(letters + "=" * (-len(letters) % 8), casefold=True)
    if not raw:
        raise ValueError("an empty secret")
    factor = TotpFactor.objects.create(
        user=user, name=name, confirmed=True, secret=seal_secret(raw, user.pk)
    )
    return summary_of(factor)


@sensitive_variables()
def qr_data_uri(uri: str) -> str:
    """The QR code of an ``otpauth://`` address as something to put into an ``<img>``."""
    drawn = BytesIO()
    segno.make(uri, error="m").save(drawn, kind="svg", scale=4, light="#fff")
    return f"data:image/svg+xml;base64,{b64encode(drawn.getvalue()).decode('ascii')}"
