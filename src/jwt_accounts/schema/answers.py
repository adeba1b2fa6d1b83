"""What an action answers: its replies, by their types, and its refusals, as its contract says
them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, get_args, get_type_hints

from jwt_accounts.errors import MESSAGES, Code, FieldError
from jwt_accounts.http.actions import Action
from jwt_accounts.http.contract import Answer, Contract, Refusal
from jwt_accounts.schema.components import Schema
from jwt_accounts.schema.examples import SAMPLES
from jwt_accounts.schema.shapes import Shapes

_WAITS = {
    Code.ACCOUNT_LOCKED: 900,
    Code.ATTEMPTS_IN_FLIGHT: 1,
    Code.CODES_EXHAUSTED: 600,
    Code.RATE_LIMITED: 30,
    Code.UNAVAILABLE: 5,
}
_STEP = {"challenge_token": SAMPLES["challenge_token"], "expires_in": 300}
#: What a refusal holds besides, where there is something to do next.
_EXTRA: Mapping[Code, Mapping[str, object]] = {
    Code.MFA_REQUIRED: {**_STEP, "factors": ["totp", "recovery_code"]},
    Code.MFA_ENROLMENT_REQUIRED: _STEP,
}
_RETRY = {
    "description": "Seconds to wait before the next try.",
    "schema": {"type": "integer", "minimum": 0},
}
_CHALLENGE = {
    "description": "What is asked for (RFC 6750 section 3).",
    "required": True,
    "schema": {"type": "string"},
}
_ETAG = {"description": "Send it back in `If-None-Match`.", "schema": {"type": "string"}}


class Answers:
    """The responses of the actions of one contract."""

    def __init__(self, contract: Contract, shapes: Shapes, sample: Callable[[Schema], Any]) -> None:
        self._contract, self._shapes, self._sample = contract, shapes, sample

    def of(self, found: Action[Any], codes: list[Code]) -> dict[str, Schema]:
        """By status. One status may be a reply and a refusal both."""
        refused, replied = self._refusals(found, codes), self._replies(found)
        for status in refused.keys() & replied.keys():
            refused[status]["description"] += "\n- The body may be empty."
        answers = {**replied, **refused}
        return {str(status): answers[status] for status in sorted(answers)}

    def _replies(self, found: Action[Any]) -> dict[int, Schema]:
        body = _body_of(found)
        made = {status: self._reply(found, status, body) for status in (found.status, *found.also)}
        if self._contract.revalidates and found.method == "GET":
            made[304] = {
                "description": "It has not changed since `If-None-Match` was given.",
                "headers": {"ETag": _ETAG},
            }
        return made

    def _reply(self, found: Action[Any], status: int, body: Any) -> Schema:
        answer: Schema = {"description": HTTPStatus(status).phrase}
        if self._contract.revalidates and found.method == "GET":
            answer["headers"] = {"ETag": _ETAG}
        if body is None or body is type(None):
            return answer
        media = self._contract.renderers[0].media_type
        is_json = media.endswith("json")
        schema = self._shapes.of(body) if is_json else {"type": "string"}
        content = {"schema": schema}
        if is_json:
            content["example"] = self._sample(schema)
        return {**answer, "content": {media: content}}

    def _refusals(self, found: Action[Any], codes: list[Code]) -> dict[int, Schema]:
        by_status: dict[int, list[Code]] = defaultdict(list)
        for code in codes:
            by_status[self._contract.errors[code].status].append(code)
        return {status: self._refused(found, status, said) for status, said in by_status.items()}

    def _refused(self, found: Action[Any], status: int, codes: list[Code]) -> Schema:
        lines = [f"- `{code}`: {MESSAGES[code]}" for code in codes]
        answer: Schema = {"description": "\n".join(lines)}
        headers = self._headers(status, codes)
        if headers:
            answer["headers"] = headers
        media = self._contract.error_content_type.partition(";")[0]
        if not media.endswith("json"):
            return {**answer, "content": {media: {"schema": {"type": "string"}}}}
        shapes: list[Schema] = []
        for code in codes:
            shape = self._shape(self._contract.errors[code])
            shapes.extend(each for each in shape if each not in shapes)
        examples = {str(code): {"value": self._example(found, code)} for code in codes}
        schema = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        return {**answer, "content": {media: {"schema": schema, "examples": examples}}}

    def _headers(self, status: int, codes: list[Code]) -> dict[str, Schema]:
        headers: dict[str, Schema] = {}
        if not _WAITS.keys().isdisjoint(codes):
            headers["Retry-After"] = _RETRY
        if status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = _CHALLENGE
        return headers

    def _shape(self, answer: Answer) -> list[Schema]:
        if isinstance(answer.body, Mapping):
            return [self._shapes.fixed(answer.body)]
        made = answer.body.func if isinstance(answer.body, partial) else answer.body
        schema = self._shapes.of(get_type_hints(made, include_extras=True).get("return", Any))
        parts: list[Schema] = schema["anyOf"] if set(schema) == {"anyOf"} else [schema]
        return parts

    def _example(self, found: Action[Any], code: Code) -> object:
        """The contract's own words."""
        wrong = {_first_field(found): (FieldError("required", "This field is required."),)}
        refusal = Refusal(
            code=code,
            message=MESSAGES[code],
            fields=wrong if code is Code.INVALID else {},
            wait=_WAITS.get(code),
            reference="3f9c2a7d1e5b" if code is Code.UNEXPECTED else "",
            extra=_EXTRA.get(code, {}),
        )
        return self._contract.answer(refusal)[1]


def _body_of(found: Action[Any]) -> Any:
    """The type of what a reply holds."""
    hint = get_type_hints(found.call, include_extras=True)["return"]
    return get_args(hint)[0] if get_args(hint) else Any


def _first_field(found: Action[Any]) -> str:
    if found.inputs is not None:
        names = list(found.inputs(partial=found.partial).fields)
        return names[0] if names else "detail"
    return found.query[0].name if found.query else "detail"
