"""Sign in with an identifier and a password."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias, assert_never

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ObjectDoesNotExist
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials import Verified, check_credentials
from jwt_accounts.credentials.must_change import reason_to_change
from jwt_accounts.credentials.tries import fail, give_back
from jwt_accounts.errors import (
    AccountError,
    AccountInactive,
    AccountLocked,
    EmailUnconfirmed,
    PasswordExpired,
    WrongCredentials,
)
from jwt_accounts.flows.first_step import (
    FirstStep,
    MfaEnrolmentRequired,
    MfaRequired,
    require_step,
    step_refusal,
)
from jwt_accounts.flows.open_session import SignedIn, begin
from jwt_accounts.flows.second_step import ChangeRequired, open_change
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.models import UserSession
from jwt_accounts.rulebook import requires_second_factor
from jwt_accounts.types import RequestContext

__all__ = [
    "ChangeRequired",
    "MfaEnrolmentRequired",
    "MfaRequired",
    "SignInResult",
    "SignedIn",
    "require_session",
    "sign_in",
    "step_refusal",
]

_BY_PASSWORD: Final = ("pwd",)

#: What a sign-in comes to.
SignInResult: TypeAlias = SignedIn | ChangeRequired | MfaRequired | MfaEnrolmentRequired


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
    resume: str = "",
) -> SignInResult:
    """Check who it is and open a session, or say what must come first: a second factor, its
    set-up, a new password. Who has a second factor proves it before anything else is told.

    The order of the refusals is part of the contract: ``AccountLocked`` (or ``AttemptsInFlight``),
    ``WrongCredentials``, then, told only to who knows the password, :class:`AccountInactive` and
    :class:`EmailUnconfirmed` (``confirmed_only``, or ``CONFIRMED_EMAIL_ONLY``).
    ``enter`` is called with the new session in the transaction that writes it. It may refuse it by
    an ``AccountError``: nothing is written then, and :class:`WrongCredentials` counts as a wrong
    password does. It is not called where a second step follows: ``resume`` says then what to do
    (see ``second_step.session_resumers``).
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
    if reason is not None and not verified.found.has_factor:
        give_back(verified.tried)
        secret = open_change(ctx, verified.user) if gives_change_token else None
        return ChangeRequired(reason=reason, secret=secret)
    step = require_step(
        ctx,
        user=verified.user,
        has_factor=verified.found.has_factor,
        is_required=requires_second_factor(verified.found.roles),
        first=FirstStep(_BY_PASSWORD, lifetimes, reason, resume),
    )
    if step is not None:
        # Only a whole sign-in makes former failures forgotten.
        give_back(verified.tried)
        return step
    return _open(ctx, verified, lifetimes, password, enter)


def require_session(result: SignInResult) -> SignedIn:
    """For contracts that know nothing between a right password and the tokens.

    Raises :class:`PasswordExpired`, or ``SecondFactorRequired`` and ``EnrolmentRequired``, which
    tell what the canonical second step needs.
    """
    match result:
        case SignedIn():
            return result
        case ChangeRequired():
            raise PasswordExpired
        case MfaRequired() | MfaEnrolmentRequired():
            raise step_refusal(result)
        case _:
            assert_never(result)


class _TurnedAwayError(Exception):
    """Who was let in by the password is refused by ``enter``."""

    def __init__(self, refusal: AccountError) -> None:
        self.refusal = refusal
        super().__init__()


@sensitive_variables()
def _open(
    ctx: RequestContext,
    verified: Verified,
    lifetimes: Lifetimes,
    password: str,
    enter: Callable[[UserSession], None] | None,
) -> SignedIn:
    try:
        return _begin_at_last(ctx, verified, lifetimes, password, enter)
    except _TurnedAwayError as turned:
        if isinstance(turned.refusal, WrongCredentials):
            fail(verified.tried, ctx)
        else:
            give_back(verified.tried)
        raise turned.refusal from turned
    except (AccountLocked, PasswordExpired, WrongCredentials):
        raise
    except Exception:
        # No room for a session, no key that signs, a hook of the host's that fails: nobody is
        # locked out for having tried meanwhile.
        give_back(verified.tried)
        raise


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
        amr=_BY_PASSWORD,
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
