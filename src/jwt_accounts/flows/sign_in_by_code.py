"""Sign in by a code or a link that is mailed, without a password (``PASSWORDLESS``).

Who holds the mailbox holds the account, as with recovery. A second factor is asked for all the
same, and a code by e-mail is none here: it would prove the mailbox twice.
"""

from __future__ import annotations

from collections.abc import Callable
from secrets import token_hex

from django.contrib.auth.hashers import make_password
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import (
    is_right_pin,
    is_right_secret,
    issue,
    key_in,
    reserve_pin,
    use_code,
)
from jwt_accounts.credentials.owner import Owner, find_owner
from jwt_accounts.credentials.targets import Target, is_still_theirs, target_for, target_for_nobody
from jwt_accounts.errors import (
    LinkExpired,
    LinkInvalid,
    NotFound,
    PinExpired,
    PinInvalid,
    SecondFactorRequired,
)
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.prove import prove, reclaim
from jwt_accounts.flows.set_password import store_password
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.challenges import SIGN_IN_CODE
from jwt_accounts.policies.sessions import BY_MAIL
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_EMAIL = IdentifierKind.EMAIL


def request_sign_in(ctx: RequestContext, *, email: str, link: str = "") -> None:
    """Send a code and, where ``link`` says where it leads (see ``delivery/links.py``), a link, to
    who has the address. A new message cancels the older one.

    Nothing tells whether there was anybody, in the answer or in the work done.

    Raises ``InvalidInput`` for what can be no address, and :class:`NotFound` where the site does
    not want it.
    """
    _refuse_unless_wanted()
    target = _target(find_owner(_EMAIL, email))
    with transaction.atomic(using=router.db_for_write(Challenge)):
        issued = issue(target, ctx)
        if issued is not None:  # a row of nobody is sent to nobody
            send_challenge(issued, link)


@sensitive_variables()
def sign_in_by_code(
    ctx: RequestContext,
    *,
    email: str,
    code: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    enter: Callable[[UserSession], None] | None = None,
    resume: str = "",
) -> SignedIn | MfaRequired | MfaEnrolmentRequired:
    """Open a session by the code, or say which second step must come first. A try is taken and
    committed before anything is compared. ``enter`` and ``resume``: see ``open_session.py``.

    Wrong passwords do not matter: the lock that follows them guards the password, and whoever
    holds the mailbox is not who guessed. As with every sign-in, it starts afresh by this one.

    Raises :class:`PinInvalid`, :class:`PinExpired` (told only to who knows the code),
    :class:`SecondFactorRequired` where a code by e-mail is the only second factor,
    ``SessionLimitReached``, ``InvalidInput``, :class:`NotFound` where the site does not want it,
    and ``RuntimeError`` inside a caller's transaction, whose rollback would undo the count.
    """
    _refuse_unless_wanted()
    target = _target(find_owner(_EMAIL, email))
    row = Challenge.objects.filter(
        pk=target.key, binding=target.binding, used_at__isnull=True
    ).first()
    if row is None:
        raise PinInvalid
    with transaction.atomic(using=router.db_for_write(Challenge), durable=True):
        reserved = reserve_pin(row, ctx)
    # The code of a row that belongs to nobody was sent to nobody; it is compared all the same.
    if not reserved or not is_right_pin(row, code) or row.user_id is None:
        raise PinInvalid
    if row.expires_at <= ctx.now:
        raise PinExpired
    try:
        return _sign_in(ctx, row, lifetimes, enter, resume)
    except LinkInvalid as error:
        raise PinInvalid from error


@sensitive_variables()
def sign_in_by_link(
    ctx: RequestContext,
    *,
    token: str,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    enter: Callable[[UserSession], None] | None = None,
    resume: str = "",
) -> SignedIn | MfaRequired | MfaEnrolmentRequired:
    """The same by the link's secret. To follow the link does nothing: the page behind it sends the
    secret, so that what looks into mails (scanners, previews) signs nobody in and uses nothing up.

    Raises :class:`LinkInvalid` and :class:`LinkExpired` in the place of what a code raises.
    """
    _refuse_unless_wanted()
    row = Challenge.objects.filter(pk=key_in(token), purpose=SIGN_IN_CODE.name).first()
    if row is None or row.used_at is not None or not is_right_secret(row, token):
        raise LinkInvalid
    if row.expires_at <= ctx.now:
        raise LinkExpired
    return _sign_in(ctx, row, lifetimes, enter, resume)


def _refuse_unless_wanted() -> None:
    if not settings.PASSWORDLESS:
        raise NotFound


def _target(owner: Owner) -> Target:
    """Of nobody, for an address that gets no code: the same work is done."""
    user, account = owner.user, owner.account
    if user is None or account is None or not _may_sign_in(user, account):
        return target_for_nobody(SIGN_IN_CODE, to=owner.copy)
    return target_for(SIGN_IN_CODE, user, to=owner.copy)


def _may_sign_in(user: HostUser, account: Account) -> bool:
    return user.is_active and account.staff_locked_at is None


@sensitive_variables()
def _sign_in(
    ctx: RequestContext,
    row: Challenge,
    lifetimes: Lifetimes,
    enter: Callable[[UserSession], None] | None,
    resume: str,
) -> SignedIn | MfaRequired | MfaEnrolmentRequired:
    """Use the code and its link up and do what they are for, or neither: a refusal leaves them."""
    nobodys = _password_of_nobody(row)
    with transaction.atomic(using=router.db_for_write(Account), durable=True):
        user = lock_users(row.user_id).get(row.user_id)
        account = Account.objects.filter(user=row.user_id).first()
        if user is None or account is None or not _may_sign_in(user, account):
            raise LinkInvalid
        if not is_still_theirs(row, user, account) or not use_code(row, ctx):
            raise LinkInvalid
        if account.is_unproved(_EMAIL):
            _take_back(ctx, user, account, nobodys or _made_up())
        prove(ctx, user, account, _EMAIL)
        result = open_session(
            ctx, user=user, amr=(BY_MAIL,), lifetimes=lifetimes, enter=enter, resume=resume
        )
        if isinstance(result, MfaRequired) and not result.factors:
            raise SecondFactorRequired(
                "A code by e-mail proves nothing more here. Sign in with your password.",
                extra={"factors": []},
            )
    return result


def _take_back(
    ctx: RequestContext, user: HostUser, account: Account, secret: tuple[str, str]
) -> None:
    """The address was never proved: perhaps somebody else registered with it and waits for its
    owner to move in. What that one could come back with ends: factors, PINs and links, and, with
    the password, every session. The new password is known to nobody; the owner, whom a message
    tells, chooses one by recovery, which a user *without* a password could not."""
    reclaim(ctx, user, account)
    password, hashed = secret
    store_password(ctx, user, password=password, hashed=hashed)


def _password_of_nobody(row: Challenge) -> tuple[str, str] | None:
    """Made before rows are locked: hashing takes long."""
    account = Account.objects.filter(user=row.user_id).first()
    return _made_up() if account is not None and account.is_unproved(_EMAIL) else None


def _made_up() -> tuple[str, str]:
    password = token_hex(32)
    return password, make_password(password)
