"""Second factors: which there are, what a sign-in with them is called, how often one may guess.

Figures follow ASVS 6.5.5 and 6.6.3 and NIST SP 800-63B section 3.2.2; names follow RFC 8176.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

#: How long who typed the password has for the second step.
STEP_LIFETIME = timedelta(minutes=5)
#: Codes that may be tried in one second step.
STEP_TRIES = 5
#: Codes of one user that may be wrong in a period, over all steps, sessions and processes; and in a
#: day, until a new password: whoever guesses knew the former one.
FACTOR_TRIES = 20
FACTOR_PERIOD = timedelta(minutes=15)
FACTOR_TRIES_A_DAY = 100
FACTOR_DAY = timedelta(days=1)
#: How long who must enrol has for it.
ENROLMENT_LIFETIME = timedelta(minutes=15)
#: Factors one user can have.
MOST_FACTORS = 10
#: How long a code lives that was sent by e-mail or SMS.
SENT_CODE_LIFETIME = timedelta(minutes=10)
#: How long what a passkey is to sign may wait for it.
PASSKEY_LIFETIME = timedelta(minutes=5)

RECOVERY_CODES = 10
#: Without what is taken for something else: I, L, O, U (Crockford's base 32).
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKS_LIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
#: Letters of a recovery code: one for its place in the set, ten (50 bits) that are secret.
_CODE_LENGTH = 11


class FactorKind(StrEnum):
    """What a second factor is."""

    TOTP = "totp"
    EMAIL = "email"
    SMS = "sms"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"
    OTHER = "other"
    """A device of another django-otp plug-in of the host's."""


#: What a factor adds to `amr` besides "mfa".
_METHODS = {
    FactorKind.TOTP: "otp",
    FactorKind.EMAIL: "otp",
    FactorKind.SMS: "sms",
    FactorKind.PASSKEY: "pop",
    FactorKind.RECOVERY_CODE: "otp",
    FactorKind.OTHER: "otp",
}


@dataclass(frozen=True, slots=True)
class RecoveryCode:
    """A recovery code that somebody typed: which of the set, and the secret."""

    place: int
    secret: str


def with_factor(amr: Iterable[str], kind: FactorKind) -> tuple[str, ...]:
    """The methods of a sign-in, with a second factor (RFC 8176).

    >>> with_factor(["pwd"], FactorKind.TOTP)
    ('pwd', 'otp', 'mfa')
    """
    return tuple(dict.fromkeys((*amr, _METHODS[kind], "mfa")))


def has_second_factor(amr: Collection[str]) -> bool:
    """Whether a sign-in by these methods had two factors.

    >>> has_second_factor(["pwd", "otp", "mfa"]), has_second_factor(["pwd"])
    (True, False)
    """
    return "mfa" in amr


def acr_of(amr: Collection[str]) -> str:
    """How much a sign-in proves (``acr``, OpenID Connect Core section 2): "1" one factor, "2"
    two."""
    return "2" if has_second_factor(amr) else "1"


def read_recovery_code(typed: str) -> RecoveryCode | None:
    """A recovery code, however it was typed; None for what can be none.

    >>> read_recovery_code("3abcd-efgh-jk") == RecoveryCode(3, "ABCDEFGHJK")
    True
    >>> read_recovery_code("123456") is None
    True
    """
    plain = "".join(typed.split()).replace("-", "").upper().translate(_LOOKS_LIKE)
    if len(plain) != _CODE_LENGTH or not set(plain) <= set(_ALPHABET):
        return None
    return RecoveryCode(_ALPHABET.index(plain[0]), plain[1:])


def write_recovery_code(place: int, secret: str) -> str:
    """A recovery code as people are shown it.

    >>> write_recovery_code(3, "ABCDEFGHJK")
    '3ABC-DEFG-HJK'
    """
    plain = _ALPHABET[place] + secret
    return "-".join(plain[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def recovery_secret(letters: Iterable[int]) -> str:
    """The secret of a recovery code, of ten numbers below 32."""
    return "".join(_ALPHABET[each] for each in letters)
