"""A sentence for each kind of notification, in the language of the request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from django.utils.translation import gettext

from jwt_accounts.contrib.notifications.policy import Kind


def sentence(kind: Kind, data: Mapping[str, Any]) -> str:
    """What a person reads. It is made when it is asked for, and not stored."""
    match kind:
        case Kind.NEW_CLIENT:
            return gettext("Your account was signed in to from a new client.")
        case Kind.PASSWORD_CHANGED:
            return gettext("Your password was changed.")
        case Kind.ACCOUNT_LOCKED:
            return gettext("Your account was locked after too many wrong passwords.")
        case Kind.COMMENT:
            return _comment(data.get("author", {}).get("username") or "")
        case _:
            assert_never(kind)


def _comment(author: str) -> str:
    if not author:
        return gettext("Somebody commented on you.")
    return gettext("%(author)s commented on you.") % {"author": author}
