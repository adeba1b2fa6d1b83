"""How the back office says each refusal."""

from __future__ import annotations

from jwt_accounts.errors import Code
from jwt_accounts.http.contract import Answer, Refusal, messages


def _detail(refusal: Refusal) -> dict[str, object]:
    return {"detail": refusal.message}


def _detail_and_code(refusal: Refusal) -> dict[str, object]:
    return {"detail": refusal.message, "code": str(refusal.code)}


def _token(refusal: Refusal) -> dict[str, object]:
    return {"detail": refusal.message, "code": "token_not_valid"}


def _fields(refusal: Refusal) -> dict[str, object]:
    return messages(refusal) or _detail(refusal)


def _unreadable(refusal: Refusal) -> dict[str, object]:
    return {"error": "Invalid request", "detail": refusal.message}


def _unexpected(refusal: Refusal) -> dict[str, object]:
    return {"error": "Unexpected error", "detail": refusal.reference}


ERRORS = {
    Code.INVALID: Answer(400, _fields),
    Code.MALFORMED: Answer(400, _unreadable),
    Code.TOO_LARGE: Answer(413, _unreadable),
    Code.UNSUPPORTED_MEDIA_TYPE: Answer(415, _detail),
    Code.METHOD_NOT_ALLOWED: Answer(405, _detail),
    Code.NOT_AUTHENTICATED: Answer(401, _detail),
    Code.TOKEN_INVALID: Answer(401, _token),
    Code.SESSION_ENDED: Answer(401, _detail_and_code),
    Code.REFRESH_REUSED: Answer(401, _detail_and_code),
    Code.WRONG_CREDENTIALS: Answer(401, {"detail": "Incorrect credentials"}),
    Code.ACCOUNT_INACTIVE: Answer(401, _detail_and_code),
    Code.ACCOUNT_LOCKED: Answer(423, {"code": 3}),
    Code.ATTEMPTS_IN_FLIGHT: Answer(429, _detail_and_code),
    Code.PASSWORD_EXPIRED: Answer(403, {"code": 4}),
    Code.PASSWORD_UNCHANGED: Answer(400, {"code": 5}),
    Code.PIN_INVALID: Answer(404, {"code": 1}),
    Code.PIN_EXPIRED: Answer(404, {"code": 2}),
    Code.RESET_INVALID: Answer(404, {"code": 1}),
    Code.RESET_EXPIRED: Answer(404, {"code": 2}),
    Code.FORBIDDEN: Answer(403, _detail),
    Code.LAST_SUPERUSER: Answer(403, _detail_and_code),
    Code.NOT_FOUND: Answer(404, _fields),
    Code.RATE_LIMITED: Answer(429, _detail_and_code),
    Code.UNAVAILABLE: Answer(503, _detail),
    Code.UNEXPECTED: Answer(500, _unexpected),
}
