"""Sign in with an identifier and a password."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.hashers import check_password, make_password
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials import Verified, check_credentials
from jwt_accounts.credentials.tries import give_back
from jwt_accounts.errors import AccountError, AccountInactive, PasswordExpired, WrongCredentials
from jwt_accounts.flows.open_session import SignedIn, begin
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.policies.expiry import is_expired
from jwt_accounts.rulebook import maximum_password_age
from jwt_accounts.types import RequestContext


@sensitive_variables()
def sign_in(
    ctx: RequestContext,
    *,
    identifier: str,
    password: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> SignedIn:
    """Check who it is and open a session.

    The order of the refusals is part of the contract: ``AccountLocked`` (or ``AttemptsInFlight``),
    ``WrongCredentials``, then, told only to who knows the password, :class:`AccountInactive` and
    :class:`PasswordExpired`. Raises ``InvalidInput`` for values that cannot be checked, and
    ``RuntimeError`` inside a caller's transaction: its rollback would undo the count.
    """
    verified = check_credentials(ctx, identifier=identifier, password=password)
    refusal = _refusal(verified, ctx)
    if refusal is not None:
        give_back(verified.tried)
        raise refusal
    try:
        return _begin(ctx, verified, lifetimes, password)
    except WrongCredentials:
        # Between the check and this, another sign-in upgraded the hash or the password changed.
        return _begin(ctx, _checked_again(verified, password), lifetimes, password)


@sensitive_variables()
def _begin(
    ctx: RequestContext, verified: Verified, lifetimes: Lifetimes, password: str
) -> SignedIn:
    return begin(
        ctx,
        user=verified.user,
        account=verified.account,
        roles=verified.found.roles,
        amr=("pwd",),
        lifetimes=lifetimes,
        rehashed=make_password(password) if verified.needs_rehash else None,
    )


@sensitive_variables()
def _checked_again(verified: Verified, password: str) -> Verified:
    before = verified.user.password
    verified.user.refresh_from_db(fields=["password", "is_active"])
    present = verified.user.password
    if present == before or not verified.user.is_active or not check_password(password, present):
        raise WrongCredentials
    return replace(verified, needs_rehash=False)


def _refusal(verified: Verified, ctx: RequestContext) -> AccountError | None:
    if not verified.user.is_active:
        return AccountInactive()
    account = verified.account
    age = maximum_password_age(verified.found.roles)
    if account.must_change_password or is_expired(account.password_changed_at, age, ctx.now):
        return PasswordExpired()
    return None
