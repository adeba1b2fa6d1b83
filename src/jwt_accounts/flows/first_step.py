"""The first step of a sign-in, whatever it was, where a second one must follow: what is remembered
of it, and the token that makes the second one. It lives five minutes, is good once, opens no
session and does nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, assert_never

from jwt_accounts.credentials.challenges import issue_first, lifetime_of, secret_for
from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.credentials.targets import target_once
from jwt_accounts.errors import AccountError, EnrolmentRequired, SecondFactorRequired
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Challenge
from jwt_accounts.policies.challenges import ENROLMENT, SECOND_STEP, Purpose
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import second_factors
from jwt_accounts.types import HostUser, RequestContext, UserKey


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaRequired:
    """The first step is made, and no session is open. ``token`` makes the second one with one of
    the ``factors``, in ``expires_in`` seconds."""

    token: str = field(repr=False)
    factors: tuple[FactorKind, ...]
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaEnrolmentRequired:
    """The same where a role asks for a second factor and the user has none: ``token`` sets one up.
    Empty where this site keeps none, so that nobody comes in."""

    token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What is remembered of a first step: its methods (RFC 8176), the lifetimes its contract gives
    tokens, why the password must be changed, and what it wanted of the session."""

    methods: tuple[str, ...]
    lifetimes: Lifetimes
    reason: ChangeReason | None = None
    resume: str = ""


def require_step(
    ctx: RequestContext,
    *,
    user: HostUser,
    has_factor: bool,
    is_required: bool,
    first: FirstStep,
) -> MfaRequired | MfaEnrolmentRequired | None:
    """What must come before a session; None where nothing must. ``is_required``: whether a role
    asks for a second factor."""
    factors = second_factors()
    if has_factor and factors is not None:
        kinds = factors.kinds_of(user, first=first.methods)
        return MfaRequired(
            token=_issue(ctx, SECOND_STEP, user, first),
            factors=kinds,
            expires_in=_seconds(SECOND_STEP),
        )
    if not is_required:
        return None
    token = "" if factors is None else _issue(ctx, ENROLMENT, user, first)
    return MfaEnrolmentRequired(token=token, expires_in=_seconds(ENROLMENT))


def step_refusal(step: MfaRequired | MfaEnrolmentRequired) -> AccountError:
    """A step that must come first, as a refusal that tells how to take it."""
    known: dict[str, object] = {"challenge_token": step.token, "expires_in": step.expires_in}
    match step:
        case MfaRequired(factors=factors):
            return SecondFactorRequired(extra={**known, "factors": [str(each) for each in factors]})
        case MfaEnrolmentRequired():
            return EnrolmentRequired(extra=known if step.token else None)
        case _:
            assert_never(step)


def close_steps(ctx: RequestContext, user_id: UserKey) -> None:
    """End the sign-ins of a user that wait for a second step: who signs out everywhere means those
    too."""
    waiting = Challenge.objects.filter(
        user=user_id, purpose__in=[SECOND_STEP.name, ENROLMENT.name], used_at__isnull=True
    )
    waiting.update(used_at=ctx.now, tries_left=0)


def remembered(value: str) -> FirstStep:
    """A first step, of what its row keeps."""
    kept: dict[str, Any] = json.loads(value)
    reason = kept.get("reason")
    return FirstStep(
        methods=tuple(kept["methods"]),
        lifetimes=Lifetimes(
            access=_duration(kept.get("access")),
            refresh=_duration(kept.get("refresh")),
            rotates=kept.get("rotates", False),
            renews=kept.get("renews", False),
        ),
        reason=None if reason is None else ChangeReason(reason),
        resume=kept.get("resume", ""),
    )


def _issue(ctx: RequestContext, purpose: Purpose, user: HostUser, first: FirstStep) -> str:
    return secret_for(issue_first(target_once(purpose, user, value=_written(first)), ctx))


def _seconds(purpose: Purpose) -> int:
    return int(lifetime_of(purpose).total_seconds())


def _written(first: FirstStep) -> str:
    """As the row keeps it: short, and without what is not there."""
    lives = first.lifetimes
    kept: dict[str, Any] = {
        "methods": first.methods,
        "reason": first.reason,
        "resume": first.resume,
        "access": None if lives.access is None else lives.access.total_seconds(),
        "refresh": None if lives.refresh is None else lives.refresh.total_seconds(),
        "rotates": lives.rotates,
        "renews": lives.renews,
    }
    return json.dumps({name: value for name, value in kept.items() if value}, separators=(",", ":"))


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
