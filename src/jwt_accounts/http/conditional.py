"""Answers that a client may keep and ask about: ``ETag``, ``If-None-Match``, 304 (RFC 9110 section
13)."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from rest_framework.response import Response


def revalidate(request: HttpRequest, response: Response) -> None:
    """Name what is read by a digest of its bytes, and answer 304 to who has it already. It is for
    the client alone, unless the reply says who may keep it."""
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Authorization", "Cookie"))

    def compare(rendered: Response) -> HttpResponseBase | None:
        rendered["ETag"] = quote_etag(sha256(rendered.content).hexdigest()[:32])
        found = get_conditional_response(request, etag=rendered["ETag"], response=rendered)
        # No 412 for ``If-Match``: it guards what is changed, and nothing is.
        return found if found is not None and found.status_code == 304 else None

    response.add_post_render_callback(compare)
