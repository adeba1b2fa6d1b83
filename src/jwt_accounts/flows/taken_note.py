"""A note in the place of a refusal, where a contract does not tell what is taken."""

from __future__ import annotations

from django.db import router, transaction

from jwt_accounts.credentials.challenges import issue
from jwt_accounts.credentials.owner import find_owner
from jwt_accounts.credentials.targets import target_for, target_for_nobody
from jwt_accounts.flows.messages import tell
from jwt_accounts.models import Challenge
from jwt_accounts.policies.challenges import TAKEN_NOTE
from jwt_accounts.types import IdentifierKind, RequestContext


def tell_taken(ctx: RequestContext, email: str, otherwise: str = "") -> None:
    """Tell who has an address that somebody else wanted it. Where nobody has it, something else
    was taken: the message ``otherwise`` says so to the address itself. Once in
    ``RESEND_COOLDOWN``, and ``RECOVERY_LIMIT`` times."""
    address = email.strip()
    owner = find_owner(IdentifierKind.EMAIL, address)
    if owner.user is None:
        target = target_for_nobody(TAKEN_NOTE, to=owner.copy)
    else:
        target = target_for(TAKEN_NOTE, owner.user, to=owner.copy)
    with transaction.atomic(using=router.db_for_write(Challenge)):
        if issue(target, ctx) is None:
            return
        if owner.user is not None:
            tell(ctx, owner.address, "address_taken")
        elif otherwise:
            tell(ctx, address, otherwise)
