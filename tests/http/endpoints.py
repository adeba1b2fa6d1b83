"""Every endpoint of this library, read off the URLconf: a new one is in every table at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Action, Who
from jwt_accounts.http.contract import Contract
from jwt_accounts.http.inputs import Password
from jwt_accounts.http.view import ContractView
from jwt_accounts.models.userfields import user_fields

NOT_AT_ALL = "PROPFIND"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", NOT_AT_ALL)

#: Fields of which a body holds one group and none of the others.
_EITHER = (({"email"}, {"phone"}), ({"token"}, {"email", "code"}))
_SAYS_WHO = ("recovery_", "confirmation", "second_step")


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

    def left_out(self, field: str = "") -> set[str]:
        """The fields that a right body does not hold: an e-mail or a phone, and not both; what a
        passkey signs, where a code will do."""
        if {"code", "credential"} <= set(self.fields):
            return {"credential"} - {field}
        if not (self.action.limit or "").startswith(_SAYS_WHO):
            return set()
        for groups in _EITHER:
            if set().union(*groups) <= set(self.fields):
                kept = next((group for group in groups if field in group), groups[0])
                return set().union(*groups) - kept
        return set()

    @property
    def passwords(self) -> list[str]:
        """The names of its fields that hold one."""
        return [name for name, field in self.fields.items() if isinstance(field, Password)]

    @property
    def leads_on(self) -> bool:
        """Whether it is a page that does nothing but send one to the front end, whatever the key
        in its path."""
        return "account-confirm-email" in self.endpoint.pattern

    @property
    def asks_nothing(self) -> bool:
        """Whether it is such a page, one that only says a sentence, or what a process knows for a
        minute: no database is asked."""
        return any(each in self.endpoint.pattern for each in ("registration/account-", "jwks.json"))

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


def _one_of_each(calls: list[Call]) -> list[Call]:
    """A public and a protected one of each contract: what is read before a flow is reached is read
    alike at all the others."""
    found: dict[object, Call] = {}
    for call in calls:
        found.setdefault((call.endpoint.contract.name, call.is_public), call)
    return list(found.values())


ENDPOINTS = list(_walk(get_resolver("tests.urls").url_patterns))
CALLS = [Call(each, action) for each in ENDPOINTS for action in each.actions.values()]
#: One of the two spellings of each path is enough where the path is not what is tested. Where users
#: have no name, there is none to change.
CANONICAL = [
    call
    for call in CALLS
    if call.endpoint.pattern.endswith("/")
    and (user_fields().username or "username/change" not in call.endpoint.pattern)
]
READS_A_BODY = [call for call in CANONICAL if call.action.inputs is not None]
READS_NO_BODY = [call for call in CANONICAL if call.action.inputs is None]
CONTRACTS = {each.contract.name: each.contract for each in ENDPOINTS}
PUBLIC = [call for call in CANONICAL if call.is_public]
PROTECTED = [call for call in CANONICAL if not call.is_public]
SAMPLE_WITH_A_BODY = _one_of_each(READS_A_BODY)
SAMPLE_WITHOUT_A_BODY = _one_of_each(READS_NO_BODY)


def assert_in_shape(endpoint: Endpoint, response: Any) -> Any:
    """An answer the contract can give: its body, parsed. Never a 5xx."""
    assert response.status_code < 500, response.content
    return assert_in_shape_of_any_status(endpoint, response)


def assert_in_shape_of_any_status(endpoint: Endpoint, response: Any) -> Any:
    kept = "private, no-cache" if response.has_header("ETag") else "no-store"
    if endpoint.contract.name == "well_known" and kept != "no-store":
        kept = "public, max-age=300"
    assert response["Cache-Control"] == kept
    assert endpoint.contract.revalidates or kept == "no-store"
    if not response.content:
        assert response.status_code in {200, 201, 202, 204, 302}
        assert "Content-Type" not in response
        return {}
    contract = endpoint.contract
    if contract.error_content_type.startswith("text/html"):
        _assert_page(contract, response)
        return {}
    body = json.loads(response.content)
    if response.status_code < 400:
        assert response["Content-Type"] == contract.renderers[0].media_type
        return body
    assert response["Content-Type"] == contract.error_content_type
    if contract.error_content_type == "application/problem+json":
        _assert_problem(response, body)
        return body
    assert response.status_code in {answer.status for answer in contract.errors.values()}
    assert isinstance(body, dict)
    assert body
    if contract.name != "back_office":
        _assert_sentences(body)
    return body


def _assert_page(contract: Contract, response: Any) -> None:
    assert response["Content-Type"] == contract.error_content_type
    assert response.status_code in {200, *(answer.status for answer in contract.errors.values())}
    assert response.content.startswith(b"<!doctype html>")
    assert b"<script" not in response.content


def _assert_sentences(body: Any) -> None:
    """Of a refusal, or of each field."""
    if "detail" in body:
        assert set(body) <= {"detail", "code", "reference"}
        assert all(isinstance(text, str) and text for text in body.values())
        return
    for sentences in body.values():
        assert sentences
        assert all(isinstance(text, str) and text for text in sentences)


def _assert_problem(response: Any, body: Any) -> None:
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:jwt-accounts:problem:{body['code']}"
    assert body["code"] in set(Code)
    assert body["title"]
    assert body["detail"]
    extra = {"errors", "retry_after", "reference"}
    if body["code"] in {Code.MFA_REQUIRED, Code.MFA_ENROLMENT_REQUIRED}:
        extra |= {"challenge_token", "factors", "expires_in"}
    assert set(body) - extra == {"type", "title", "status", "detail", "code"}
    for error in body.get("errors", ()):
        assert set(error) == {"field", "code", "message"}
