"""A code by e-mail for who cannot show otherwise that it is them still: the account has no second
factor, and no password or one that was not asked for (the session began by a mailed code)."""

from __future__ import annotations

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials.challenges import is_right_pin, issue, reserve_pin, use_link
from jwt_accounts.credentials.targets import Target, target_for
from jwt_accounts.errors import CodeInvalid
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.policies.challenges import PRESENCE_CODE
from jwt_accounts.policies.sessions import BY_MAIL
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import IdentifierKind, RequestContext


def send_presence_code(ctx: RequestContext, *, session: UserSession) -> None:
    """Send it to the stored address, if that is proved; not more than ``RECOVERY_LIMIT``, and not
    twice within ``RESEND_COOLDOWN``. Nothing is sent to who shows it otherwise."""
    target = _target(session)
    if target is None:
        return
    with transaction.atomic(using=router.db_for_write(Challenge)):
        issued = issue(target, ctx)
        if issued is not None:
            send_challenge(issued, "")


@sensitive_variables()
def use_presence_code(ctx: RequestContext, *, session: UserSession, code: str) -> None:
    """Use a code that was sent to this session. A try is taken and committed before anything is
    compared.

    Raises :class:`CodeInvalid`, and ``RuntimeError`` inside a caller's transaction.
    """
    target = _target(session)
    if target is None:
        raise CodeInvalid
    present = Challenge.objects.filter(used_at__isnull=True, expires_at__gt=ctx.now)
    row = present.filter(pk=target.key, binding=target.binding).first()
    if row is None:
        raise CodeInvalid
    with transaction.atomic(using=router.db_for_write(Challenge), durable=True):
        reserved = reserve_pin(row, ctx)
    if not reserved or not is_right_pin(row, code) or not use_link(row, ctx):
        raise CodeInvalid


def answers_by_mail(session: UserSession, *, has_factor: bool) -> bool:
    """Whether the mailbox may answer for who is signed in: where there is no second factor, and no
    password or one that the sign-in did without."""
    by_mail = BY_MAIL in session.methods or not session.user.has_usable_password()
    return by_mail and not has_factor


def _target(session: UserSession) -> Target | None:
    """Bound to the session: the code of one is worth nothing in another."""
    account = Account.objects.filter(user=session.user_id).first()
    if account is None or not account.email or account.is_unproved(IdentifierKind.EMAIL):
        return None
    if not answers_by_mail(session, has_factor=user_has_factor(session.user)):
        return None
    return target_for(PRESENCE_CODE, session.user, to=f"{account.email}:{session.pk.hex}")
