"""Show that an address is one's own: by the link in the message, or by its code."""

from __future__ import annotations

from django.db import IntegrityError, router, transaction

from jwt_accounts.credentials.challenges import (
    code_has_expired,
    is_right_pin,
    is_right_secret,
    issue,
    key_in,
    reserve_pin,
    use_link,
)
from jwt_accounts.credentials.free import squatters, taken_error
from jwt_accounts.credentials.owner import Owner, find_owner
from jwt_accounts.credentials.targets import (
    CHANGES,
    Target,
    is_still_theirs,
    key_for,
    proved_by,
    target_for,
    target_for_nobody,
)
from jwt_accounts.errors import (
    AlreadyConfirmed,
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    PinExpired,
    PinInvalid,
)
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.flows.prove import prove
from jwt_accounts.flows.replace_identifier import replace_identifier
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.userfields import copy_of, lock_users
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CONFIRM_EMAIL,
)
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_EMAIL = IdentifierKind.EMAIL


def confirm_email(ctx: RequestContext, *, token: str) -> HostUser:
    """Follow a link: confirm the address of a registration, or put a new one in the place of the
    present one. Nobody is signed in by it, and whom staff disabled stays so.

    Raises :class:`LinkInvalid`; to who has the right link also :class:`LinkExpired`,
    :class:`AlreadyConfirmed`, or ``InvalidInput`` where the new address was taken meanwhile.
    """
    purposes = (CONFIRM_EMAIL.name, CHANGE_EMAIL.name)
    row = Challenge.objects.filter(pk=key_in(token), purpose__in=purposes).first()
    if row is None or not is_right_secret(row, token):
        raise LinkInvalid
    if row.used_at is None and row.expires_at <= ctx.now:
        raise LinkExpired
    return _confirm(ctx, row)


def confirm_email_by_code(ctx: RequestContext, *, email: str, code: str) -> HostUser:
    """The same by the code, for who registered with an address. A try is taken and committed
    before anything is compared.

    Raises ``InvalidInput``, :class:`PinInvalid`, :class:`PinExpired` (told only to who knows the
    code), and ``RuntimeError`` inside a caller's transaction.
    """
    return _confirm_by_code(ctx, _target(find_owner(_EMAIL, email)).key, code)


def confirm_change_by_code(
    ctx: RequestContext, *, user: HostUser, kind: IdentifierKind, code: str
) -> HostUser:
    """Put the new address, or number, in the place of the present one. Raises the same errors, and
    ``InvalidInput`` where somebody else took it meanwhile."""
    purpose = CHANGE_EMAIL if kind is _EMAIL else CHANGE_PHONE
    return _confirm_by_code(ctx, key_for(purpose, user.pk), code)


def resend_confirmation(
    ctx: RequestContext,
    *,
    email: str,
    link: str = "",
    code: bool = True,
    registered_only: bool = False,
) -> None:
    """Send the message again, with a new code and link; not within ``RESEND_COOLDOWN``. Nothing
    tells whether anything was sent. ``registered_only``: not to whom the host or staff made, who
    was never asked. Raises ``InvalidInput`` for what can be no address."""
    target = _target(find_owner(_EMAIL, email), registered_only=registered_only)
    with transaction.atomic(using=router.db_for_write(Challenge)):
        issued = issue(target, ctx)
        if issued is not None:  # a row of nobody is sent to nobody
            send_challenge(issued, link, code=code)


def _target(owner: Owner, *, registered_only: bool = False) -> Target:
    """Of nobody, where there is nothing to confirm: the same work is done."""
    if owner.user is None or not _needs_confirmation(owner, registered_only=registered_only):
        return target_for_nobody(CONFIRM_EMAIL, to=owner.copy)
    return target_for(CONFIRM_EMAIL, owner.user, to=owner.copy)


def _needs_confirmation(owner: Owner, *, registered_only: bool) -> bool:
    user, account = owner.user, owner.account
    if user is None or account is None or not user.is_active:
        return False
    if account.staff_locked_at is not None or account.email_is_confirmed:
        return False
    return account.awaits_confirmation or not registered_only


def _confirm_by_code(ctx: RequestContext, key: str, code: str) -> HostUser:
    row = Challenge.objects.filter(pk=key, used_at__isnull=True).first()
    if row is None:
        raise PinInvalid
    with transaction.atomic(using=router.db_for_write(Challenge), durable=True):
        reserved = reserve_pin(row, ctx)
    # The code of a row that belongs to nobody was sent to nobody; it is compared all the same.
    if not reserved or not is_right_pin(row, code) or row.user_id is None:
        raise PinInvalid
    if code_has_expired(row, ctx.now):
        raise PinExpired
    try:
        return _confirm(ctx, row)
    except (LinkInvalid, AlreadyConfirmed) as error:
        raise PinInvalid from error


def _confirm(ctx: RequestContext, row: Challenge) -> HostUser:
    changed = CHANGES.get(row.purpose)
    # Who only claimed it has to give it up to who proves it.
    rivals = squatters(changed, row.value, except_user=row.user_id) if changed else []
    try:
        with transaction.atomic(using=router.db_for_write(Account)):
            user = lock_users(row.user_id, *rivals).get(row.user_id)
            account = Account.objects.filter(user=row.user_id).first()
            if user is None or account is None or not user.is_active:
                raise LinkInvalid
            kind = _use(ctx, row, user, account)
            if changed is not None:
                replace_identifier(ctx, user, account, changed, row.value, rivals)
            prove(ctx, user, account, kind)
    except IntegrityError as error:
        if changed is None:
            raise
        raise InvalidInput(fields={str(changed): taken_error(changed)}) from error
    return user


def _use(
    ctx: RequestContext, row: Challenge, user: HostUser, account: Account
) -> IdentifierKind | None:
    """Use the link up; what it proves. One that was used did what it was for, or staff ended it."""
    if row.used_at is None:
        if account.staff_locked_at is not None or not is_still_theirs(row, user, account):
            raise LinkInvalid
        if use_link(row, ctx):
            return proved_by(row, user, account)
    raise AlreadyConfirmed if _is_so(row, account) else LinkInvalid


def _is_so(row: Challenge, account: Account) -> bool:
    """Whether the address that a link is for is the account's, and confirmed: a link that was
    replaced, or ended by a reset, did nothing."""
    wanted = copy_of(_EMAIL, row.value) if row.purpose == CHANGE_EMAIL.name else account.email
    return account.email_is_confirmed and account.email == wanted
