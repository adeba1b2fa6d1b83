"""Contract zero: errors are problem documents (RFC 9457) with a stable ``code``."""

from __future__ import annotations

from functools import partial
from typing import NotRequired, TypedDict, cast

from jwt_accounts.errors import Code
from jwt_accounts.http.contract import Answer, Contract, Refusal

_TITLES: dict[Code, tuple[int, str]] = {
    Code.INVALID: (400, "Invalid input"),
    Code.MALFORMED: (400, "Malformed request"),
    Code.TOO_LARGE: (413, "Request too large"),
    Code.UNSUPPORTED_MEDIA_TYPE: (415, "Unsupported media type"),
    Code.METHOD_NOT_ALLOWED: (405, "Method not allowed"),
    Code.NOT_AUTHENTICATED: (401, "Not authenticated"),
    Code.TOKEN_INVALID: (401, "Invalid token"),
    Code.SESSION_ENDED: (401, "Session ended"),
    Code.REFRESH_REUSED: (401, "Refresh token reused"),
    Code.WRONG_CREDENTIALS: (401, "Wrong credentials"),
    Code.ACCOUNT_INACTIVE: (403, "Account disabled"),
    Code.ACCOUNT_LOCKED: (423, "Account locked"),
    Code.ATTEMPTS_IN_FLIGHT: (429, "Too many attempts at once"),
    Code.PASSWORD_EXPIRED: (403, "Password expired"),
    Code.PASSWORD_UNCHANGED: (400, "Password unchanged"),
    Code.PIN_INVALID: (404, "Invalid PIN"),
    Code.PIN_EXPIRED: (404, "PIN expired"),
    Code.RESET_INVALID: (404, "No window to set a password"),
    Code.RESET_EXPIRED: (404, "Window to set a password expired"),
    Code.REGISTRATION_CLOSED: (403, "Registration closed"),
    Code.EMAIL_UNCONFIRMED: (403, "E-mail not confirmed"),
    Code.LINK_INVALID: (404, "Invalid link"),
    Code.LINK_EXPIRED: (404, "Link expired"),
    Code.ALREADY_CONFIRMED: (409, "Already confirmed"),
    Code.MFA_REQUIRED: (403, "Second factor required"),
    Code.MFA_ENROLMENT_REQUIRED: (403, "Second factor must be set up"),
    Code.CODE_INVALID: (400, "Invalid code"),
    Code.CODES_EXHAUSTED: (429, "Too many wrong codes"),
    Code.CHALLENGE_INVALID: (404, "No such sign-in step"),
    Code.REAUTHENTICATION_REQUIRED: (403, "Confirm that it is you"),
    Code.SESSION_LIMIT_REACHED: (403, "Too many sessions"),
    Code.CSRF_FAILED: (403, "CSRF check failed"),
    Code.FORBIDDEN: (403, "Forbidden"),
    Code.LAST_SUPERUSER: (409, "Last superuser"),
    Code.STILL_REFERENCED: (409, "Account still needed"),
    Code.NOT_FOUND: (404, "Not found"),
    Code.RATE_LIMITED: (429, "Too many requests"),
    Code.UNAVAILABLE: (503, "Service unavailable"),
    Code.UNEXPECTED: (500, "Unexpected error"),
}


class FieldProblemBody(TypedDict):
    """One thing that is wrong with one field."""

    field: str
    code: str
    message: str


class ProblemBody(TypedDict):
    """A problem document (RFC 9457). ``code`` is stable; ``errors`` says what is wrong with which
    field, ``retry_after`` repeats the header, ``reference`` is the number under which an unexpected
    error was logged; ``reason``, ``change_token`` and ``expires_in`` come where a password must be
    changed before a sign-in; ``challenge_token``, ``factors`` and ``expires_in`` where a second
    factor is needed, or must be set up."""

    type: str
    title: str
    status: int
    detail: str
    code: Code
    errors: NotRequired[list[FieldProblemBody]]
    retry_after: NotRequired[int]
    reference: NotRequired[str]
    reason: NotRequired[str]
    change_token: NotRequired[str]
    expires_in: NotRequired[int]
    challenge_token: NotRequired[str]
    factors: NotRequired[list[str]]


def _problem(title: str, status: int, refusal: Refusal) -> ProblemBody:
    body = ProblemBody(
        type=f"urn:jwt-accounts:problem:{refusal.code}",
        title=title,
        status=status,
        detail=refusal.message,
        code=refusal.code,
    )
    if refusal.fields:
        body["errors"] = [
            {"field": name, "code": error.code, "message": error.message}
            for name, errors in refusal.fields.items()
            for error in errors
        ]
    if refusal.wait is not None:
        body["retry_after"] = refusal.wait
    if refusal.reference:
        body["reference"] = refusal.reference
    return cast("ProblemBody", {**body, **refusal.extra})


CONTRACT = Contract(
    name="jwt_accounts",
    errors={
        code: Answer(status, partial(_problem, title, status))
        for code, (status, title) in _TITLES.items()
    },
    challenge='Bearer realm="jwt_accounts"',
    error_content_type="application/problem+json",
)
