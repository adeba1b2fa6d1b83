"""Hashers for the tests: one iteration, and every run is counted.

``KDF_LOG`` names a file to which each run adds one byte, so that runs in other processes count.
"""

import os

from django.contrib.auth.hashers import PBKDF2PasswordHasher, PBKDF2SHA1PasswordHasher

runs: list[str] = []


def _count(what: str) -> None:
    runs.append(what)
    if path := os.environ.get("KDF_LOG"):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, b".")
        finally:
            os.close(descriptor)


class CountingHasher(PBKDF2PasswordHasher):
    algorithm = "counting"
    iterations = int(os.environ.get("KDF_ITERATIONS", "1"))

    def encode(self, password, salt, iterations=None):
        _count("encode")
        return super().encode(password, salt, iterations or self.iterations)

    def harden_runtime(self, password, encoded):
        """Nothing to harden: all hashes have one iteration."""


class OldHasher(PBKDF2SHA1PasswordHasher):
    algorithm = "old"
    iterations = 1
