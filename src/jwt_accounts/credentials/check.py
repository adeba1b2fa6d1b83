"""Check a password: one look-up, one reserved try, one hash."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, verify_password
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import PASSWORD_MAX_LENGTH
from jwt_accounts.credentials.find import Found, find
from jwt_accounts.credentials.tries import Try, fail, reserve
from jwt_accounts.errors import FieldError, InvalidInput, WrongCredentials
from jwt_accounts.models import Account
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True)
class Verified:
    """The password is right. The try is still taken: who goes on gives it back."""

    user: HostUser
    account: Account
    tried: Try
    needs_rehash: bool

    @property
    def found(self) -> Found:
        """Whom the identifier means, with the roles."""
        return self.tried.found


@sensitive_variables()
def check_credentials(ctx: RequestContext, *, identifier: str, password: str) -> Verified:
    """Check a password that somebody typed.

    Raises :class:`InvalidInput` (no identifier can be such a text, or the password is too long to
    be hashed), ``AccountLocked``, ``AttemptsInFlight`` or :class:`WrongCredentials`; and
    ``RuntimeError`` inside a caller's transaction, whose rollback would undo the count.
    """
    check_length(password)
    return check_found(ctx, find(identifier), password)


@sensitive_variables()
def check_found(
    ctx: RequestContext, found: Found, password: str, *, durable: bool = True
) -> Verified:
    """The same for somebody who was looked up already. ``durable=False`` counts in the caller's
    transaction, if there is one."""
    if found.user is not None and found.account is None:
        found = replace(found, account=Account.objects.adopt(found.user))
    tried = reserve(found, ctx, durable=durable)
    # An unusable hash makes Django hash once all the same: nobody costs as much as somebody.
    encoded = UNUSABLE_PASSWORD_PREFIX if found.user is None else found.user.password
    is_right, needs_rehash = verify_password(password, encoded)
    if not is_right or found.user is None or found.account is None:
        fail(tried, ctx)
        raise WrongCredentials
    return Verified(user=found.user, account=found.account, tried=tried, needs_rehash=needs_rehash)


@sensitive_variables()
def check_length(password: str) -> None:
    """Refuse what is too long before it is hashed. Raises :class:`InvalidInput`."""
    if len(password) > PASSWORD_MAX_LENGTH:
        message = f"A password has at most {PASSWORD_MAX_LENGTH} characters."
        raise InvalidInput(fields={"password": (FieldError("max_length", message),)})
