"""Codes by e-mail or SMS: for one step, to the stored address or number, good once."""

from __future__ import annotations

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.contrib.mfa.models import SentCodeFactor
from jwt_accounts.credentials.challenges import is_right_pin, issue, pin_for, reserve_pin, use_link
from jwt_accounts.credentials.targets import Target, target_for
from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.queue import enqueue_on_commit, task
from jwt_accounts.delivery.sms import send_sms
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.challenges import FACTOR_CODE
from jwt_accounts.policies.mfa import SENT_CODE_LIFETIME, FactorKind
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_KINDS = {FactorKind.EMAIL: IdentifierKind.EMAIL, FactorKind.SMS: IdentifierKind.PHONE}


def destination(user: HostUser, channel: FactorKind) -> str:
    """Where codes go: the stored address or number, if its owner has proved it; else empty."""
    account: Account | None = getattr(user, "jwt_account", None)
    kind = _KINDS[channel]
    if account is None or account.is_unproved(kind):
        return ""
    if channel is FactorKind.SMS:
        stored = user_fields().read(user, kind) or account.phone_as_written
        number = account.phone if account.phone.startswith("+") else stored
        return number if settings.SMS_SENDER is not None else ""
    return user_fields().read(user, kind)


def send_code(ctx: RequestContext, user: HostUser, channel: FactorKind, *, scope: str) -> None:
    """Send a code for one step. It takes the place of any former one; not more than
    ``RECOVERY_LIMIT``, and not twice to one step within ``RESEND_COOLDOWN``: nothing tells."""
    to = destination(user, channel)
    if not to:
        return
    using = router.db_for_write(Challenge)
    with transaction.atomic(using=using):
        issued = issue(_target(user, channel, to, scope), ctx)
        if issued is not None:
            enqueue_on_commit(_send, issued.pk, issued.seed, str(channel), using=using)


@sensitive_variables()
def use_sent_code(
    ctx: RequestContext, user: HostUser, typed: str, *, scope: str
) -> FactorKind | None:
    """Which channel's code this is, for this step; it is used now. Of parallel requests one gets
    it."""
    row = Challenge.objects.filter(
        purpose=FACTOR_CODE.name, user=user.pk, used_at__isnull=True
    ).first()
    if row is None:
        return None
    channel = FactorKind(row.value)
    target = _target(user, channel, destination(user, channel), scope)
    if row.pk != target.key or row.binding != target.binding or row.expires_at <= ctx.now:
        return None
    with transaction.atomic(using=router.db_for_write(Challenge)):
        reserved = reserve_pin(row, ctx)
    if not reserved or not is_right_pin(row, typed):
        return None
    if not use_link(row, ctx):
        return None
    # A day's tries are for who guesses: a right code is none of them.
    Challenge.objects.filter(pk=row.pk, tried__gt=0).update(tried=F("tried") - 1)
    SentCodeFactor.objects.filter(user=user.pk, channel=row.value).update(last_used_at=ctx.now)
    return channel


@task
def _send(key: str, seed: str, channel: str) -> None:
    row = Challenge.objects.filter(pk=key, seed=seed, used_at__isnull=True).first()
    account = None if row is None else Account.objects.filter(user=row.user_id).first()
    if row is None or account is None or row.expires_at <= timezone.now():
        return
    to = destination(account.user, FactorKind(channel))
    minutes = int(SENT_CODE_LIFETIME.total_seconds() // 60)
    # All that a template may ask for: Django logs the whole context where something is missing.
    context = {
        "site": settings.SITE_NAME,
        "pin": pin_for(row),
        "minutes": minutes,
        "link": "",
        "hours": 0,
    }
    if to and channel == FactorKind.EMAIL:
        send_email(to, "factor_code", context)
    elif to:
        send_sms(to, "factor_code", context)


def _target(user: HostUser, channel: FactorKind, to: str, scope: str) -> Target:
    return target_for(FACTOR_CODE, user, to=f"{channel}:{to}:{scope}", value=str(channel))
