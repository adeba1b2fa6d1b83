"""Every comparison of a PIN is counted in ``PROOF_COMPARED``, whichever process makes it, and none
goes on while the file ``PROOF_GATE`` is there.

So a request can be caught between the reservation of its try and the verdict, on purpose.
"""

from __future__ import annotations

from jwt_accounts.credentials import challenges
from jwt_accounts.flows import confirm_email, verify_pin
from tests.concurrency.hashers import wait_at_gate
from tests.concurrency.mailbox import append

_compare = challenges.is_right_pin


def counted(row, pin):
    """``is_right_pin``, on the record."""
    append("PROOF_COMPARED", row.pk)
    wait_at_gate()
    return _compare(row, pin)


def count_comparisons() -> None:
    """Count from now on, wherever the name was imported to."""
    for module in (challenges, confirm_email, verify_pin):
        if module.is_right_pin is not _compare:
            raise RuntimeError(f"{module.__name__} compares PINs with something else")
        module.is_right_pin = counted
