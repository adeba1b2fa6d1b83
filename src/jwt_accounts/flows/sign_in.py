"""Sign in with an identifier and a password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import assert_never

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ObjectDoesNotExist
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials import Verified, check_credentials
from jwt_accounts.credentials.challenges import change_of, open_at_once, secret_for
from jwt_accounts.credentials.must_change import ChangeReason, reason_to_change
from jwt_accounts.credentials.tries import fail, give_back
from jwt_accounts.errors import (
    AccountError,
    AccountInactive,
    EmailUnconfirmed,
    PasswordExpired,
    WrongCredentials,
)
from jwt_accounts.flows.open_session import SignedIn, begin
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.models import Challenge, UserSession
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.types import RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequired:
    """The password is right and may not be used any more. No session is open.

    ``secret`` sets a new password (``flows/reset_password.py``) and does nothing else; it holds
    for ``expires_in`` seconds. None where the contract has no use for it.
    """

    reason: ChangeReason
    secret: str | None = field(default=None, repr=False)
    expires_in: int = int(CHANGE_LIFETIME.total_seconds())


@sensitive_variables()
def sign_in(
    ctx: RequestContext,
    *,
    identifier: str,
    password: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    gives_change_token: bool = False,
    confirmed_only: bool = False,
    enter: Callable[[UserSession], None] | None = None,
) -> SignedIn | ChangeRequired:
    """Check who it is and open a session, or say that the password must be changed first.

    The order of the refusals is part of the contract: ``AccountLocked`` (or ``AttemptsInFlight``),
    ``WrongCredentials``, then, told only to who knows the password, :class:`AccountInactive` and
    :class:`EmailUnconfirmed` (``confirmed_only``, or ``CONFIRMED_EMAIL_ONLY``).
    ``enter`` is called with the new session in the transaction that writes it. It may refuse it by
    an ``AccountError``: nothing is written then, and :class:`WrongCredentials` counts as a wrong
    password does.
    Raises ``InvalidInput`` for values that cannot be checked, and ``RuntimeError`` inside a
    caller's transaction: its rollback would undo the count.
    """
    verified = check_credentials(ctx, identifier=identifier, password=password)
    if not verified.user.is_active:
        give_back(verified.tried)
        raise AccountInactive
    if verified.account.awaits_confirmation and (confirmed_only or settings.CONFIRMED_EMAIL_ONLY):
        give_back(verified.tried)
        raise EmailUnconfirmed
    reason = reason_to_change(ctx, verified, password)
    if reason is not None:
        give_back(verified.tried)
        secret = _open_change(ctx, verified) if gives_change_token else None
        return ChangeRequired(reason=reason, secret=secret)
    try:
        return _begin_at_last(ctx, verified, lifetimes, password, enter)
    except _TurnedAwayError as turned:
        if isinstance(turned.refusal, WrongCredentials):
            fail(verified.tried, ctx)
        else:
            give_back(verified.tried)
        raise turned.refusal from turned


def require_session(result: SignedIn | ChangeRequired) -> SignedIn:
    """For contracts that know nothing between a right password and the tokens.

    Raises :class:`PasswordExpired`.
    """
    match result:
        case SignedIn():
            return result
        case ChangeRequired():
            raise PasswordExpired
        case _:
            assert_never(result)


class _TurnedAwayError(Exception):
    """Who was let in by the password is refused by ``enter``."""

    def __init__(self, refusal: AccountError) -> None:
        self.refusal = refusal
        super().__init__()


@sensitive_variables()
def _begin_at_last(
    ctx: RequestContext,
    verified: Verified,
    lifetimes: Lifetimes,
    password: str,
    enter: Callable[[UserSession], None] | None,
) -> SignedIn:
    def admitted(session: UserSession) -> None:
        try:
            if enter is not None:
                enter(session)
        except AccountError as refusal:
            raise _TurnedAwayError(refusal) from refusal

    try:
        return _begin(ctx, verified, lifetimes, password, admitted)
    except WrongCredentials:
        # Between the check and this, another sign-in upgraded the hash or the password changed.
        return _begin(ctx, _checked_again(verified, password), lifetimes, password, admitted)


@sensitive_variables()
def _begin(
    ctx: RequestContext,
    verified: Verified,
    lifetimes: Lifetimes,
    password: str,
    enter: Callable[[UserSession], None],
) -> SignedIn:
    return begin(
        ctx,
        user=verified.user,
        account=verified.account,
        roles=verified.found.roles,
        amr=("pwd",),
        lifetimes=lifetimes,
        rehashed=make_password(password) if verified.needs_rehash else None,
        enter_session=enter,
    )


@sensitive_variables()
def _checked_again(verified: Verified, password: str) -> Verified:
    before = verified.user.password
    try:
        verified.user.refresh_from_db(fields=["password", "is_active"])
    except ObjectDoesNotExist as error:  # deleted a moment ago
        raise WrongCredentials from error
    present = verified.user.password
    if present == before or not verified.user.is_active or not check_password(password, present):
        raise WrongCredentials
    return replace(verified, needs_rehash=False)


def _open_change(ctx: RequestContext, verified: Verified) -> str | None:
    with transaction.atomic(using=router.db_for_write(Challenge)):
        opened = open_at_once(change_of(verified.user), ctx, CHANGE_LIFETIME)
    return None if opened is None else secret_for(opened)
