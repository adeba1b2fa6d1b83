"""What every way to a new password has in common."""

from __future__ import annotations

from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import PASSWORD_MAX_LENGTH
from jwt_accounts.errors import FieldError, InvalidInput
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.models import Account, PasswordHistory
from jwt_accounts.types import HostUser, RequestContext, SessionEnd

#: Former passwords that are kept per user: no rule asks for more.
_REMEMBERED = 24


@sensitive_variables()
def check_rules(password: str, user: HostUser) -> None:
    """Raises :class:`InvalidInput` with every rule of ``AUTH_PASSWORD_VALIDATORS`` it breaks."""
    if len(password) > PASSWORD_MAX_LENGTH:
        message = f"A password has at most {PASSWORD_MAX_LENGTH} characters."
        raise InvalidInput(fields={"password": (FieldError("max_length", message),)})
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(fields={"password": field_errors(error)}) from error


def password_was_set(ctx: RequestContext, user: HostUser, former: str) -> None:
    """Follow a new password: its age begins, the ``former`` hash is remembered and every session
    of the user ends (ASVS 7.4.3). In the caller's transaction, after the user was saved."""
    Account.objects.filter(user=user.pk).update(
        password_changed_at=ctx.now, must_change_password=False
    )
    if former and is_password_usable(former):
        _remember(ctx, user, former)
    end_every_session(ctx, user_id=user.pk, reason=SessionEnd.PASSWORD_CHANGED)


def _remember(ctx: RequestContext, user: HostUser, former: str) -> None:
    PasswordHistory.objects.create(user=user, password=former, replaced_at=ctx.now)
    newest_first = PasswordHistory.objects.filter(user=user).order_by("-replaced_at", "-pk")
    surplus = list(newest_first.values_list("pk", flat=True)[_REMEMBERED:])
    if surplus:
        PasswordHistory.objects.filter(pk__in=surplus).delete()


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Django's messages as ours."""
    return tuple(
        FieldError(each.code or "invalid", message)
        for each in error.error_list
        for message in each.messages
    )
