"""Recovery, the first step: a PIN is sent to the address or number that is stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import router, transaction

from jwt_accounts.conf.echo import echoes_pin
from jwt_accounts.credentials.challenges import issue, pin_for
from jwt_accounts.credentials.owner import find_owner
from jwt_accounts.credentials.targets import target_of
from jwt_accounts.delivery.queue import enqueue_on_commit
from jwt_accounts.flows.messages import send_pin
from jwt_accounts.models import Challenge
from jwt_accounts.types import IdentifierKind, RequestContext


@dataclass(frozen=True, slots=True)
class PinRequested:
    """What is answered, whoever was meant. ``pin`` is None but where ``PIN_IN_RESPONSE`` has
    effect."""

    pin: str | None = field(default=None, repr=False)


def request_pin(ctx: RequestContext, *, kind: IdentifierKind, value: str) -> PinRequested:
    """Send a PIN to whose address or number it is. A new PIN cancels the older one and any window.

    Nothing tells whether there was anybody, in the result or in the work done: a value that
    belongs to nobody, to more than one account, to a disabled or staff-locked one gets a row of
    its own, and nothing is sent. The message itself is sent after the commit (``delivery/``).

    Raises ``InvalidInput`` for a text that can be neither address nor number.
    """
    owner = find_owner(kind, value)
    target = target_of(owner)
    alias = router.db_for_write(Challenge)
    with transaction.atomic(using=alias):
        issued = issue(target, ctx)
        if issued is not None:
            enqueue_on_commit(send_pin, issued.pk, issued.seed, str(kind), using=alias)
    if issued is None or issued.user_id is None or not echoes_pin():
        return PinRequested()
    return PinRequested(pin=pin_for(issued))
