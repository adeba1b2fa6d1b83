"""What every way to a new password has in common."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    get_default_password_validators,
    password_changed,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts import signals
from jwt_accounts.credentials.check import check_length
from jwt_accounts.errors import FieldError, InvalidInput, PasswordUnchanged
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.models import Account, PasswordHistory, UserSession
from jwt_accounts.models.accounts import written_by_flow
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext, SessionEnd
from jwt_accounts.validators import PasswordHistoryValidator, RoleRulesValidator

if TYPE_CHECKING:
    from uuid import UUID

_ALWAYS = (RoleRulesValidator, PasswordHistoryValidator, CommonPasswordValidator)


@sensitive_variables()
def check_new(password: str, user: HostUser) -> None:
    """A password that somebody chose in the place of the present one.

    Raises :class:`PasswordUnchanged`, before any rule is told, or :class:`InvalidInput`.
    """
    check_length(password)
    if check_password(password, user.password):
        raise PasswordUnchanged
    check_rules(password, user)


@sensitive_variables()
def check_rules(password: str, user: HostUser) -> None:
    """Raises :class:`InvalidInput` with every rule it breaks: those of ``AUTH_PASSWORD_VALIDATORS``
    and, where a host did not list them there, this library's own and the common passwords."""
    check_length(password)
    configured = get_default_password_validators()
    missing = [each() for each in _ALWAYS if not any(isinstance(one, each) for one in configured)]
    try:
        validate_password(password, user, [*configured, *missing])
    except ValidationError as error:
        raise InvalidInput(fields={"password": field_errors(error)}) from error


@sensitive_variables()
def store_password(
    ctx: RequestContext,
    user: HostUser,
    *,
    password: str,
    hashed: str,
    keep: UUID | None = None,
) -> None:
    """Write a password that was checked and hashed before. In the caller's transaction, with the
    user locked. ``keep`` is the one session that goes on."""
    former, user.password = user.password, hashed
    with written_by_flow(user):
        user.save(update_fields=["password"])
    password_changed(password, user)  # the host's validators may keep a history
    address = user_fields().read(user, IdentifierKind.EMAIL)
    password_was_set(ctx, user, former, address=address, keep=keep)


def password_was_set(
    ctx: RequestContext,
    user: HostUser,
    former: str,
    *,
    address: str,
    keep: UUID | None = None,
    must_change: bool = False,
) -> None:
    """Follow a new password: its age begins, the ``former`` hash is remembered, every other
    session of the user ends (ASVS 7.4.3), and ``address`` is told (ASVS 6.3.7). PINs and windows
    are bound to the former password, so they are over too.

    In the caller's transaction, after the user was saved.
    """
    Account.objects.filter(user=user.pk).update(
        password_changed_at=ctx.now,
        must_change_password=must_change,
        # Whoever guessed second factors knew the former one.
        factor_tries_today=0,
    )
    PasswordHistory.objects.remember(user.pk, former, ctx.now)
    if keep is not None:
        UserSession.objects.filter(pk=keep, password_digest=password_digest(former)).update(
            password_digest=password_digest(user.password)
        )
    end_every_session(ctx, user_id=user.pk, reason=SessionEnd.PASSWORD_CHANGED, keep=keep)
    tell(ctx, address, "password_changed")
    send = partial(signals.password_changed.send_robust, sender=type(user), user=user, ctx=ctx)
    transaction.on_commit(send, using=router.db_for_write(Account))


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Django's messages as ours."""
    return tuple(
        FieldError(each.code or "invalid", message)
        for each in error.error_list
        for message in each.messages
    )
