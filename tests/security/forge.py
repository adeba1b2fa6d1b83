"""Making tokens by hand, as somebody would who does not use a library that forbids it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

DIGESTS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, claims and signature."""
    header, claims, signature = token.split(".")
    return json.loads(unb64(header)), json.loads(unb64(claims)), unb64(signature)


def encode(header: Any, claims: Any, key: bytes | str, alg: str = "HS256") -> str:
    """A token signed with HMAC, whatever its header says. Bytes are taken as they are."""
    signed = f"{_segment(header)}.{_segment(claims)}"
    secret = key.encode() if isinstance(key, str) else key
    return f"{signed}.{b64(hmac.new(secret, signed.encode(), DIGESTS[alg]).digest())}"


def unsigned(header: Any, claims: Any, signature: str = "") -> str:
    return f"{_segment(header)}.{_segment(claims)}.{signature}"


def _segment(value: Any) -> str:
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())
