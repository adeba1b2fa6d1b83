"""What this library writes to people. Each message is a task, and none is given a secret: the one
with the PIN is given the keys of a row and derives the PIN when it is sent. So no queue holds it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import router
from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.credentials.owner import Owner
from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.queue import enqueue_on_commit, task
from jwt_accounts.delivery.sms import send_sms
from jwt_accounts.models import Account, Challenge
from jwt_accounts.policies.recovery import PIN_LIFETIME
from jwt_accounts.types import IdentifierKind, RequestContext


@task
def send_pin(key: str, seed: str, kind: str) -> None:
    """Send the PIN of a challenge, if it is still the present one and belongs to somebody."""
    row = Challenge.objects.filter(pk=key, seed=seed, opened_at__isnull=True).first()
    if row is None or row.user_id is None or row.expires_at <= timezone.now():
        return
    account = Account.objects.select_related("user").filter(user=row.user_id).first()
    if account is None:
        return
    owner = Owner(IdentifierKind(kind), "", account.user, account)
    context = {
        "pin": pin_for(row),
        "minutes": int(PIN_LIFETIME.total_seconds() // 60),
        "site": settings.SITE_NAME,
    }
    if owner.kind is IdentifierKind.EMAIL:
        send_email(owner.address, "recovery_pin", context)
    else:
        # International where it is known to be; else as it is written.
        number = account.phone if account.phone.startswith("+") else owner.address
        send_sms(number, "recovery_pin", context)


@task
def send_password_changed(address: str, at: str, ip: str | None) -> None:
    """Tell the owner of an account that its password was changed."""
    context = {"at": datetime.fromisoformat(at), "ip": ip, "site": settings.SITE_NAME}
    send_email(address, "password_changed", context)


def tell_password_changed(ctx: RequestContext, address: str) -> None:
    """Tell the owner, where there is an address, once the present transaction has committed."""
    if address:
        enqueue_on_commit(
            send_password_changed,
            address,
            ctx.now.isoformat(),
            ctx.ip,
            using=router.db_for_write(Account),
        )
