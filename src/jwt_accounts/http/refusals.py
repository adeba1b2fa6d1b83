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
)
from django.core.signals import got_request_exception
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.request import Request

from jwt_accounts.errors import MESSAGES, AccountError, Code, FieldError
from jwt_accounts.http.contract import Refusal
from jwt_accounts.tokens.key_ring import KeyRingBroken

logger = logging.getLogger("jwt_accounts")

_CODES: tuple[tuple[type[Exception], Code], ...] = (
    (exceptions.ParseError, Code.MALFORMED),
    (exceptions.UnsupportedMediaType, Code.UNSUPPORTED_MEDIA_TYPE),
    (exceptions.MethodNotAllowed, Code.METHOD_NOT_ALLOWED),
    (exceptions.NotAuthenticated, Code.NOT_AUTHENTICATED),
    (exceptions.AuthenticationFailed, Code.TOKEN_INVALID),
    (exceptions.PermissionDenied, Code.FORBIDDEN),
    (exceptions.NotFound, Code.NOT_FOUND),
    (PermissionDenied, Code.FORBIDDEN),
    (Http404, Code.NOT_FOUND),
    (RequestDataTooBig, Code.TOO_LARGE),
    (SuspiciousOperation, Code.MALFORMED),
    (UnreadablePostError, Code.MALFORMED),
)


def normalise(error: Exception, request: Request) -> Refusal:
    """What went wrong, in one shape. What nobody foresaw is logged in full and not told."""
    if isinstance(error, AccountError):
        return Refusal(
            code=error.code,
            message=error.text,
            fields=error.fields,
            wait=error.wait,
            extra=error.extra,
        )
    if isinstance(error, exceptions.ValidationError):
        return _refusal(Code.INVALID, fields=flatten(error.get_full_details()))
    for kind, code in _CODES:
        if isinstance(error, kind):
            return _refusal(code, framework=str(getattr(error, "detail", "")))
    # InternalError: a database that only reads, or broke off a transaction.
    if isinstance(error, OperationalError | InterfaceError | InternalError):
        _log(error, request, "The database did not answer")
        return _refusal(Code.UNAVAILABLE, wait=5)
    if isinstance(error, KeyRingBroken):
        _log(error, request, "No access token can be signed")
        return _refusal(Code.UNAVAILABLE, wait=60)
    return _refusal(Code.UNEXPECTED, reference=_log(error, request, "Unexpected error"))


def _refusal(code: Code, **details: Any) -> Refusal:
    return Refusal(code=code, message=MESSAGES[code], **details)


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
    # The path only, on one line: a query string can hold what should not be in a log.
    path = request.path.encode("unicode_escape").decode()
    logger.error("%s %s at %s", what, reference, path, exc_info=error)
    got_request_exception.send(sender=type(error), request=request._request)  # noqa: SLF001 - DRF keeps Django's request there
    return reference
