"""Change one's own password, knowing the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.check import check_length
from jwt_accounts.credentials.tries import enter, give_back
from jwt_accounts.errors import AccountError, FieldError, InvalidInput
from jwt_accounts.flows.own_password import check_own_password, wrong_password
from jwt_accounts.flows.presence import require_both_factors, require_presence_of_second
from jwt_accounts.flows.set_password import check_new, store_password
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.sessions import is_recent, used_password
from jwt_accounts.types import EventKind, HostUser, RequestContext

if TYPE_CHECKING:
    from uuid import UUID

    from jwt_accounts.models import UserSession


@sensitive_variables()
def change_password(
    ctx: RequestContext,
    *,
    user: HostUser,
    current: str,
    new: str,
    keep: UUID | None = None,
    session: UserSession | None = None,
) -> None:
    """Set a password in the place of one that is known (ASVS 6.2.3). All sessions but ``keep``
    end. A wrong present password counts like one at sign-in. ``session``: that of who asks, whose
    second factor, where there is one, must have been shown a moment ago.

    Raises :class:`InvalidInput` naming ``current_password`` or ``password``, ``PasswordUnchanged``,
    ``AccountLocked``, ``AttemptsInFlight``, ``ReauthenticationRequired``, and ``RuntimeError``
    inside a caller's transaction.
    """
    require_presence_of_second(ctx, session)
    check_length(new)
    verified = check_own_password(ctx, user, current)
    try:
        check_new(new, verified.user)
        _store(ctx, verified.user, new, keep)
    except AccountError:
        give_back(verified.tried)
        raise


@sensitive_variables()
def change_password_just_signed_in(ctx: RequestContext, *, session: UserSession, new: str) -> None:
    """The same for who typed the present one a moment ago, at the sign-in of ``session``, which
    goes on; for contracts whose clients do not ask for it again.

    Raises :class:`InvalidInput` naming ``current_password``, as required, where that is longer ago
    than ``RECENT_SIGN_IN`` allows; else the same errors.
    """
    user = session.user
    if not used_password(session.methods) or not is_recent(
        session.auth_time, ctx.now, settings.RECENT_SIGN_IN
    ):
        missing = FieldError("required", "This field is required.")
        raise InvalidInput(fields={"current_password": (missing,)})
    require_both_factors(session)
    check_length(new)
    check_new(new, user)
    _store(ctx, user, new, session.pk)


@sensitive_variables()
def _store(ctx: RequestContext, checked: HostUser, new: str, keep: UUID | None) -> None:
    # Hashing takes long: not while rows are locked.
    hashed = make_password(new)
    with transaction.atomic(using=router.db_for_write(Account), durable=True):
        present = lock_users(checked.pk).get(checked.pk)
        if present is None or not present.is_active or present.password != checked.password:
            # Another request was first: what was typed is not the present one.
            raise wrong_password()
        store_password(ctx, present, password=new, hashed=hashed, keep=keep)
        enter(checked.pk)
        SecurityEvent.objects.record(EventKind.PASSWORD_CHANGED, ctx, user_id=checked.pk)
