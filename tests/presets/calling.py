"""A client of one contract."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from django.test import Client

from tests.presets.documented import Answer, assert_kept_by_nobody, sending

TYPES = {"application/json", "text/html; charset=utf-8"}


@dataclass
class Api:
    """``api("POST", "token/", {...}, token=...)`` below where the contract is mounted; checks what
    all answers share."""

    mount: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def __call__(
        self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str
    ) -> Answer:
        given = {name.replace("_", "-").title(): value for name, value in headers.items()}
        raw = b"" if body is None else body if isinstance(body, bytes) else dumped(body)
        if raw:
            given.setdefault("Content-Type", "application/json")
        if token:
            given["Authorization"] = f"Bearer {token}"
        answer = sending(self.client)(method, f"{self.mount}{path}", given, raw)
        assert_kept_by_nobody(answer)
        if answer.body:
            assert answer.headers["Content-Type"] in TYPES
        elif answer.status != 304:
            assert method == "HEAD" or "Content-Type" not in answer.headers
        return answer


def dumped(body: object) -> bytes:
    return json.dumps(body).encode()


def claims_of(token: str) -> dict[str, Any]:
    """What a token says, whoever signed it; each one says this much (READINGS.md)."""
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert {"token_type", "exp", "iat", "jti", "user_id"} <= set(claims)
    return claims
