"""How djoser says each refusal, where it has words of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from django.contrib.auth import get_user_model

from jwt_accounts.errors import Code, FieldError
from jwt_accounts.http.answers import ANSWERS, NO_ACCOUNT, DetailBody, FieldsBody, detail
from jwt_accounts.http.contract import Answer, Refusal

#: djoser's sentences for what a flow finds wrong with a field, by our code.
_SENTENCES: Mapping[str, str] = {
    "wrong_password": "Invalid password.",
    "unknown_user": "Invalid user id or user doesn't exist.",
}


class UnchangedBody(TypedDict):
    """The new password is the present one."""

    new_password: list[str]


def _fields(refusal: Refusal) -> FieldsBody | DetailBody:
    found = {
        name: [_sentence(name, error) for error in errors]
        for name, errors in refusal.fields.items()
    }
    return found or detail(refusal)


def _sentence(name: str, error: FieldError) -> str:
    """djoser's; for what is taken, the one that the host's model has for its field."""
    if error.code != "unique":
        return _SENTENCES.get(error.code, error.message)
    options = get_user_model()._meta
    found = {each.name: each for each in options.concrete_fields if each.unique}
    field = found.get(name.removeprefix("new_"))
    if field is None:
        return error.message
    names = {"model_name": options.verbose_name, "field_label": field.verbose_name}
    return str(field.error_messages["unique"]) % names


def _framework(refusal: Refusal) -> DetailBody:
    return DetailBody(detail=refusal.framework or refusal.message)


def _unchanged(refusal: Refusal) -> UnchangedBody:
    return UnchangedBody(new_password=[refusal.message])


_TOKEN = {"token": ["Invalid token for given user."]}

ERRORS = {
    **ANSWERS,
    Code.INVALID: Answer(400, _fields),
    Code.MALFORMED: Answer(400, _framework),
    Code.UNSUPPORTED_MEDIA_TYPE: Answer(415, _framework),
    Code.METHOD_NOT_ALLOWED: Answer(405, _framework),
    Code.PASSWORD_UNCHANGED: Answer(400, _unchanged),
    Code.RESET_INVALID: Answer(400, _TOKEN),
    Code.RESET_EXPIRED: Answer(400, _TOKEN),
    Code.LINK_INVALID: Answer(400, _TOKEN),
    Code.LINK_EXPIRED: Answer(400, _TOKEN),
    Code.ALREADY_CONFIRMED: Answer(403, {"detail": "Stale token for given user."}),
    Code.EMAIL_UNCONFIRMED: Answer(401, NO_ACCOUNT),
    # Who may not see another is not told that there is one.
    Code.FORBIDDEN: Answer(404, {"detail": "Not found."}),
    Code.NOT_FOUND: Answer(404, {"detail": "Not found."}),
}
