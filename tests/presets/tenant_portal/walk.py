"""Every endpoint that tenants have, read off the URLconf, and how one calls them all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import TestCase

from jwt_accounts.http.actions import Who
from tests.conftest import PASSWORD
from tests.http.endpoints import CANONICAL, Call
from tests.presets.documented import Answer, Send

_OF_CONTRACT_ZERO = ("accounts/tenants/", "accounts/notifications/")

#: All of the portal, and what contract zero has of the same.
WALKED = [
    call
    for call in CANONICAL
    if call.endpoint.contract.name == "tenant_portal"
    or call.endpoint.pattern.startswith(_OF_CONTRACT_ZERO)
]
SIGNED_IN = [call for call in WALKED if call.action.who is Who.SIGNED_IN]


@dataclass
class Walk:
    """Calls each of them with what is in somebody's hands: a token, ids for paths, values for
    bodies."""

    send: Send
    token: str
    keys: Mapping[str, str]
    values: Mapping[str, Any]
    queries: tuple[str, ...] = ("",)
    seen: list[tuple[Call, Answer]] = field(default_factory=list)

    def over(self, calls: list[Call]) -> Iterator[tuple[Call, Answer]]:
        """One after the other."""
        for call in calls:
            for query in self.queries if call.action.method == "GET" else ("",):
                yield call, self.one(call, query)

    def one(self, call: Call, query: str = "") -> Answer:
        """One of them."""
        url = call.endpoint.url(**self.keys) + (f"?{query}" if query else "")
        body = {name: self.values.get(name, "Some") for name in call.fields}
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with TestCase.captureOnCommitCallbacks(execute=True):
            return self.send(call.action.method, url, headers, json.dumps(body).encode())


def values_for(name: str, **more: Any) -> dict[str, Any]:
    """A body's values by their names: somebody who was never here, and ``more``."""
    named = ("username", "email", "first_name", "last_name", "text", "name", "slug", "role")
    passwords = ("password", "password1", "password2", "new_password1", "new_password2")
    return {
        **dict.fromkeys(named, name),
        **dict.fromkeys(passwords, PASSWORD),
        "email": f"{name}@example.com",
        "role": "owner",
        "old_password": "not the one",
        **more,
    }
