"""A service of somebody else's: it knows the address of the public keys, and nothing else of us.

``python -m tests.second_service URL`` reads a line ``{"now": seconds, "token": ...}`` and writes
what the token says, or why it does not count.
"""

from __future__ import annotations

import json
import sys
import time

import jwt
import time_machine

ALGORITHMS = ["RS256", "ES256", "EdDSA"]


def main(url: str) -> None:
    # Its caches follow the clock that we move.
    time.monotonic = lambda: time.time()
    keys = jwt.PyJWKClient(url, lifespan=300)
    for line in sys.stdin:
        asked = json.loads(line)
        with time_machine.travel(asked["now"], tick=False):
            try:
                key = keys.get_signing_key_from_jwt(asked["token"])
                said = jwt.decode(asked["token"], key, algorithms=ALGORITHMS)
            except jwt.PyJWTError as error:
                said = {"refused": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
