"""PINs and the windows they open. Every step is one conditional ``UPDATE`` of one row, so that of
any number of parallel requests exactly as many succeed as may.

Each condition names the row's ``seed``: a PIN or a window that was replaced meanwhile is not hit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils.crypto import constant_time_compare

from jwt_accounts.conf import settings
from jwt_accounts.credentials.owner import Owner, may_recover
from jwt_accounts.models import Account, Challenge
from jwt_accounts.policies.recovery import (
    PIN_LIFETIME,
    PIN_TRIES,
    TRIES_A_DAY,
    WINDOW_LIFETIME,
    WINDOW_TRIES,
    pin_of,
)
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext, UserKey

RECOVERY, PASSWORD_CHANGE = "recovery", "password_change"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Target:
    """For whom and for what a challenge is, as keyed digests."""

    purpose: str
    key: str
    binding: str
    user_id: UserKey


def target_of(owner: Owner) -> Target:
    """The recovery of an owner; of nobody, for a value that gets no PIN."""
    user = owner.user if may_recover(owner) else None
    binding = binding_of(owner.kind, owner.copy, user)
    subject = f"nobody:{binding}" if user is None else f"user:{user.pk}"
    return Target(RECOVERY, _key(RECOVERY, subject), binding, None if user is None else user.pk)


def change_of(user: HostUser) -> Target:
    """The change of a password by who has just proved to know it."""
    return Target(
        PASSWORD_CHANGE,
        _key(PASSWORD_CHANGE, f"user:{user.pk}"),
        binding_of(PASSWORD_CHANGE, "", user),
        user.pk,
    )


def is_still_theirs(row: Challenge, user: HostUser, account: Account) -> bool:
    """Whether what a challenge was bound to is so still: the address or number the PIN went to,
    and the password. Whatever changes one of them ends every PIN and window."""
    if row.purpose == PASSWORD_CHANGE:
        return row.binding == change_of(user).binding
    places = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
    return row.binding in {binding_of(kind, getattr(account, kind), user) for kind in places}


def binding_of(kind: str, copy: str, user: HostUser | None) -> str:
    """What a challenge is bound to, as a keyed digest."""
    password = "" if user is None else user.password
    return keyed_digest("jwt_accounts.challenge.binding", f"{kind}:{copy}:{password}")


def client_of(ctx: RequestContext) -> str:
    """What two requests of one client have in common: the address and the user agent. Empty where
    the address is not known: then no two are of one client."""
    if ctx.ip is None:
        return ""
    return keyed_digest("jwt_accounts.recovery.client", f"{ctx.ip}\n{ctx.user_agent}")


def issue(target: Target, ctx: RequestContext) -> Challenge | None:
    """A new PIN in the place of the old one and of any window; None where ``RECOVERY_LIMIT`` is
    reached: then the old ones stay."""
    rate = settings.RECOVERY_LIMIT
    period_ago = ctx.now - timedelta(seconds=rate.seconds)
    _ensure(target, ctx)
    fresh = Q(sent_since__lte=period_ago)
    seed = token_hex(32)
    issued = Challenge.objects.filter(fresh | Q(sent__lt=rate.limit), pk=target.key).update(
        binding=target.binding,
        client=client_of(ctx),
        seed=seed,
        tries_left=PIN_TRIES,
        expires_at=ctx.now + PIN_LIFETIME,
        opened_at=None,
        used_at=None,
        sent=Case(When(fresh, then=Value(1)), default=F("sent") + 1),
        sent_since=Case(When(fresh, then=Value(ctx.now)), default=F("sent_since")),
    )
    return Challenge.objects.filter(pk=target.key, seed=seed).first() if issued else None


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
    _ensure(target, ctx)
    return _open(
        Challenge.objects.filter(pk=target.key),
        target.key,
        ctx,
        lifetime,
        binding=target.binding,
    )


def reserve_window(row: Challenge) -> bool:
    """Take one of the tries to set a password that meets the rules."""
    return bool(_present(row).filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1))


def use_window(row: Challenge, ctx: RequestContext) -> bool:
    """The password is set: whoever comes second finds the window used, and the account's limits
    begin afresh."""
    return bool(_present(row).update(used_at=ctx.now, sent=0, tried=0))


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
    """The key of the row that a secret names."""
    return secret.partition(".")[0]


def _key(purpose: str, subject: str) -> str:
    return keyed_digest("jwt_accounts.challenge", f"{purpose}:{subject}")


def _ensure(target: Target, ctx: RequestContext) -> None:
    blank = Challenge(
        key=target.key,
        purpose=target.purpose,
        user_id=target.user_id,
        expires_at=ctx.now,
        sent_since=ctx.now,
        tried_since=ctx.now,
    )
    Challenge.objects.bulk_create([blank], ignore_conflicts=True)


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
