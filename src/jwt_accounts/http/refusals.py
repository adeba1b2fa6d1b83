"""From anything raised to a :class:`Refusal`: normalise first, give it a body later."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from secrets import token_hex
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.request import Request

from jwt_accounts.errors import AccountError, Code, FieldError
from jwt_accounts.http.contract import Refusal

logger = logging.getLogger("jwt_accounts")

_OURS: tuple[tuple[type[Exception], Code, str], ...] = (
    (
        exceptions.UnsupportedMediaType,
        Code.UNSUPPORTED_MEDIA_TYPE,
        "This content type is not read.",
    ),
    (exceptions.MethodNotAllowed, Code.METHOD_NOT_ALLOWED, "This method is not allowed here."),
    (
        exceptions.NotAuthenticated,
        Code.NOT_AUTHENTICATED,
        "Authentication credentials were not provided.",
    ),
    (exceptions.AuthenticationFailed, Code.TOKEN_INVALID, "Token is invalid or expired"),
    (
        exceptions.PermissionDenied,
        Code.FORBIDDEN,
        "You do not have permission to perform this action.",
    ),
    (exceptions.NotFound, Code.NOT_FOUND, "Not found."),
    (PermissionDenied, Code.FORBIDDEN, "You do not have permission to perform this action."),
    (Http404, Code.NOT_FOUND, "Not found."),
    (RequestDataTooBig, Code.TOO_LARGE, "The body is too large."),
    (TooManyFieldsSent, Code.MALFORMED, "The body has too many fields."),
    (UnreadablePostError, Code.MALFORMED, "The body cannot be read."),
    (SuspiciousOperation, Code.MALFORMED, "The request cannot be read."),
)


def normalise(error: Exception, request: Request) -> Refusal:
    """What went wrong, in one shape. What nobody foresaw is logged in full and not told."""
    if isinstance(error, AccountError):
        return Refusal(code=error.code, message=error.text, fields=error.fields, wait=error.wait)
    if isinstance(error, exceptions.ValidationError):
        fields = flatten(error.get_full_details())
        return Refusal(code=Code.INVALID, message="Some values cannot be accepted.", fields=fields)
    if isinstance(error, exceptions.Throttled):
        wait = getattr(error, "wait", None)
        return Refusal(
            code=Code.RATE_LIMITED,
            message="Too many requests. Try again later.",
            wait=None if wait is None else int(wait),
        )
    if isinstance(error, exceptions.ParseError):
        return Refusal(code=Code.MALFORMED, message=str(error.detail))
    for kind, code, message in _OURS:
        if isinstance(error, kind):
            return Refusal(code=code, message=message)
    if isinstance(error, OperationalError | InterfaceError):
        _log(error, request, "The database did not answer")
        message = "The service is not available. Try again in a moment."
        return Refusal(code=Code.UNAVAILABLE, message=message, wait=5)
    reference = _log(error, request, "Unexpected error")
    return Refusal(
        code=Code.UNEXPECTED, message="An unexpected error occurred.", reference=reference
    )


def flatten(details: Any, prefix: str = "") -> dict[str, tuple[FieldError, ...]]:
    """Serializer errors, however nested, as one level of dotted names."""
    if isinstance(details, Mapping) and "message" in details and "code" in details:
        return {prefix: (FieldError(str(details["code"]), str(details["message"])),)}
    flat: dict[str, tuple[FieldError, ...]] = {}
    pairs = details.items() if isinstance(details, Mapping) else ((None, each) for each in details)
    for name, inner in pairs:
        path = prefix if name is None else f"{prefix}.{name}" if prefix else str(name)
        for key, errors in flatten(inner, path).items():
            flat[key] = (*flat.get(key, ()), *errors)
    return flat


def _log(error: Exception, request: Request, what: str) -> str:
    """Log an error with its traceback under a number that may be told. Returns the number."""
    reference = token_hex(6)
    # The path only: a query string can hold what should not be in a log.
    logger.error("%s %s at %s", what, reference, request.path, exc_info=error)
    got_request_exception.send(sender=type(error), request=request._request)  # noqa: SLF001 - DRF keeps Django's request there
    return reference
