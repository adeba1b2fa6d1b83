"""A hasher that the tests can hold: while the file ``PROOF_GATE`` is there, no hash is finished.

So a request can be caught between the reservation of its try and the verdict, on purpose.
"""

import os
import time
from pathlib import Path

from tests.hashers import CountingHasher

_LONGEST = 20


class GatedHasher(CountingHasher):
    def encode(self, password, salt, iterations=None):
        encoded = super().encode(password, salt, iterations)
        wait_at_gate()
        return encoded


def wait_at_gate() -> None:
    """Go on once the tests have opened the gate."""
    gate = Path(os.environ["PROOF_GATE"])
    deadline = time.monotonic() + _LONGEST
    while gate.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
