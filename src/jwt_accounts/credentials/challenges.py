"""PINs, links and the windows they open. Every step is one conditional ``UPDATE`` of one row, so
that of any number of parallel requests exactly as many succeed as may.

Each condition names the row's ``seed``: a PIN or a link that was replaced meanwhile is not hit.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.conf import settings as django_settings
from django.db.models import Case, F, Q, Value, When
from django.utils.crypto import constant_time_compare

from jwt_accounts.conf import settings
from jwt_accounts.credentials.targets import Target
from jwt_accounts.models import Challenge
from jwt_accounts.models.userfields import user_model
from jwt_accounts.policies.challenges import (
    PURPOSES,
    RESET_LINK,
    RESET_USERNAME,
    Purpose,
    code_expires_at,
)
from jwt_accounts.policies.recovery import TRIES_A_DAY, WINDOW_LIFETIME, WINDOW_TRIES, pin_of
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import RequestContext, UserKey

_DAY = timedelta(days=1)


def client_of(ctx: RequestContext) -> str:
    """What two requests of one client have in common: the address and the user agent. Empty where
    the address is not known: then no two are of one client."""
    if ctx.ip is None:
        return ""
    return keyed_digest("jwt_accounts.recovery.client", f"{ctx.ip}\n{ctx.user_agent}")


def issue(target: Target, ctx: RequestContext) -> Challenge | None:
    """New secrets in the place of the old ones and of any window; None where ``RECOVERY_LIMIT`` is
    reached, or ``RESEND_COOLDOWN`` is not over: then the old ones stay."""
    rate = settings.RECOVERY_LIMIT
    period_ago = ctx.now - timedelta(seconds=rate.seconds)
    if not _ensure(target, ctx):
        return None
    fresh = Q(sent_since__lte=period_ago)
    fields = _fields(target, ctx)
    rows = Challenge.objects.filter(fresh | Q(sent__lt=rate.limit), pk=target.key)
    if target.purpose.cools_down:
        cooled = fields["expires_at"] - settings.RESEND_COOLDOWN
        rows = rows.filter(Q(expires_at__lte=cooled) | ~Q(binding=target.binding))
    issued = rows.update(
        **fields,
        sent=Case(When(fresh, then=Value(1)), default=F("sent") + 1),
        sent_since=Case(When(fresh, then=Value(ctx.now)), default=F("sent_since")),
    )
    if not issued:
        return None
    return Challenge.objects.filter(pk=target.key, seed=fields["seed"]).first()


def issue_first(target: Target, ctx: RequestContext) -> Challenge:
    """The same for a user who was made in this transaction: one statement."""
    return Challenge.objects.create(
        key=target.key,
        purpose=target.purpose.name,
        user_id=target.user_id,
        **_fields(target, ctx),
        sent=1,
        sent_since=ctx.now,
        tried_since=ctx.now,
    )


def _fields(target: Target, ctx: RequestContext) -> dict[str, Any]:
    purpose = target.purpose
    return {
        "binding": target.binding,
        "client": client_of(ctx),
        "value": target.value,
        "seed": token_hex(32),
        "tries_left": purpose.tries,
        "expires_at": ctx.now + lifetime_of(purpose),
        "opened_at": ctx.now if purpose.opens else None,
        "used_at": None,
    }


def lifetime_of(purpose: Purpose) -> timedelta:
    """How long what is sent for a purpose holds."""
    if purpose in {RESET_LINK, RESET_USERNAME}:
        return timedelta(seconds=django_settings.PASSWORD_RESET_TIMEOUT)
    return purpose.lifetime


def code_has_expired(row: Challenge, now: datetime) -> bool:
    """Whether the code of a challenge is too old; its link may live on."""
    return code_expires_at(PURPOSES[row.purpose], row.expires_at) <= now


def reserve_pin(row: Challenge, ctx: RequestContext) -> bool:
    """Take one of the PIN's tries, and one of the day's."""
    fresh = Q(tried_since__lte=ctx.now - _DAY)
    return bool(
        Challenge.objects.filter(
            fresh | Q(tried__lt=TRIES_A_DAY),
            pk=row.pk,
            seed=row.seed,
            opened_at__isnull=True,
            tries_left__gt=0,
        ).update(
            tries_left=F("tries_left") - 1,
            tried=Case(When(fresh, then=Value(1)), default=F("tried") + 1),
            tried_since=Case(When(fresh, then=Value(ctx.now)), default=F("tried_since")),
        )
    )


def is_right_pin(row: Challenge, pin: str) -> bool:
    """Compare a PIN, in a time that tells nothing. After a try was reserved."""
    return constant_time_compare(pin_for(row), pin)


def open_window(row: Challenge, ctx: RequestContext) -> Challenge | None:
    """The PIN was right: it is spent, and its window opens. None where another request was first.

    The window remembers the client only where it is the one that asked for the PIN.
    """
    client = client_of(ctx)
    return _open(
        Challenge.objects.filter(pk=row.pk, seed=row.seed, opened_at__isnull=True),
        row.pk,
        ctx,
        WINDOW_LIFETIME,
        client=client if constant_time_compare(row.client, client) else "",
    )


def open_at_once(target: Target, ctx: RequestContext, lifetime: timedelta) -> Challenge | None:
    """A window without a PIN, for who proved otherwise who it is."""
    if not _ensure(target, ctx):
        return None
    return _open(
        Challenge.objects.filter(pk=target.key),
        target.key,
        ctx,
        lifetime,
        binding=target.binding,
        value=target.value,
    )


def reserve_window(row: Challenge) -> bool:
    """Take one of the tries to set a password that meets the rules."""
    return bool(_present(row).filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1))


def use_window(row: Challenge, ctx: RequestContext) -> bool:
    """The password is set: whoever comes second finds the window used, and the account's limits
    begin afresh."""
    return bool(_present(row).update(used_at=ctx.now, sent=0, tried=0))


def use_link(row: Challenge, ctx: RequestContext) -> bool:
    """What a link or a code confirms is written: whoever comes second finds it used."""
    present = Challenge.objects.filter(pk=row.pk, seed=row.seed, used_at__isnull=True)
    return bool(present.update(used_at=ctx.now, tries_left=0))


def use_code(row: Challenge, ctx: RequestContext) -> bool:
    """The same where who comes in by it shows that the account's limits were used up by the owner:
    they begin afresh."""
    present = Challenge.objects.filter(pk=row.pk, seed=row.seed, used_at__isnull=True)
    return bool(present.update(used_at=ctx.now, tries_left=0, sent=0, tried=0))


def close_all(user_id: UserKey, now: datetime) -> None:
    """End every PIN and window of a user, for good: what took the user's way in may be undone."""
    Challenge.objects.filter(user=user_id, used_at__isnull=True).update(used_at=now, tries_left=0)


