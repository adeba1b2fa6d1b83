"""What is known of the client who asks."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.policies.clients import client_address
from jwt_accounts.types import RequestContext

_USER_AGENT_LENGTH = 255


def context_from(meta: Mapping[str, object]) -> RequestContext:
    """The context of a request, from its WSGI or ASGI ``META``."""
    return RequestContext(
        now=timezone.now(),
        ip=client_address(meta, settings.CLIENT_ADDRESS_HEADER, settings.TRUSTED_PROXIES),
        user_agent=_printable(str(meta.get("HTTP_USER_AGENT") or ""))[:_USER_AGENT_LENGTH],
    )


def _printable(text: str) -> str:
    """One line that is safe to store and to log (ASVS 16.4.1)."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
