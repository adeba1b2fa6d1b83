"""Every comparison of a PIN, and of a code of an app, is counted in ``PROOF_COMPARED``, whichever
process makes it, and none goes on while the file ``PROOF_GATE`` is there.

So a request can be caught between the reservation of its try and the verdict, on purpose.
"""

from __future__ import annotations

from jwt_accounts.contrib.mfa import factors, recovery, totp
from jwt_accounts.contrib.mfa.flows import enrol
from jwt_accounts.credentials import challenges
from jwt_accounts.flows import confirm_email, sign_in_by_code, verify_pin
from tests.concurrency.hashers import wait_at_gate
from tests.concurrency.mailbox import append

_compare = challenges.is_right_pin
_use_code = totp.use_code


def counted(row, pin):
    """``is_right_pin``, on the record."""
    append("PROOF_COMPARED", row.pk)
    wait_at_gate()
    return _compare(row, pin)


def counted_code(ctx, factor, typed):
    """``use_code``, on the record."""
    append("PROOF_COMPARED", str(factor.pk))
    wait_at_gate()
    return _use_code(ctx, factor, typed)


def count_comparisons() -> None:
    """Count from now on, wherever the name was imported to."""
    for module in (challenges, confirm_email, sign_in_by_code, verify_pin):
        if module.is_right_pin is not _compare:
            raise RuntimeError(f"{module.__name__} compares PINs with something else")
        module.is_right_pin = counted
    for module in (factors, enrol):
        if module.use_code is not _use_code:
            raise RuntimeError(f"{module.__name__} compares codes with something else")
        module.use_code = counted_code
    # Ten hashes of scrypt would be half a second for whoever gets a second factor.
    recovery.WORK_FACTOR = 2**8
