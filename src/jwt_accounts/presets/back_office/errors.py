"""How the back office says each refusal, where it has words of its own."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.errors import Code
from jwt_accounts.http.answers import ANSWERS, detail_and_code, fields
from jwt_accounts.http.contract import Answer, Refusal


class ErrorBody(TypedDict):
    """What kind of error, and its sentence or the number it was logged under."""

    error: str
    detail: str


def _unreadable(refusal: Refusal) -> ErrorBody:
    return ErrorBody(error="Invalid request", detail=refusal.message)


def _unexpected(refusal: Refusal) -> ErrorBody:
    return ErrorBody(error="Unexpected error", detail=refusal.reference)


ERRORS = {
    **ANSWERS,
    Code.MALFORMED: Answer(400, _unreadable),
    Code.TOO_LARGE: Answer(413, _unreadable),
    Code.SESSION_ENDED: Answer(401, detail_and_code),
    Code.REFRESH_REUSED: Answer(401, detail_and_code),
    Code.WRONG_CREDENTIALS: Answer(401, {"detail": "Incorrect credentials"}),
    Code.ACCOUNT_INACTIVE: Answer(401, detail_and_code),
    Code.ACCOUNT_LOCKED: Answer(423, {"code": 3}),
    Code.PASSWORD_EXPIRED: Answer(403, {"code": 4}),
    Code.PASSWORD_UNCHANGED: Answer(400, {"code": 5}),
    Code.PIN_INVALID: Answer(404, {"code": 1}),
    Code.PIN_EXPIRED: Answer(404, {"code": 2}),
    Code.RESET_INVALID: Answer(404, {"code": 1}),
    Code.RESET_EXPIRED: Answer(404, {"code": 2}),
    Code.NOT_FOUND: Answer(404, fields),
    Code.UNEXPECTED: Answer(500, _unexpected),
}
