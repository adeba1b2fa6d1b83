"""Recovery, the third step, and the change of an expired password: a new password is set in an
open window."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import router, transaction
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import (
    client_of,
    is_right_secret,
    key_in,
    reserve_window,
    use_window,
)
from jwt_accounts.credentials.owner import find_owner
from jwt_accounts.credentials.targets import is_still_theirs, proved_by, target_of
from jwt_accounts.credentials.tries import enter
from jwt_accounts.errors import AccountLocked, ResetExpired, ResetInvalid
from jwt_accounts.flows.prove import prove, reclaim
from jwt_accounts.flows.set_password import check_new, store_password
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.models.userfields import lock_users, user_model
from jwt_accounts.policies.challenges import (
    INVITATION,
    PASSWORD_CHANGE,
    RECOVERY,
    RESET_LINK,
)
from jwt_accounts.policies.recovery import Window, WindowVerdict, judge_window
from jwt_accounts.rights import holds_power
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, UserKey


@sensitive_variables()
def reset_password(ctx: RequestContext, *, secret: str, password: str) -> None:
    """Set a password by the secret of a verified PIN, of a link (``request_link.py``,
    ``invite.py``), or of a sign-in with an expired password. Ends every session, PIN and window of
    the user and the lock of wrong passwords; confirms the address that the secret went to.

    Raises :class:`ResetInvalid`, :class:`ResetExpired`, ``PasswordUnchanged`` or ``InvalidInput``
    (the window stays open, three times), and ``RuntimeError`` inside a caller's transaction.
    """
    row = Challenge.objects.filter(pk=key_in(secret), purpose__in=_SETS_PASSWORD).first()
    user = None if row is None else _user_of(row)
    if row is None or user is None:
        raise ResetInvalid
    _reset(ctx, row, user, password, secret=is_right_secret(row, secret))


@sensitive_variables()
def reset_password_of(
    ctx: RequestContext,
    *,
    kind: IdentifierKind,
    value: str,
    secret: str | None,
    password: str,
) -> None:
    """The same for a contract whose client names the account again and may have no place for the
    secret: ``RECOVERY_BINDING`` says whether that will do. Raises the same errors."""
    owner = find_owner(kind, value)
    target = target_of(owner)
    row = Challenge.objects.filter(pk=target.key, binding=target.binding).first()
    if row is None or row.user_id is None or owner.user is None:
        raise ResetInvalid
    right = None if secret is None else is_right_secret(row, secret)
    _reset(ctx, row, owner.user, password, secret=right)


@sensitive_variables()
def _reset(
    ctx: RequestContext, row: Challenge, user: HostUser, password: str, *, secret: bool | None
) -> None:
    tokenless = settings.RECOVERY_BINDING == "tokenless"
    # Looked up only where it decides, so that the work done tells nothing of who there is.
    same_client = bool(row.client) and constant_time_compare(row.client, client_of(ctx))
    asks_unbound = tokenless and secret is None and same_client and row.opened_at is not None
    window = Window(
        is_open=row.opened_at is not None,
        is_used=row.used_at is not None,
        is_expired=row.expires_at <= ctx.now,
        tries_left=row.tries_left,
        secret=secret,
        same_client=same_client,
        is_privileged=asks_unbound and (holds_power(user) or user_has_factor(user)),
    )
    verdict = judge_window(window, tokenless=tokenless)
    if verdict is WindowVerdict.EXPIRED:
        raise ResetExpired
    if verdict is WindowVerdict.CLOSED:
        if window.is_open and not window.is_used and not window.is_expired:
            # Somebody has verified a PIN, and this is not who did.
            SecurityEvent.objects.record(EventKind.RECOVERY_REFUSED, ctx, user_id=user.pk)
        raise ResetInvalid
    alias = router.db_for_write(Challenge)
    with transaction.atomic(using=alias, durable=True):
        reserved = reserve_window(row)
    if not reserved:
        raise ResetInvalid
    check_new(password, user)
    # Hashing takes long: not while rows are locked.
    hashed = make_password(password)
    with transaction.atomic(using=alias, durable=True):
        present = lock_users(user.pk).get(user.pk)
        account = Account.objects.filter(user=user.pk).first()
        if present is None or account is None or not present.is_active:
            raise ResetInvalid
        if not is_still_theirs(row, present, account) or not use_window(row, ctx):
            raise ResetInvalid
        _prove(ctx, row, present, account)
        store_password(ctx, present, password=password, hashed=hashed)
        _enter(user.pk)
        SecurityEvent.objects.record(_EVENTS[row.purpose], ctx, user_id=user.pk)


def _prove(ctx: RequestContext, row: Challenge, user: HostUser, account: Account) -> None:
    """Who got the PIN or the link has the mailbox, or the telephone. Before the password changes:
    what the challenge is bound to includes the former one."""
    kind = proved_by(row, user, account)
    if kind is IdentifierKind.EMAIL and account.is_unproved(kind):
        reclaim(ctx, user, account)
    prove(ctx, user, account, kind)


_EVENTS = {
    PASSWORD_CHANGE.name: EventKind.PASSWORD_CHANGED,
    RECOVERY.name: EventKind.PASSWORD_RECOVERED,
    RESET_LINK.name: EventKind.PASSWORD_RECOVERED,
    INVITATION.name: EventKind.PASSWORD_CHANGED,
}
_SETS_PASSWORD = tuple(_EVENTS)


def _enter(user_id: UserKey) -> None:
    """End the lock of wrong passwords. Staff may have locked the account a moment ago."""
    try:
        enter(user_id)
    except AccountLocked as error:
        raise ResetInvalid from error


def _user_of(row: Challenge) -> HostUser | None:
    """The row's user, if it may set a password still."""
    if row.user_id is None:
        return None
    users = user_model()._default_manager.select_related("jwt_account")
    user = users.filter(pk=row.user_id, is_active=True).first()
    account: Account | None = getattr(user, "jwt_account", None)
    if user is None or account is None or account.staff_locked_at is not None:
        return None
    return user if is_still_theirs(row, user, account) else None
