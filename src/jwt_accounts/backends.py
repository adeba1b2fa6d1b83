"""The authentication backend: the lockout and the second factor hold in the Django admin's log-in
form too."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import verify_password
from django.core.exceptions import PermissionDenied
from django.db import connections, router
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.clients import context_from
from jwt_accounts.conf import settings
from jwt_accounts.credentials.check import Verified, check_found, check_length
from jwt_accounts.credentials.find import find
from jwt_accounts.credentials.must_change import ChangeReason, reason_to_change
from jwt_accounts.credentials.rehash import rehash
from jwt_accounts.credentials.tries import enter, give_back
from jwt_accounts.errors import (
    AccountError,
    AccountLocked,
    AttemptsInFlight,
    CodeInvalid,
    CodesExhausted,
    EmailUnconfirmed,
    EnrolmentRequired,
    InvalidInput,
    PasswordExpired,
    SecondFactorRequired,
    WrongCredentials,
)
from jwt_accounts.models import Account
from jwt_accounts.rulebook import requires_second_factor, roles_held
from jwt_accounts.second_factors import Answer, second_factors, user_has_factor
from jwt_accounts.types import HostUser, RequestContext

if TYPE_CHECKING:
    from django.http import HttpRequest  # noqa: TID251 - the type Django's own API names

logger = logging.getLogger("jwt_accounts")

#: What a code that was sent for such a log-in is good for, and nothing else.
LOG_IN = "log-in"
_NOTED = "_jwt_accounts_refused"

#: Refusals of who knows the password.
_NOT_YET = (
    CodeInvalid,
    CodesExhausted,
    EmailUnconfirmed,
    EnrolmentRequired,
    PasswordExpired,
    SecondFactorRequired,
)


@dataclass(frozen=True, slots=True)
class RefusedLogIn:
    """Why somebody was refused whose password is right."""

    user: HostUser
    error: AccountError


class AccountBackend(ModelBackend):
    """Django's ``ModelBackend`` with this library's identifiers and lockout.

    Put it first in ``AUTHENTICATION_BACKENDS``, in the place of ``ModelBackend``. A refusal for a
    user whom this backend knows is final (``PermissionDenied``): no second backend gets to check
    the same password, so one attempt is one hash. Users without a password here, and identifiers
    nobody has, are left to the backends after it.

    Who has a second factor gives a code of it in the same call: ``authenticate(request,
    username=..., password=..., otp_token=...)``. Without one, and where a role asks for a factor
    that is not set up, the right password is refused: in every form and view that knows no code.

    A password that has expired, or that staff wants changed, is refused as everywhere: it is
    changed through the API, by a PIN or by ``manage.py changepassword``.

    Inside a caller's transaction (a log-in view under ``ATOMIC_REQUESTS``) the try is counted in
    that transaction: parallel requests wait for one another, and only a request that ends in an
    exception loses its count.
    """

    @sensitive_variables()
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        otp_token: str = "",
        **kwargs: Any,
    ) -> HostUser | None:
        """The user, or None where another backend may know better.

        ``otp_token``: a code of the second factor, under a name that Django's signal of a failed
        log-in hides. Raises ``PermissionDenied`` where the password is wrong, the account is
        locked, or the right password is not enough: :func:`refused_log_in` says why.
        """
        identifier = username or kwargs.get(get_user_model().USERNAME_FIELD)
        if not isinstance(identifier, str) or not isinstance(password, str):
            return None
        try:
            return self._check(request, identifier, password, str(otp_token or ""))
        except InvalidInput:
            return None

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        otp_token: str = "",
        **kwargs: Any,
    ) -> HostUser | None:
        """The same from asynchronous code: Django's own would check without counting."""
        check = sync_to_async(self.authenticate)
        return await check(request, username, password, otp_token, **kwargs)

    @sensitive_variables()
    def _check(
        self, request: HttpRequest | None, identifier: str, password: str, code: str
    ) -> HostUser | None:
        ctx = _context(request)
        check_length(password)
        found = find(identifier)
        if found.user is not None and not found.user.has_usable_password():
            # One hash all the same, so that the time does not tell. Nothing is counted: the
            # password is another backend's.
            verify_password(password, found.user.password)
            return None
        try:
            verified = check_found(ctx, found, password, durable=not _in_transaction())
            if not self.user_can_authenticate(verified.user):
                give_back(verified.tried)
                return None
            self._refuse_what_is_not_enough(request, ctx, verified, password, code)
            enter(verified.user.pk, by_password=True)
        except WrongCredentials as error:
            if found.user is None:
                return None
            raise PermissionDenied(error.text) from error
        except (AccountLocked, AttemptsInFlight, *_NOT_YET) as error:
            raise PermissionDenied(error.text) from error
        if verified.needs_rehash:
            rehash(verified.user, password)
        return verified.user

    @sensitive_variables()
    def _refuse_what_is_not_enough(
        self,
        request: HttpRequest | None,
        ctx: RequestContext,
        verified: Verified,
        password: str,
        code: str,
    ) -> None:
        """The order is that of ``flows/sign_in.py``: nothing else is told to who has not shown the
        second factor."""
        user, found = verified.user, verified.found
        reason = reason_to_change(ctx, verified, password)
        try:
            if settings.CONFIRMED_EMAIL_ONLY and verified.account.awaits_confirmation:
                raise EmailUnconfirmed
            if found.has_factor:
                _show_factor(ctx, user, code)
            if reason is not None:
                raise PasswordExpired
            if not found.has_factor and requires_second_factor(found.roles):
                raise EnrolmentRequired
        except _NOT_YET as error:
            # Only a whole log-in makes former failures forgotten.
            give_back(verified.tried)
            _note(request, user, error, reason if isinstance(error, PasswordExpired) else None)
            raise


