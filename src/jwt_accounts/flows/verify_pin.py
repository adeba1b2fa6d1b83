"""Recovery, the second step: whoever knows the PIN gets a window to set a password in."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import router, transaction

from jwt_accounts.credentials.challenges import is_right_pin, open_window, reserve_pin, secret_for
from jwt_accounts.credentials.owner import find_owner
from jwt_accounts.credentials.targets import target_of
from jwt_accounts.errors import PinExpired, PinInvalid
from jwt_accounts.models import Challenge, SecurityEvent
from jwt_accounts.policies.recovery import WINDOW_LIFETIME
from jwt_accounts.types import EventKind, IdentifierKind, RequestContext


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """The secret that lets its holder set a password once, and the seconds it holds."""

    secret: str = field(repr=False)
    expires_in: int


def verify_pin(ctx: RequestContext, *, kind: IdentifierKind, value: str, pin: str) -> OpenWindow:
    """Check a PIN of six digits. A try is taken and committed before anything is compared.

    Raises :class:`PinInvalid`, :class:`PinExpired` (told only to who knows the PIN),
    ``InvalidInput``, and ``RuntimeError`` inside a caller's transaction: its rollback would undo
    the count.
    """
    owner = find_owner(kind, value)
    target = target_of(owner)
    row = Challenge.objects.filter(pk=target.key, binding=target.binding).first()
    if row is None:
        raise PinInvalid
    alias = router.db_for_write(Challenge)
    with transaction.atomic(using=alias, durable=True):
        reserved = reserve_pin(row, ctx)
    # The PIN of a row that belongs to nobody was sent to nobody; it is compared all the same.
    if not reserved or not is_right_pin(row, pin) or row.user_id is None:
        raise PinInvalid
    if row.expires_at <= ctx.now:
        raise PinExpired
    with transaction.atomic(using=alias, durable=True):
        opened = open_window(row, ctx)
        if opened is None:
            raise PinInvalid
        SecurityEvent.objects.record(
            EventKind.PIN_VERIFIED, ctx, user_id=row.user_id, details={"by": str(kind)}
        )
    return OpenWindow(secret=secret_for(opened), expires_in=int(WINDOW_LIFETIME.total_seconds()))
