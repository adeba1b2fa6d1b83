"""How dj-rest-auth says each refusal, where it has words of its own."""

from __future__ import annotations

from typing import Literal

from jwt_accounts.errors import Code
from jwt_accounts.http.answers import ANSWERS, DetailBody
from jwt_accounts.http.contract import Answer, Refusal
from jwt_accounts.http.rest_auth import REST_AUTH_ANSWERS

_CREDENTIALS = {"non_field_errors": ["Unable to log in with provided credentials."]}


def _csrf(refusal: Refusal) -> DetailBody:
    return DetailBody(detail=f"CSRF Failed: {refusal.message}")


class TokenBody(DetailBody):
    """simplejwt's code with what is wrong."""

    code: Literal["token_not_valid"]


def _token(refusal: Refusal) -> TokenBody:
    """The one sentence, or that there was no token."""
    return TokenBody(detail=refusal.message, code="token_not_valid")


ERRORS = {
    **ANSWERS,
    **REST_AUTH_ANSWERS,
    Code.TOKEN_INVALID: Answer(401, _token),
    Code.CSRF_FAILED: Answer(403, _csrf),
    Code.WRONG_CREDENTIALS: Answer(400, _CREDENTIALS),
    Code.ACCOUNT_INACTIVE: Answer(400, _CREDENTIALS),
    Code.CODE_INVALID: Answer(400, {"code": ["Invalid code."]}),
    Code.CHALLENGE_INVALID: Answer(400, {"ephemeral_token": ["Invalid or expired token."]}),
    Code.EMAIL_UNCONFIRMED: Answer(400, {"non_field_errors": ["E-mail is not verified."]}),
}
