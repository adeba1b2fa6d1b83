"""The authentication backend: the lockout holds in the Django admin's log-in form too."""

from __future__ import annotations

import logging
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
from jwt_accounts.credentials.must_change import reason_to_change
from jwt_accounts.credentials.rehash import rehash
from jwt_accounts.credentials.tries import enter, give_back
from jwt_accounts.errors import (
    AccountLocked,
    AttemptsInFlight,
    InvalidInput,
    PasswordExpired,
    WrongCredentials,
)
from jwt_accounts.models import Account
from jwt_accounts.types import HostUser, RequestContext

if TYPE_CHECKING:
    from django.http import HttpRequest  # noqa: TID251 - the type Django's own API names

logger = logging.getLogger("jwt_accounts")


class AccountBackend(ModelBackend):
    """Django's ``ModelBackend`` with this library's identifiers and lockout.

    Put it first in ``AUTHENTICATION_BACKENDS``, in the place of ``ModelBackend``. A refusal for a
    user whom this backend knows is final (``PermissionDenied``): no second backend gets to check
    the same password, so one attempt is one hash. Users without a password here, and identifiers
    nobody has, are left to the backends after it.

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
        **kwargs: Any,
    ) -> HostUser | None:
        """The user, or None where another backend may know better.

        Raises ``PermissionDenied`` where the password is wrong or the account is locked.
        """
        identifier = username or kwargs.get(get_user_model().USERNAME_FIELD)
        if not isinstance(identifier, str) or not isinstance(password, str):
            return None
        try:
            return self._check(_context(request), identifier, password)
        except InvalidInput:
            return None

    async def aauthenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> HostUser | None:
        """The same from asynchronous code: Django's own would check without counting."""
        return await sync_to_async(self.authenticate)(request, username, password, **kwargs)

    @sensitive_variables()
    def _check(self, ctx: RequestContext, identifier: str, password: str) -> HostUser | None:
        check_length(password)
        found = find(identifier)
        if found.user is not None and not found.user.has_usable_password():
            # One hash all the same, so that the time does not tell. Nothing is counted: the
            # password is another backend's.
            verify_password(password, found.user.password)
            return None
        in_transaction = connections[router.db_for_write(Account)].in_atomic_block
        try:
            verified = check_found(ctx, found, password, durable=not in_transaction)
            self._refuse_what_must_change(ctx, verified, password)
            enter(verified.user.pk, by_password=True)
        except WrongCredentials as error:
            if found.user is None:
                return None
            raise PermissionDenied(error.text) from error
        except (AccountLocked, AttemptsInFlight, PasswordExpired) as error:
            raise PermissionDenied(error.text) from error
        if verified.needs_rehash:
            rehash(verified.user, password)
        return verified.user if self.user_can_authenticate(verified.user) else None

    @sensitive_variables()
    def _refuse_what_must_change(
        self, ctx: RequestContext, verified: Verified, password: str
    ) -> None:
        reason: str | None = reason_to_change(ctx, verified, password)
        if settings.CONFIRMED_EMAIL_ONLY and verified.account.awaits_confirmation:
            reason = "unconfirmed"
        if reason is None:
            return
        give_back(verified.tried)
        # The form can only say "wrong": this says why, to who reads the log.
        logger.warning("A log-in of user %s was refused: %s", verified.user.pk, reason)
        raise PasswordExpired


def _context(request: HttpRequest | None) -> RequestContext:
    if request is None:
        return RequestContext(now=timezone.now())
    return context_from(request.META)
