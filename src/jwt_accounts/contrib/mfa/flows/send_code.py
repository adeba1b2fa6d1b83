"""Send the code of a second factor: for a sign-in that waits for it, or to show again who it is."""

from __future__ import annotations

import logging
from typing import Any

from django.views.decorators.debug import sensitive_variables
from django_otp import devices_for_user

from jwt_accounts.contrib.mfa.factors import OWN, DeviceFactors
from jwt_accounts.contrib.mfa.models import SentCodeFactor
from jwt_accounts.contrib.mfa.sent_codes import send_code
from jwt_accounts.errors import FieldError, InvalidInput
from jwt_accounts.flows.second_step import read_step
from jwt_accounts.models import UserSession
from jwt_accounts.policies.challenges import SECOND_STEP
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.types import HostUser, RequestContext

logger = logging.getLogger("jwt_accounts")


@sensitive_variables()
def send_step_code(ctx: RequestContext, *, token: str, kind: FactorKind) -> None:
    """Send it to who made the first step. Raises ``ChallengeInvalid``, ``AccountLocked``, or
    :class:`InvalidInput` for a kind that the user does not have."""
    step = read_step(ctx, token, SECOND_STEP)
    _send(ctx, step.user, kind, step.row.pk)


def send_session_code(ctx: RequestContext, *, session: UserSession, kind: FactorKind) -> None:
    """Send it to who is signed in. Raises :class:`InvalidInput`."""
    _send(ctx, session.user, kind, session.pk.hex)


def send_log_in_code(ctx: RequestContext, *, user: HostUser, scope: str) -> bool:
    """Send it to who typed the right password into a log-in form, unless one of their factors makes
    its codes itself. Whether something is on its way."""
    kinds = DeviceFactors().kinds_of(user)
    for kind in (FactorKind.EMAIL, FactorKind.SMS, FactorKind.OTHER):
        if kind in kinds and FactorKind.TOTP not in kinds:
            try:
                _send(ctx, user, kind, scope)
            except InvalidInput:
                continue
            return True
    return False


def _send(ctx: RequestContext, user: HostUser, kind: FactorKind, scope: str) -> None:
    if kind is FactorKind.OTHER:
        asked = [each for each in devices_for_user(user) if _is_asked(each)]
        for device in asked:
            _ask(device)
        if asked:
            return
    elif SentCodeFactor.objects.filter(user=user.pk, channel=str(kind), confirmed=True).exists():
        send_code(ctx, user, kind, scope=scope)
        return
    error = FieldError("invalid", "No code is sent for this factor, or it is not set up.")
    raise InvalidInput(fields={"factor": (error,)})


def _is_asked(device: Any) -> bool:
    """Whether a device of another plug-in sends something when it is asked to."""
    return not isinstance(device, OWN) and bool(device.is_interactive())


def _ask(device: Any) -> None:
    """Have it sent, if the plug-in allows it now: nothing tells, nor whether its mail went out."""
    allowed, _ = device.generate_is_allowed()
    if not allowed:
        return
    try:
        device.generate_challenge()
    except Exception:
        logger.exception("A django-otp device of %s sent no code", type(device).__name__)
