"""The second step of a sign-in: a factor is proved to the token that the first step gave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials.challenges import (
    is_right_secret,
    key_in,
    open_at_once,
    reserve_window,
    secret_for,
    use_link,
)
from jwt_accounts.credentials.must_change import ChangeReason, reason_of_age
from jwt_accounts.credentials.targets import change_of, is_still_theirs
from jwt_accounts.credentials.tries import refuse_locked
from jwt_accounts.errors import ChallengeInvalid
from jwt_accounts.flows.first_step import FirstStep, remembered
from jwt_accounts.flows.open_session import SignedIn, begin
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.policies.challenges import SECOND_STEP, Purpose
from jwt_accounts.policies.mfa import FactorKind, with_factor
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.policies.sessions import used_password
from jwt_accounts.rulebook import RoleRow, roles_held
from jwt_accounts.second_factors import Answer, second_factors
from jwt_accounts.types import HostUser, RequestContext

#: What goes on where a first step wanted something of its session: by the word before the colon in
#: ``resume``, a function of the session and the rest, called in the transaction that opens it.
session_resumers: Final[dict[str, Callable[[UserSession, str], None]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequired:
    """The password is right and may not be used any more. No session is open.

    ``secret`` sets a new password (``flows/reset_password.py``) and does nothing else; it holds
    for ``expires_in`` seconds. None where the contract has no use for it.
    """

    reason: ChangeReason
    secret: str | None = field(default=None, repr=False)
    expires_in: int = int(CHANGE_LIFETIME.total_seconds())


@dataclass(frozen=True, slots=True)
class PendingStep:
    """A second step that somebody is about to make."""

    row: Challenge
    user: HostUser
    account: Account
    first: FirstStep


@sensitive_variables()
def take_second_step(
    ctx: RequestContext, *, token: str, answer: Answer
) -> SignedIn | ChangeRequired:
    """Make the second step: open the session, or say that the password must be changed first.

    Raises :class:`ChallengeInvalid`, ``CodeInvalid``, ``CodesExhausted``, ``AccountLocked`` where
    the account was locked between the steps, and ``RuntimeError`` inside a caller's transaction.
    """
    step = read_step(ctx, token, SECOND_STEP)
    factors = second_factors()
    if factors is None:
        raise ChallengeInvalid
    reserve_try(step)
    kind = factors.check(ctx, step.user, answer, scope=step.row.pk, first=step.first.methods)
    return finish(ctx, step, kind)


@sensitive_variables()
def read_step(ctx: RequestContext, token: str, purpose: Purpose) -> PendingStep:
    """The step a challenge token stands for. Raises :class:`ChallengeInvalid`, or
    ``AccountLocked``."""
    row = Challenge.objects.filter(pk=key_in(token), purpose=purpose.name).first()
    if row is None or not is_right_secret(row, token):
        raise ChallengeInvalid
    account = Account.objects.select_related("user").filter(user=row.user_id).first()
    if account is None or not account.user.is_active:
        raise ChallengeInvalid
    user: HostUser = account.user
    is_over = row.used_at is not None or row.expires_at <= ctx.now or row.tries_left < 1
    if is_over or not is_still_theirs(row, user, account):
        raise ChallengeInvalid
    first = remembered(row.value)
    if account.staff_locked_at is not None or used_password(first.methods):
        # The lock of wrong passwords guards the password, and is nothing to who used none.
        refuse_locked(account, ctx)
    return PendingStep(row, user, account, first)


def reserve_try(step: PendingStep) -> None:
    """Take one of the step's tries, and commit it. Raises :class:`ChallengeInvalid`."""
    with transaction.atomic(using=router.db_for_write(Challenge), durable=True):
        reserved = reserve_window(step.row)
    if not reserved:
        raise ChallengeInvalid


def finish(ctx: RequestContext, step: PendingStep, kind: FactorKind) -> SignedIn | ChangeRequired:
    """The second factor is proved: the step is used, once, by what follows from it."""
    roles = roles_held(step.user)
    reason = step.first.reason
    if reason is None and used_password(step.first.methods):
        reason = reason_of_age(ctx, step.account, roles)
    if reason is not None:
        return _open_change(ctx, step, reason)
    return _begin(ctx, step, roles, with_factor(step.first.methods, kind))


def open_change(ctx: RequestContext, user: HostUser) -> str | None:
    """The secret that sets a new password, for who has just proved to be the user."""
    with transaction.atomic(using=router.db_for_write(Challenge)):
        opened = open_at_once(change_of(user), ctx, CHANGE_LIFETIME)
    return None if opened is None else secret_for(opened)


def _open_change(ctx: RequestContext, step: PendingStep, reason: ChangeReason) -> ChangeRequired:
    if not use_link(step.row, ctx):
        raise ChallengeInvalid
    return ChangeRequired(reason=reason, secret=open_change(ctx, step.user))


def _begin(
    ctx: RequestContext,
    step: PendingStep,
    roles: tuple[RoleRow, ...],
    methods: Sequence[str],
) -> SignedIn:
    def enter(session: UserSession) -> None:
        if not use_link(step.row, ctx):
            raise ChallengeInvalid
        word, _, rest = step.first.resume.partition(":")
        if word in session_resumers:
            session_resumers[word](session, rest)

    return begin(
        ctx,
        user=step.user,
        account=step.account,
        roles=roles,
        amr=methods,
        lifetimes=step.first.lifetimes,
        rehashed=None,
        enter_session=enter,
    )
