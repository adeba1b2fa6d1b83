"""A link for who forgot the password, or the user name."""

from __future__ import annotations

from django.db import IntegrityError, router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials.challenges import is_right_secret, issue, key_in, use_window
from jwt_accounts.credentials.free import check_name, taken_error
from jwt_accounts.credentials.owner import find_owner, may_recover
from jwt_accounts.credentials.targets import (
    is_still_theirs,
    proved_by,
    target_for,
    target_for_nobody,
)
from jwt_accounts.errors import InvalidInput, LinkExpired, LinkInvalid
from jwt_accounts.flows.change_identifier import change_email, check_one, proved_address
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.flows.prove import prove
from jwt_accounts.flows.replace_identifier import replace_identifier
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.challenges import RESET_LINK, RESET_USERNAME, Purpose
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_EMAIL = IdentifierKind.EMAIL


def request_password_link(ctx: RequestContext, *, email: str, link: str) -> None:
    """Send a link whose secret sets a new password (``reset_password.py``). Nothing tells whether
    there was anybody. ``link``: see ``delivery/links.py``.

    Raises ``InvalidInput`` for what can be no address.
    """
    _send(ctx, RESET_LINK, email, link)


def request_username_link(ctx: RequestContext, *, email: str, link: str) -> None:
    """Send a message that names the user name, with a link to choose another one."""
    _send(ctx, RESET_USERNAME, email, link)


@sensitive_variables()
def reset_username(ctx: RequestContext, *, secret: str, username: str) -> None:
    """Take another user name by the secret of a link. No session ends, nobody is signed in.

    Raises :class:`LinkInvalid`, :class:`LinkExpired`, or ``InvalidInput`` naming ``username``: the
    link holds still.
    """
    row = _present(ctx, secret)
    name = username.strip()
    try:
        with transaction.atomic(using=router.db_for_write(Account)):
            user, account = _whose(row)
            kind = proved_by(row, user, account)
            if not use_window(row, ctx):
                raise LinkInvalid
            check_one(user, Profile(username=name))
            check_name(name, email=proved_address(user))
            replace_identifier(ctx, user, account, IdentifierKind.USERNAME, name)
            if kind is not None and not account.is_unproved(kind):
                # What somebody else may have set up ends with a new password, not with a name.
                prove(ctx, user, account, kind)
    except IntegrityError as error:
        raise InvalidInput(fields={"username": taken_error(IdentifierKind.USERNAME)}) from error


@sensitive_variables()
def reset_email(ctx: RequestContext, *, secret: str, email: str, link: str) -> None:
    """Ask another address to confirm, by the secret of a link that came to the present one: it
    takes its place when it is confirmed. Raises the same errors, naming ``email``."""
    row = _present(ctx, secret)
    with transaction.atomic(using=router.db_for_write(Account)):
        user, _account = _whose(row)
        if not use_window(row, ctx):
            raise LinkInvalid
        change_email(ctx, user=user, email=email, link=link, code=False)


def _present(ctx: RequestContext, secret: str) -> Challenge:
    row = Challenge.objects.filter(pk=key_in(secret), purpose=RESET_USERNAME.name).first()
    if row is None or row.used_at is not None or not is_right_secret(row, secret):
        raise LinkInvalid
    if row.expires_at <= ctx.now:
        raise LinkExpired
    return row


def _whose(row: Challenge) -> tuple[HostUser, Account]:
    user = lock_users(row.user_id).get(row.user_id)
    account = Account.objects.filter(user=row.user_id).first()
    if user is None or account is None or not user.is_active:
        raise LinkInvalid
    if account.staff_locked_at is not None or not is_still_theirs(row, user, account):
        raise LinkInvalid
    return user, account


def _send(ctx: RequestContext, purpose: Purpose, email: str, link: str) -> None:
    owner = find_owner(_EMAIL, email)
    if owner.user is None or not may_recover(owner):
        target = target_for_nobody(purpose, to=owner.copy)
    else:
        target = target_for(purpose, owner.user, to=owner.copy)
    with transaction.atomic(using=router.db_for_write(Challenge)):
        issued = issue(target, ctx)
        if issued is not None:  # a row of nobody is sent to nobody
            send_challenge(issued, link)
