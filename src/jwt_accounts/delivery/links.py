"""Links in messages: built from the configured front end, never from a request's Host header."""

from __future__ import annotations

from urllib.parse import quote

from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from jwt_accounts.conf import settings
from jwt_accounts.types import UserKey


def build_link(template: str, *, token: str, user_id: UserKey) -> str:
    """The address that a template stands for; empty where ``FRONTEND_URL`` is needed and not set.

    A template holds ``{token}`` and may hold ``{uid}``, the user's key in base 64. It is a path
    under ``FRONTEND_URL``, or a whole address.
    """
    if not template:
        return ""
    uid = urlsafe_base64_encode(force_bytes(user_id))
    path = template.replace("{token}", quote(token)).replace("{uid}", uid)
    if path.startswith(("http://", "https://")):
        return path
    if not settings.FRONTEND_URL:
        return ""
    return f"{settings.FRONTEND_URL.rstrip('/')}/{path.lstrip('/')}"
