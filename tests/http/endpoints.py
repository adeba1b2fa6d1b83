"""Every endpoint of this library, read off the URLconf: a new one is in every table at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

from jwt_accounts.errors import Code
from jwt_accounts.http.contract import Contract
from jwt_accounts.http.view import Action, ContractView, Who

NOT_AT_ALL = "PROPFIND"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", NOT_AT_ALL)


@dataclass(frozen=True, repr=False)
class Endpoint:
    """One URL of one contract."""

    pattern: str
    contract: Contract
    actions: dict[str, Action[Any]]

    @property
    def keys(self) -> list[str]:
        """The names of what stands in its path."""
        return re.findall(r"<str:(\w+)>", self.pattern)

    def url(self, **keys: object) -> str:
        """The address, with the keys in it that its path wants."""
        return "/" + re.sub(r"<str:(\w+)>", lambda found: str(keys[found[1]]), self.pattern)

    def __repr__(self) -> str:
        return f"/{self.pattern}"


@dataclass(frozen=True, repr=False)
class Call:
    """One method of one URL."""

    endpoint: Endpoint
    action: Action[Any]

    @property
    def is_public(self) -> bool:
        return self.action.who is Who.ANYONE

    @property
    def fields(self) -> dict[str, Any]:
        return {} if self.action.inputs is None else self.action.inputs().fields

    @property
    def takes_either(self) -> bool:
        """Whether it wants an e-mail or a phone, and not both."""
        limit = self.action.limit or ""
        return limit.startswith("recovery_") and {"email", "phone"} <= set(self.fields)

    @property
    def refuses_nothing(self) -> bool:
        """Whether it is answered without a token and without a body."""
        return self.is_public and self.action.inputs is None

    def __repr__(self) -> str:
        return f"{self.action.method} {self.endpoint}"


def _walk(patterns: list[Any], prefix: str = "") -> Iterator[Endpoint]:
    for each in patterns:
        here = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, here)
        elif issubclass(getattr(each.callback, "view_class", object), ContractView):
            made = each.callback.view_initkwargs
            yield Endpoint(here, made["contract"], made["actions"])


ENDPOINTS = list(_walk(get_resolver("tests.urls").url_patterns))
CALLS = [Call(each, action) for each in ENDPOINTS for action in each.actions.values()]
#: One of the two spellings of each path is enough where the path is not what is tested.
CANONICAL = [call for call in CALLS if call.endpoint.pattern.endswith("/")]
READS_A_BODY = [call for call in CANONICAL if call.action.inputs is not None]
READS_NO_BODY = [call for call in CANONICAL if call.action.inputs is None]


def assert_in_shape(endpoint: Endpoint, response: Any) -> Any:
    """An answer the contract can give: its body, parsed. Never a 5xx."""
    assert response.status_code < 500, response.content
    return assert_in_shape_of_any_status(endpoint, response)


def assert_in_shape_of_any_status(endpoint: Endpoint, response: Any) -> Any:
    assert response["Cache-Control"] == "no-store"
    if not response.content:
        assert response.status_code in {200, 202, 204}
        return None
    body = json.loads(response.content)
    if response.status_code < 400:
        assert response["Content-Type"] == "application/json"
        return body
    assert response["Content-Type"] == endpoint.contract.error_content_type
    if endpoint.contract.error_content_type == "application/problem+json":
        _assert_problem(response, body)
    else:
        statuses = {answer.status for answer in endpoint.contract.errors.values()}
        assert response.status_code in statuses
        assert isinstance(body, dict)
        assert body
    return body


def _assert_problem(response: Any, body: Any) -> None:
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:jwt-accounts:problem:{body['code']}"
    assert body["code"] in set(Code)
    assert body["title"]
    assert body["detail"]
    extra = {"errors", "retry_after", "reference"}
    assert set(body) - extra == {"type", "title", "status", "detail", "code"}
    for error in body.get("errors", ()):
        assert set(error) == {"field", "code", "message"}
