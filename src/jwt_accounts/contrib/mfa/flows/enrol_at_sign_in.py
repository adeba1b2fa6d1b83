"""Set up the second factor that a role asks for, by who has just typed the password: the last step
of that sign-in."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.mfa.flows import enrol
from jwt_accounts.contrib.mfa.flows.factors import FactorSummary
from jwt_accounts.errors import ChallengeInvalid
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.second_step import (
    ChangeRequired,
    PendingStep,
    finish,
    read_step,
    reserve_try,
)
from jwt_accounts.policies.challenges import ENROLMENT
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The factor is there, and the sign-in came to its end."""

    added: enrol.FactorAdded = field(repr=False)
    result: SignedIn | ChangeRequired


@sensitive_variables()
def begin_totp(ctx: RequestContext, *, token: str, name: str = "") -> enrol.TotpStarted:
    """See ``enrol.begin_totp``. Raises ``ChallengeInvalid`` too."""
    step = _read(ctx, token)
    return enrol.begin_totp(ctx, user=step.user, session=None, name=name)


@sensitive_variables()
def begin_sent_code(
    ctx: RequestContext, *, token: str, channel: FactorKind, name: str = ""
) -> FactorSummary:
    """See ``enrol.begin_sent_code``. Raises ``ChallengeInvalid`` too."""
    step = _read(ctx, token)
    return enrol.begin_sent_code(ctx, user=step.user, session=None, channel=channel, name=name)


@sensitive_variables()
def confirm_factor(ctx: RequestContext, *, token: str, factor_id: str, code: str) -> Enrolled:
    """See ``enrol.confirm_factor``; then the session is opened. Raises ``ChallengeInvalid`` too."""
    step = _read(ctx, token)
    reserve_try(step)
    added = enrol.confirm_factor(ctx, user=step.user, session=None, factor_id=factor_id, code=code)
    return Enrolled(added=added, result=finish(ctx, step, added.factor.kind))


@sensitive_variables()
def _read(ctx: RequestContext, token: str) -> PendingStep:
    """The step, while the password is still all there is."""
    step = read_step(ctx, token, ENROLMENT)
    if user_has_factor(step.user):
        raise ChallengeInvalid
    return step
