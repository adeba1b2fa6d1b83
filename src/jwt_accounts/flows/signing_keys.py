"""The key ring: a key is added, promoted, and one day retired. Each act is in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.errors import InvalidInput, NotFound
from jwt_accounts.models import SecurityEvent, SigningKey
from jwt_accounts.policies.signing_keys import (
    KNOWN_AFTER,
    KeyAlgorithm,
    KeyState,
    signing_one,
    state_of,
)
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.key_pairs import make_pair
from jwt_accounts.tokens.key_ring import ring, unsealed, whole_minutes
from jwt_accounts.types import EventKind, RequestContext
from jwt_accounts.vault import seal

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """What there is to know of a key, and nothing of the key itself. ``ends_at``: when a retired
    one stops to count."""

    kid: str
    algorithm: str
    state: KeyState
    created_at: datetime
    promoted_at: datetime | None
    retired_at: datetime | None
    ends_at: datetime | None


def list_keys(ctx: RequestContext) -> list[ListedKey]:
    """The ring, oldest key first."""
    rows = list(SigningKey.objects.all())
    signs = signing_one(row.life for row in rows)
    return [
        ListedKey(
            kid=row.kid,
            algorithm=row.algorithm,
            state=state_of(row.life, signs, ctx.now),
            created_at=row.created_at,
            promoted_at=row.promoted_at,
            retired_at=row.retired_at,
            ends_at=row.life.ends_at,
        )
        for row in rows
    ]


@sensitive_variables()
def add_key(ctx: RequestContext, *, algorithm: KeyAlgorithm) -> str:
    """Make a pair of keys, and publish it. Returns its name."""
    pair = make_pair(algorithm)
    row = SigningKey(kid=pair.kid, algorithm=algorithm, public_key=pair.public, created_at=ctx.now)
    row.private_key = seal(pair.private, purpose=row.seal_purpose)
    with transaction.atomic(using=router.db_for_write(SigningKey)):
        row.save(force_insert=True)
        _record(EventKind.SIGNING_KEY_ADDED, ctx, row)
    return pair.kid


def promote_key(ctx: RequestContext, *, kid: str, force: bool = False) -> None:
    """Sign with a key from now on. The one that signed goes on verifying.

    ``force``: even if others may not have heard of it yet. They have not when it was added a moment
    ago, unless it is the first. Raises :class:`NotFound`, or :class:`InvalidInput`, which says why.
    """
    with transaction.atomic(using=router.db_for_write(SigningKey)):
        rows = _locked()
        row = _one(rows, kid)
        if row.retired_at is not None:
            raise InvalidInput(f"{kid} is retired: nothing can be signed with it any more.")
        if signing_one(each.life for each in rows.values()) == kid:
            raise InvalidInput(f"{kid} signs already.")
        last = max((each.promoted_at for each in rows.values() if each.promoted_at), default=None)
        ready = row.created_at + KNOWN_AFTER
        if last is not None and ctx.now < ready and not force:
            raise InvalidInput(
                f"{kid} is too new: services that keep the published keys may not know it before "
                f"{ready:%H:%M:%S} (UTC), and would refuse its tokens."
            )
        unsealed(row)  # what cannot be opened would stop every sign-in
        # Clocks differ: the one that is promoted last signs all the same.
        row.promoted_at = ctx.now if last is None else max(ctx.now, last + _TICK)
        life = whole_minutes(token_settings().access_lifetime.total_seconds())
        row.longest_life = max(row.longest_life, life)
        row.save(update_fields=["promoted_at", "longest_life"])
        _record(EventKind.SIGNING_KEY_PROMOTED, ctx, row)


def retire_key(ctx: RequestContext, *, kid: str, at_once: bool = False) -> datetime:
    """Throw the private half away. What the key signed counts until it expires; returns when the
    last of it has.

    ``at_once``: for a key that leaked. It is gone, and so is what it signed. Raises
    :class:`NotFound`, or :class:`InvalidInput` for the key that signs.
    """
    with transaction.atomic(using=router.db_for_write(SigningKey)):
        rows = _locked()
        row = _one(rows, kid)
        if signing_one(each.life for each in rows.values()) == kid:
            raise InvalidInput(f"{kid} signs: promote another one first.")
        if row.retired_at is not None and not at_once:
            raise InvalidInput(f"{kid} is retired already.")
        _record(EventKind.SIGNING_KEY_RETIRED, ctx, row, at_once=at_once)
        if at_once:
            row.delete()
            return ctx.now
        row.retired_at, row.private_key = ctx.now, ""
        row.save(update_fields=["retired_at", "private_key"])
    return row.life.ends_at or ctx.now


def _locked() -> dict[str, SigningKey]:
    """The whole ring: whoever changes it waits for whoever does so now."""
    return {row.kid: row for row in SigningKey.objects.select_for_update().order_by("pk")}


def _one(rows: dict[str, SigningKey], kid: str) -> SigningKey:
    if kid not in rows:
        raise NotFound(f"There is no key {kid!r}.")
    return rows[kid]


def _record(kind: EventKind, ctx: RequestContext, row: SigningKey, **more: object) -> None:
    details = {"kid": row.kid, "algorithm": str(row.algorithm), **more}
    SecurityEvent.objects.record(kind, ctx, details=details)
    # Other processes hear of it within a minute; this one now.
    transaction.on_commit(ring.forget, using=router.db_for_write(SigningKey))
