"""Recovery codes: ten, each good once, for who has lost every other factor.

A code has fifty bits, so each is hashed as a password would be, with a salt of its own (ASVS
6.5.2). Its first letter says which of the ten it is, so that one try costs one hash.
"""

from __future__ import annotations

from secrets import randbelow
from typing import Final

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.mfa.models import RecoveryCode
from jwt_accounts.models import SecurityEvent
from jwt_accounts.policies.mfa import (
    RECOVERY_CODES,
    read_recovery_code,
    recovery_secret,
    write_recovery_code,
)
from jwt_accounts.types import EventKind, RequestContext, UserKey

#: scrypt's cost for what nobody guesses offline in a lifetime: about a twentieth of a second.
WORK_FACTOR = 2**14
_BLOCK, _LANES = 8, 1
_LETTERS: Final = 10


@sensitive_variables()
def make_codes(ctx: RequestContext, user_id: UserKey) -> tuple[str, ...]:
    """Ten new codes in the place of all former ones. Shown now and never again."""
    codes = [recovery_secret(randbelow(32) for _ in range(_LETTERS)) for _ in range(RECOVERY_CODES)]
    rows = [
        RecoveryCode(user_id=user_id, place=place, encoded=_encoded(code))
        for place, code in enumerate(codes)
    ]
    with transaction.atomic(using=router.db_for_write(RecoveryCode)):
        RecoveryCode.objects.filter(user=user_id).delete()
        RecoveryCode.objects.bulk_create(rows)
        SecurityEvent.objects.record(EventKind.RECOVERY_CODES_MADE, ctx, user_id=user_id)
    return tuple(write_recovery_code(place, code) for place, code in enumerate(codes))


def codes_left(user_id: UserKey) -> int:
    """How many are not used yet."""
    return RecoveryCode.objects.filter(user=user_id, used_at__isnull=True).count()


@sensitive_variables()
def use_recovery_code(ctx: RequestContext, user_id: UserKey, typed: str) -> bool:
    """Whether it is one of the user's, and not used; it is used now. Of parallel requests one gets
    it."""
    code = read_recovery_code(typed)
    if code is None:
        return False
    row = RecoveryCode.objects.filter(user=user_id, place=code.place, used_at__isnull=True).first()
    if row is None or not ScryptPasswordHasher().verify(code.secret, row.encoded):
        return False
    unused = RecoveryCode.objects.filter(pk=row.pk, encoded=row.encoded, used_at__isnull=True)
    return bool(unused.update(used_at=ctx.now))


@sensitive_variables()
def _encoded(secret: str) -> str:
    hasher = ScryptPasswordHasher()
    return hasher.encode(secret, hasher.salt(), n=WORK_FACTOR, r=_BLOCK, p=_LANES)