def refused_log_in(request: HttpRequest | None) -> RefusedLogIn | None:
    """Why ``authenticate()`` refused in this request who knows the password; None where it did not.
    For a log-in form, which Django's ``authenticate()`` gives a None for every reason."""
    noted: RefusedLogIn | None = getattr(request, _NOTED, None)
    return noted


def must_show_factor(user: HostUser) -> bool:
    """Whether the password alone is not enough for this user."""
    return user_has_factor(user) or requires_second_factor(roles_held(user))


@sensitive_variables()
def require_factor(request: HttpRequest | None, user: HostUser, code: str) -> None:
    """Ask for the second factor of somebody whom another backend has let in by a password.

    Raises ``SecondFactorRequired``, ``CodeInvalid``, ``CodesExhausted`` or ``EnrolmentRequired``.
    """
    try:
        if user_has_factor(user):
            _show_factor(_context(request), user, code)
        elif requires_second_factor(roles_held(user)):
            raise EnrolmentRequired
    except _NOT_YET as error:
        _note(request, user, error)
        raise


@sensitive_variables()
def _show_factor(ctx: RequestContext, user: HostUser, code: str) -> None:
    factors = second_factors()
    if factors is None or not code.strip():
        raise SecondFactorRequired
    answer = Answer(code=code)
    durable = not _in_transaction()
    factors.check(ctx, user, answer, scope=LOG_IN, first=("pwd",), durable=durable)


def _note(
    request: HttpRequest | None,
    user: HostUser,
    error: AccountError,
    reason: ChangeReason | None = None,
) -> None:
    # Most forms can only say "wrong": this says why, to who reads the log.
    logger.warning("A log-in of user %s was refused: %s", user.pk, reason or error.code)
    if request is not None:
        setattr(request, _NOTED, RefusedLogIn(user, error))


def _in_transaction() -> bool:
    return connections[router.db_for_write(Account)].in_atomic_block


def _context(request: HttpRequest | None) -> RequestContext:
    if request is None:
        return RequestContext(now=timezone.now())
    return context_from(request.META)
