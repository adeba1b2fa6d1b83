"""How the contracts of this field say refusals: ``{"detail": ...}``, ``{"field": [...]}``, and
simplejwt's one body for a token. A preset takes the table and replaces what it says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypeAlias, TypedDict, cast

from jwt_accounts.errors import Code
from jwt_accounts.http.contract import Answer, Refusal, messages


class DetailBody(TypedDict):
    """What went wrong, in a sentence."""

    detail: str


class DetailCodeBody(DetailBody):
    """The same with a stable code."""

    code: Code


class StepBody(DetailCodeBody):
    """The same with what the canonical second step needs (see ``api/second_step.py``): the token,
    the factors that will do, and the seconds it lives."""

    challenge_token: NotRequired[str]
    factors: NotRequired[list[str]]
    expires_in: NotRequired[int]


class DetailReferenceBody(DetailBody):
    """The same with the number under which an unexpected error was logged."""

    reference: str


#: What is wrong with which field, in sentences.
FieldsBody: TypeAlias = dict[str, list[str]]


def detail(refusal: Refusal) -> DetailBody:
    """``{"detail": sentence}``."""
    return DetailBody(detail=refusal.message)


def framework_detail(refusal: Refusal) -> DetailBody:
    """REST framework's own sentence, where it was REST framework that refused."""
    return DetailBody(detail=refusal.framework or refusal.message)


def detail_and_code(refusal: Refusal) -> DetailCodeBody:
    """The same with our code, for what the imitated API has no words."""
    return DetailCodeBody(detail=refusal.message, code=refusal.code)


def detail_code_and_step(refusal: Refusal) -> StepBody:
    """The same with what finishes a sign-in of two steps."""
    return cast("StepBody", {**detail_and_code(refusal), **refusal.extra})


def fields(refusal: Refusal) -> FieldsBody | DetailBody:
    """``{"field": [sentence]}``; a sentence alone where no field is to blame."""
    return messages(refusal) or detail(refusal)


def detail_and_reference(refusal: Refusal) -> DetailReferenceBody:
    """The same with the number under which an unexpected error was logged."""
    return DetailReferenceBody(detail=refusal.message, reference=refusal.reference)


TOKEN_NOT_VALID: Mapping[str, object] = {
    "detail": "Token is invalid or expired",
    "code": "token_not_valid",
}

NO_ACCOUNT: Mapping[str, object] = {"detail": "No active account found with the given credentials"}

#: Complete. What an imitated API does not know (a lock, an expiry) is 401 with a code.
ANSWERS: Mapping[Code, Answer] = {
    Code.INVALID: Answer(400, fields),
    Code.MALFORMED: Answer(400, detail),
    Code.TOO_LARGE: Answer(413, detail),
    Code.UNSUPPORTED_MEDIA_TYPE: Answer(415, detail),
    Code.METHOD_NOT_ALLOWED: Answer(405, detail),
    Code.NOT_AUTHENTICATED: Answer(401, detail),
    Code.TOKEN_INVALID: Answer(401, TOKEN_NOT_VALID),
    Code.SESSION_ENDED: Answer(401, TOKEN_NOT_VALID),
    Code.REFRESH_REUSED: Answer(401, TOKEN_NOT_VALID),
    Code.WRONG_CREDENTIALS: Answer(401, NO_ACCOUNT),
    Code.ACCOUNT_INACTIVE: Answer(401, NO_ACCOUNT),
    Code.ACCOUNT_LOCKED: Answer(401, detail_and_code),
    Code.ATTEMPTS_IN_FLIGHT: Answer(429, detail_and_code),
    Code.PASSWORD_EXPIRED: Answer(401, detail_and_code),
    Code.PASSWORD_UNCHANGED: Answer(400, detail_and_code),
    Code.PIN_INVALID: Answer(400, detail_and_code),
    Code.PIN_EXPIRED: Answer(400, detail_and_code),
    Code.RESET_INVALID: Answer(400, detail_and_code),
    Code.RESET_EXPIRED: Answer(400, detail_and_code),
    Code.REGISTRATION_CLOSED: Answer(403, detail_and_code),
    Code.EMAIL_UNCONFIRMED: Answer(401, detail_and_code),
    Code.LINK_INVALID: Answer(400, detail_and_code),
    Code.LINK_EXPIRED: Answer(400, detail_and_code),
    Code.ALREADY_CONFIRMED: Answer(403, detail_and_code),
    Code.MFA_REQUIRED: Answer(401, detail_code_and_step),
    Code.MFA_ENROLMENT_REQUIRED: Answer(401, detail_code_and_step),
    Code.CODE_INVALID: Answer(400, detail_and_code),
    Code.CODES_EXHAUSTED: Answer(429, detail_and_code),
    Code.CHALLENGE_INVALID: Answer(400, detail_and_code),
    Code.REAUTHENTICATION_REQUIRED: Answer(403, detail_and_code),
    Code.SESSION_LIMIT_REACHED: Answer(401, detail_and_code),
    Code.CSRF_FAILED: Answer(403, detail_and_code),
    Code.FORBIDDEN: Answer(403, detail),
    Code.LAST_SUPERUSER: Answer(403, detail_and_code),
    Code.STILL_REFERENCED: Answer(403, detail_and_code),
    Code.NOT_FOUND: Answer(404, detail),
    Code.RATE_LIMITED: Answer(429, detail_and_code),
    Code.UNAVAILABLE: Answer(503, detail),
    Code.UNEXPECTED: Answer(500, detail_and_reference),
}
