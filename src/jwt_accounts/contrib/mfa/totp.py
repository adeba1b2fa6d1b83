"""Time-based codes (RFC 6238): six digits, thirty seconds, one step of drift to either side."""

from __future__ import annotations

import logging
from base64 import b32encode
from secrets import token_bytes
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables
from django_otp.oath import hotp

from jwt_accounts.contrib.mfa.guesses import count_wrong, give_guess_back, reserve_guess
from jwt_accounts.errors import CodesExhausted
from jwt_accounts.sealed import SealedColumn
from jwt_accounts.types import RequestContext, UserKey
from jwt_accounts.vault import SealBroken, seal, unseal

if TYPE_CHECKING:
    from jwt_accounts.contrib.mfa.models import TotpFactor

logger = logging.getLogger("jwt_accounts")

_STEP = 30  # seconds
_DIGITS = 6
#: 160 bits, as RFC 4226 section 4 recommends.
_SECRET_LENGTH = 20
_DRIFT = (0, -1, 1)
_LONGEST_ISSUER, _LONGEST_NAME = 48, 64


def new_secret() -> bytes:
    """A secret for a new generator."""
    return token_bytes(_SECRET_LENGTH)


@sensitive_variables()
def seal_secret(secret: bytes, user_id: UserKey) -> str:
    """As the row keeps it: of use for this user alone."""
    return seal(secret.hex(), purpose=purpose_of(user_id))


def purpose_of(user_id: UserKey) -> str:
    """What secrets of this user are sealed for."""
    return f"totp:{user_id}"


def _purpose_of_row(factor: TotpFactor) -> str:
    return purpose_of(factor.user_id)


#: Where they are: `manage.py reencrypt` seals them anew.
SEALED = SealedColumn(model="jwt_accounts_mfa.TotpFactor", column="secret", purpose=_purpose_of_row)


@sensitive_variables()
def write_secret(secret: bytes) -> str:
    """As people type it: base 32."""
    return b32encode(secret).decode("ascii")


@sensitive_variables()
def write_uri(secret: bytes, *, issuer: str, name: str) -> str:
    """As apps read it: an ``otpauth://`` address."""
    # A colon parts the two, and a QR code holds so much and no more.
    issuer, name = (_short(issuer, _LONGEST_ISSUER), _short(name, _LONGEST_NAME))
    label = f"{issuer}:{name}" if issuer else name
    values = {"secret": write_secret(secret), "algorithm": "SHA1", "digits": _DIGITS}
    more = {"issuer": issuer} if issuer else {}
    query = urlencode({**values, "period": _STEP, **more}, quote_via=quote)
    return f"otpauth://totp/{quote(label, safe='')}?{query}"


def _short(text: str, length: int) -> str:
    return text.replace(":", " ").strip()[:length]


@sensitive_variables()
def is_right_code(ctx: RequestContext, factor: TotpFactor, typed: str, *, durable: bool) -> bool:
    """One code for one generator, counted as a guess. False where no more may be tried."""
    try:
        reserve_guess(ctx, factor.user_id, durable=durable)
    except CodesExhausted:
        return False
    if use_code(ctx, factor, typed):
        give_guess_back(factor.user_id)
        return True
    count_wrong(ctx, factor.user)
    return False


@sensitive_variables()
def use_code(ctx: RequestContext, factor: TotpFactor, typed: str) -> bool:
    """Whether a code is right and was not used before; it is used now. Of parallel requests one
    gets it. After a guess was reserved."""
    step = _step_of(ctx, factor, typed)
    if step is None:
        return False
    rows = type(factor).objects.filter(pk=factor.pk, secret=factor.secret, last_step__lt=step)
    return bool(rows.update(last_step=step, last_used_at=ctx.now))


@sensitive_variables()
def _step_of(ctx: RequestContext, factor: TotpFactor, typed: str) -> int | None:
    try:
        secret = bytes.fromhex(unseal(factor.secret, purpose=purpose_of(factor.user_id)))
    except SealBroken:
        logger.exception("The secret of code generator %s is sealed by no present key", factor.pk)
        return None
    present = int(ctx.now.timestamp()) // _STEP
    for drift in _DRIFT:
        code = f"{hotp(secret, present + drift, _DIGITS):0{_DIGITS}d}"
        if constant_time_compare(code, typed):
            return present + drift
    return None
