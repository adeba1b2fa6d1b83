"""Writing bodies."""

from __future__ import annotations

from rest_framework import renderers


class JSONRenderer(renderers.JSONRenderer):
    """Compact UTF-8 JSON, whatever the host's ``REST_FRAMEWORK`` says."""

    compact = True
    ensure_ascii = False
    strict = True


class JwkSetRenderer(JSONRenderer):
    """A set of public keys (RFC 7517 section 8.5.2)."""

    media_type = "application/jwk-set+json"
    format = "jwk-set"
    charset = None