def pin_for(row: Challenge) -> str:
    """The PIN of a challenge: derived, stored nowhere."""
    return pin_of(keyed_digest("jwt_accounts.recovery.pin", f"{row.pk}:{row.binding}:{row.seed}"))


def secret_for(row: Challenge) -> str:
    """The secret of an open window: 256 bits, derived, stored nowhere. Names its row."""
    return f"{row.pk}.{keyed_digest('jwt_accounts.recovery.window', f'{row.pk}:{row.seed}')}"


def is_right_secret(row: Challenge, secret: str) -> bool:
    """Compare the secret of a window, in a time that tells nothing."""
    return constant_time_compare(secret_for(row), secret)


def key_in(secret: str) -> str:
    """The key of the row that a secret names; empty where it can name none."""
    key = secret.partition(".")[0]
    return key if len(key) <= 64 and key.isascii() and key.isalnum() else ""


def _ensure(target: Target, ctx: RequestContext) -> bool:
    """A row to write to. False where the user is gone: locked first, so that whoever is deleted at
    this moment leaves none behind. For nobody the same statement finds nobody."""
    whose = Q(pk__isnull=True) if target.user_id is None else Q(pk=target.user_id)
    users = user_model()._default_manager.select_for_update(no_key=True)
    if not list(users.filter(whose).values_list("pk")) and target.user_id is not None:
        return False
    blank = Challenge(
        key=target.key,
        purpose=target.purpose.name,
        user_id=target.user_id,
        expires_at=ctx.now,
        sent_since=ctx.now,
        tried_since=ctx.now,
    )
    Challenge.objects.bulk_create([blank], ignore_conflicts=True)
    return True


def _open(
    rows: Any, key: str, ctx: RequestContext, lifetime: timedelta, **more: str
) -> Challenge | None:
    seed = token_hex(32)
    opened = rows.update(
        seed=seed,
        **more,
        opened_at=ctx.now,
        used_at=None,
        expires_at=ctx.now + lifetime,
        tries_left=WINDOW_TRIES,
    )
    return Challenge.objects.filter(pk=key, seed=seed).first() if opened else None


def _present(row: Challenge) -> Any:
    return Challenge.objects.filter(
        pk=row.pk, seed=row.seed, opened_at__isnull=False, used_at__isnull=True
    )
