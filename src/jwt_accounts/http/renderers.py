"""Writing bodies."""

from __future__ import annotations

from rest_framework import renderers


class JSONRenderer(renderers.JSONRenderer):
    """Compact UTF-8 JSON, whatever the host's ``REST_FRAMEWORK`` says."""

    compact = True
    ensure_ascii = False
    strict = True
