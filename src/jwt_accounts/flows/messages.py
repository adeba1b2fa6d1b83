"""What this library writes to people. Each message is a task, and none is given a secret: one with
a code or a link is given the keys of a row and derives them when it is sent. No queue holds them.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import router
from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import code_has_expired, pin_for, secret_for
from jwt_accounts.credentials.owner import Owner
from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.links import build_link
from jwt_accounts.delivery.queue import enqueue_on_commit, task
from jwt_accounts.delivery.sms import send_sms
from jwt_accounts.hooks import place_of
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.userfields import copy_of
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    INVITATION,
    PURPOSES,
    RESET_LINK,
    RESET_USERNAME,
    Purpose,
)
from jwt_accounts.policies.recovery import PIN_LIFETIME
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

if TYPE_CHECKING:
    from datetime import timedelta

_EMAIL = IdentifierKind.EMAIL

logger = logging.getLogger("jwt_accounts")


@task
def send_pin(key: str, seed: str, kind: str) -> None:
    """Send the PIN of a challenge, if it is still the present one and belongs to somebody."""
    row = Challenge.objects.filter(pk=key, seed=seed, opened_at__isnull=True).first()
    owner = None if row is None else _owner(row, IdentifierKind(kind))
    if row is None or owner is None or row.expires_at <= timezone.now():
        return
    context = _context(pin=pin_for(row), minutes=_minutes(PIN_LIFETIME))
    if owner.kind is _EMAIL:
        send_email(owner.address, "recovery_pin", context)
    elif owner.kind is IdentifierKind.PHONE and owner.account is not None:
        # International where it is known to be; else as it is written.
        number = owner.account.phone
        send_sms(number if number.startswith("+") else owner.address, "recovery_pin", context)


@task
def send_link(key: str, seed: str, link: str, code: bool = True) -> None:  # noqa: FBT001, FBT002 - queues keep arguments by place
    """Send what a challenge of one of the other purposes holds, to where it is bound to.

    The template of the message is named as the purpose. ``link``: see ``delivery/links.py``;
    ``code``: whether the contract takes a code too. Without a link there is always one.
    """
    row = Challenge.objects.filter(pk=key, seed=seed, used_at__isnull=True).first()
    owner = None if row is None else _owner(row, _EMAIL)
    if row is None or owner is None or owner.user is None or row.expires_at <= timezone.now():
        return
    purpose = PURPOSES[row.purpose]
    address = build_link(link, token=secret_for(row), user_id=row.user_id)
    if purpose in {RESET_LINK, INVITATION} and not address:
        logger.error("A message was not sent: FRONTEND_URL is not set, so it would hold no link")
        return
    # All that a template may ask for: Django logs the whole context where something is missing.
    context = _context(
        link=address,
        # None where the link ends with its code: then the code's minutes say it.
        hours=_hours(row.expires_at - timezone.now()) if _outlives_code(purpose) else 0,
        pin="",
        minutes=0,
        username="",
    )
    if purpose in {RESET_USERNAME, INVITATION}:
        # In no other message: whoever registers chooses it, and the address it goes to.
        context["username"] = owner.user.get_username()
    takes_code = row.opened_at is None and (code or not address)
    if takes_code and not code_has_expired(row, timezone.now()):
        context |= {"pin": pin_for(row), "minutes": _minutes(PIN_LIFETIME)}
    if purpose is CHANGE_PHONE:
        number = copy_of(IdentifierKind.PHONE, row.value)
        send_sms(number if number.startswith("+") else row.value, purpose.name, context)
    else:
        send_email(row.value if purpose is CHANGE_EMAIL else owner.address, purpose.name, context)


@task
def send_note(
    address: str, template: str, details: dict[str, str], at: str, ip: str | None
) -> None:
    """Send a message that holds no secret: what happened, when and from where."""
    known = {"at": datetime.fromisoformat(at), "ip": ip, "place": place_of(ip)}
    send_email(address, template, _context(**known, **details))


def send_challenge(row: Challenge, link: str, *, code: bool = True) -> None:
    """Send a challenge once the present transaction has committed."""
    using = router.db_for_write(Challenge)
    enqueue_on_commit(send_link, row.pk, row.seed, link, code, using=using)


def tell(ctx: RequestContext, address: str, template: str, **details: str) -> None:
    """Tell somebody what happened, where there is an address, once the present transaction has
    committed."""
    if address:
        enqueue_on_commit(
            send_note,
            address,
            template,
            details,
            ctx.now.isoformat(),
            ctx.ip,
            using=router.db_for_write(Account),
        )


def _owner(row: Challenge, kind: IdentifierKind) -> Owner | None:
    account = Account.objects.select_related("user").filter(user=row.user_id).first()
    if row.user_id is None or account is None:
        return None
    user: HostUser = account.user
    return Owner(kind, "", user, account)


def _context(**more: object) -> dict[str, object]:
    return {"site": settings.SITE_NAME, **more}


def _outlives_code(purpose: Purpose) -> bool:
    return purpose.lifetime > PIN_LIFETIME


def _minutes(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds() // 60)


def _hours(lifetime: timedelta) -> int:
    """Whole hours, rounded to the nearest; at least one."""
    return max(1, round(lifetime.total_seconds() / 3600))
