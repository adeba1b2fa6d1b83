"""What the core asks of second factors, answered by the devices of django-otp."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import models
from django.views.decorators.debug import sensitive_variables
from django_otp import device_classes, devices_for_user, verify_token

from jwt_accounts.contrib.mfa.guesses import count_wrong, give_guess_back, reserve_guess
from jwt_accounts.contrib.mfa.models import (
    PasskeyFactor,
    RecoveryCode,
    SentCodeFactor,
    TotpFactor,
)
from jwt_accounts.contrib.mfa.recovery import codes_left, use_recovery_code
from jwt_accounts.contrib.mfa.relying_party import can_passkeys
from jwt_accounts.contrib.mfa.sent_codes import use_sent_code
from jwt_accounts.contrib.mfa.totp import use_code
from jwt_accounts.errors import CodeInvalid
from jwt_accounts.flows.messages import tell
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.mfa import FactorKind, read_recovery_code
from jwt_accounts.policies.sessions import BY_MAIL
from jwt_accounts.second_factors import Answer
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext

#: What this library keeps itself; every other device is a plug-in's.
OWN = (TotpFactor, SentCodeFactor, PasskeyFactor)
_LONGEST_CODE = 64


class DeviceFactors:
    """Second factors that are devices of django-otp: ours, and those of the host's plug-ins."""

    def tables(self) -> Sequence[type[models.Model]]:
        """See :class:`~jwt_accounts.second_factors.SecondFactors`."""
        return _tables()

    def kinds_of(self, user: HostUser, *, first: Collection[str] = ()) -> tuple[FactorKind, ...]:
        """See :class:`~jwt_accounts.second_factors.SecondFactors`."""
        held = {
            device.kind if isinstance(device, OWN) else FactorKind.OTHER
            for device in devices_for_user(user, confirmed=True)
        }
        if BY_MAIL in first:
            held.discard(FactorKind.EMAIL)
        if codes_left(user.pk):
            held.add(FactorKind.RECOVERY_CODE)
        return tuple(kind for kind in FactorKind if kind in held)

    @sensitive_variables()
    def check(
        self,
        ctx: RequestContext,
        user: HostUser,
        answer: Answer,
        *,
        scope: str,
        first: Collection[str],
        durable: bool = True,
    ) -> FactorKind:
        """See :class:`~jwt_accounts.second_factors.SecondFactors`.

        What nobody can guess (a recovery code, a passkey) is not counted: whoever knows the
        password and uses the guesses up does not shut the owner out.
        """
        if answer.credential is not None:
            return _use_passkey(ctx, user, answer.credential, scope, durable=durable)
        typed = "".join(answer.code.split())
        if not 0 < len(typed) <= _LONGEST_CODE or not (typed.isascii() and typed.isprintable()):
            raise CodeInvalid
        if read_recovery_code(typed) is not None and use_recovery_code(ctx, user.pk, typed):
            _tell_of_recovery(ctx, user)
            return FactorKind.RECOVERY_CODE
        reserve_guess(ctx, user.pk, durable=durable)
        kind = _proved_by(ctx, user, typed, scope, first)
        if kind is None:
            count_wrong(ctx, user)
            raise CodeInvalid
        give_guess_back(user.pk)
        return kind

    def forget_all(self, ctx: RequestContext, user: HostUser) -> int:
        """See :class:`~jwt_accounts.second_factors.SecondFactors`."""
        RecoveryCode.objects.filter(user=user.pk).delete()
        gone = 0
        for table in _tables():
            rows = table._default_manager.filter(user=user.pk)
            gone += rows.filter(confirmed=True).count()
            rows.delete()
        return gone

    def never_confirmed(self, before: datetime) -> Iterable[models.QuerySet[Any]]:
        """See :class:`~jwt_accounts.second_factors.SecondFactors`. Those of plug-ins are theirs."""
        begun = {"confirmed": False, "created_at__lte": before}
        return [table._default_manager.filter(**begun) for table in OWN]


@cache
def _tables() -> tuple[type[models.Model], ...]:
    return tuple(device_classes())


@sensitive_variables()
def _proved_by(
    ctx: RequestContext, user: HostUser, typed: str, scope: str, first: Collection[str]
) -> FactorKind | None:
    """The factor that a typed code proves, each looked at only where none before it did."""
    # No generator: where one breaks, an error report shows its variables, whatever is said above.
    for factor in TotpFactor.objects.filter(user=user.pk, confirmed=True):
        if use_code(ctx, factor, typed):
            return FactorKind.TOTP
    channel = use_sent_code(ctx, user, typed, scope=scope)
    if channel is not None and not (channel is FactorKind.EMAIL and BY_MAIL in first):
        return channel
    for device in _others(user):
        if verify_token(user, device.persistent_id, typed):
            return FactorKind.OTHER
    return None


@sensitive_variables()
def _use_passkey(
    ctx: RequestContext, user: HostUser, credential: Mapping[str, Any], scope: str, *, durable: bool
) -> FactorKind:
    if not can_passkeys():
        raise CodeInvalid
    from jwt_accounts.contrib.mfa.passkey_steps import use_passkey  # the extra `passkeys`

    use_passkey(ctx, user, credential, scope=scope, durable=durable)
    return FactorKind.PASSKEY


def _others(user: HostUser) -> Iterator[Any]:
    """The user's devices of other plug-ins."""
    for table in device_classes():
        if not issubclass(table, OWN):
            yield from table.objects.devices_for_user(user, confirmed=True)


def _tell_of_recovery(ctx: RequestContext, user: HostUser) -> None:
    left = codes_left(user.pk)
    SecurityEvent.objects.record(
        EventKind.RECOVERY_CODE_USED, ctx, user_id=user.pk, details={"left": left}
    )
    address = user_fields().read(user, IdentifierKind.EMAIL)
    tell(ctx, address, "recovery_code_used", left=str(left))
