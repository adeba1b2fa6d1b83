"""What passkeys sign, step by step: each challenge is for one user and one step, holds five
minutes, and is spent by the first answer, right or wrong. It is kept in the database alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import router, transaction
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.mfa.models import PasskeyFactor
from jwt_accounts.contrib.mfa.passkeys import read_signed, request_options, verify_signed
from jwt_accounts.contrib.mfa.relying_party import present_party
from jwt_accounts.credentials.challenges import lifetime_of, open_at_once, use_window
from jwt_accounts.credentials.targets import Target, binding_of, key_for
from jwt_accounts.errors import ChallengeInvalid, CodeInvalid, NotFound
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import Challenge, SecurityEvent
from jwt_accounts.policies.challenges import PASSKEY
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import EventKind, HostUser, RequestContext


def open_step(ctx: RequestContext, user: HostUser, step: str, *, name: str = "") -> Challenge:
    """A challenge, in the place of the former one of this step. ``name``: what is to be called
    so. Raises :class:`ChallengeInvalid` where the user is gone."""
    target = _target(user, step, name=name)
    with transaction.atomic(using=router.db_for_write(Challenge)):
        opened = open_at_once(target, ctx, lifetime_of(PASSKEY))
    if opened is None:
        raise ChallengeInvalid
    return opened


def use_step(ctx: RequestContext, user: HostUser, step: str, *, durable: bool) -> Challenge:
    """The challenge of a step; it is spent, and that is committed. Of parallel requests one gets
    it. ``durable``: refuse to run inside a caller's transaction, whose rollback would undo that.

    Raises :class:`CodeInvalid`.
    """
    target = _target(user, step)
    row = Challenge.objects.filter(pk=target.key, binding=target.binding).first()
    if row is None or row.expires_at <= ctx.now:
        raise CodeInvalid
    with transaction.atomic(using=router.db_for_write(Challenge), durable=durable):
        used = use_window(row, ctx)
    if not used:
        raise CodeInvalid
    return row


def bytes_for(row: Challenge) -> bytes:
    """What a passkey is to sign: 256 bits, derived, stored nowhere."""
    return bytes.fromhex(keyed_digest("jwt_accounts.passkey", f"{row.pk}:{row.binding}:{row.seed}"))


def ask_passkey(ctx: RequestContext, user: HostUser, *, scope: str) -> dict[str, Any]:
    """What a browser asks one of the user's passkeys for. Raises :class:`NotFound` for who has
    none, and :class:`ChallengeInvalid`."""
    party = present_party()
    present = list(PasskeyFactor.objects.filter(user=user.pk, confirmed=True).order_by("pk"))
    if party is None or not present:
        raise NotFound("There is no passkey to use.")
    row = open_step(ctx, user, _using(scope))
    return request_options(party, challenge=bytes_for(row), present=present)


@sensitive_variables()
def use_passkey(
    ctx: RequestContext,
    user: HostUser,
    credential: Mapping[str, Any],
    *,
    scope: str,
    durable: bool,
) -> None:
    """Whether one of the user's passkeys signed the challenge of this step. Raises
    :class:`CodeInvalid`."""
    signed = read_signed(credential)
    row = use_step(ctx, user, _using(scope), durable=durable)
    party = present_party()
    factor = PasskeyFactor.objects.filter(
        user=user.pk, confirmed=True, credential_id=signed.id
    ).first()
    if factor is None or party is None:
        raise CodeInvalid
    count = verify_signed(
        signed,
        party=party,
        challenge=bytes_for(row),
        handle=public_id_of(user).bytes,
        public_key=factor.public_key,
    )
    if not _advance(ctx, factor, count):
        details: dict[str, object] = {"factor": f"passkey-{factor.pk}"}
        SecurityEvent.objects.record(
            EventKind.PASSKEY_COUNT_WENT_BACK, ctx, user_id=user.pk, details=details
        )
        raise CodeInvalid


def _advance(ctx: RequestContext, factor: PasskeyFactor, count: int) -> bool:
    """Write how often it was used. False where it was used as often before: then there are two of
    it (WebAuthn section 6.1.1). One that does not count says zero, always."""
    went_on = Q(sign_count__lt=count) | (Q(sign_count=0) if count == 0 else Q(pk__in=[]))
    rows = PasskeyFactor.objects.filter(went_on, pk=factor.pk, confirmed=True)
    return bool(rows.update(sign_count=count, last_used_at=ctx.now))


def _target(user: HostUser, step: str, *, name: str = "") -> Target:
    """A row for each step: several may be open at once. A new password ends them all."""
    key = key_for(PASSKEY, f"{user.pk}:{step}")
    return Target(PASSKEY, key, binding_of(PASSKEY.name, step, user), user.pk, name)


def _using(scope: str) -> str:
    return f"use:{scope}"
