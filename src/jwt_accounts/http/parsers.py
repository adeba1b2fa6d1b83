"""Reading bodies: always UTF-8, and every broken one is one refusal.

Django REST framework's parsers let a hostile body out as a 500: a charset that is no text
encoding, JSON nested deeper than Python's stack, a field count over Django's limit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import QueryDict
from django.utils.http import parse_header_parameters
from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """A JSON document (RFC 8259): UTF-8, no ``NaN``, no number beyond a float."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ``ParseError``."""
        try:
            return json.loads(
                stream.read().decode("utf-8"), parse_constant=_refuse, parse_float=_finite
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(f"JSON parse error - {error}") from error


class FormParser(parsers.FormParser):
    """``application/x-www-form-urlencoded``."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ``ParseError``."""
        try:
            return QueryDict(stream.read(), encoding="utf-8")
        except RequestDataTooBig:
            raise
        except (SuspiciousOperation, ValueError) as error:
            raise ParseError("The body is not a valid form.") from error


class MultiPartParser(parsers.MultiPartParser):
    """``multipart/form-data``."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ``ParseError``."""
        context = {**(parser_context or {}), "encoding": "utf-8"}
        _check_size(context["request"].META)
        body = stream.read()
        _check_end(body, media_type or "")
        try:
            return super().parse(BytesIO(body), media_type, context)
        except RequestDataTooBig:
            raise
        except (SuspiciousOperation, ValueError) as error:
            raise ParseError("The body is not a valid form.") from error


class JSONOrMultiPartParser(JSONParser):
    """``application/json``, and under that label ``multipart/form-data`` too, where a boundary
    says so: what curl sends for ``--form`` with a content type of JSON."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Raises ``ParseError``."""
        label = media_type or ""
        if "boundary" not in parse_header_parameters(label)[1]:
            return super().parse(stream, media_type, parser_context)
        form = f"{MultiPartParser.media_type};{label.partition(';')[2]}"
        return MultiPartParser().parse(stream, form, parser_context)


def _check_size(meta: Mapping[str, Any]) -> None:
    """Django limits fields, not files, and no contract takes a file."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit and int(meta.get("CONTENT_LENGTH") or 0) > limit:
        raise RequestDataTooBig


def _check_end(body: bytes, media_type: str) -> None:
    """Django takes what came of a form that was cut short: half a password, say."""
    boundary = parse_header_parameters(media_type)[1].get("boundary", "")
    if not boundary or b"--" + boundary.encode() + b"--" not in body:
        raise ParseError("The form has no end.")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("number out of range")
    return value
