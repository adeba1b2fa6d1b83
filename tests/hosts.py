"""What hosts bring along: a hasher during whose run the world changes, hooks, another backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import BaseBackend

from jwt_accounts.hooks import AccountHooks
from jwt_accounts.validators import RoleRulesValidator
from tests.hashers import CountingHasher


class MeddlingHasher(CountingHasher):
    """The same hashes; whatever is in ``calls`` happens while the next one is checked."""

    calls: ClassVar[list[Callable[[], Any]]] = []

    def verify(self, password, encoded):
        found = super().verify(password, encoded)
        while self.calls:
            self.calls.pop()()
        return found


class LoudHooks(AccountHooks):
    """More claims than there may be, and another role."""

    def get_claims(self, user):
        forged = {"sid": "x", "exp": 1, "user_id": 0, "token_type": "x", "jti": "x", "iat": 1}
        more = {"nbf": 4_000_000_000, "iss": "x", "aud": "x", "gen": 1}
        return {"email": user.email, **forged, **more}

    def get_role(self, user, roles):
        return "/".join(roles)


class SetHooks(AccountHooks):
    """A claim that JSON does not know."""

    def get_claims(self, user):
        return {"letters": {"a", "b"}}


class DirectoryBackend(BaseBackend):
    """Passwords that are kept elsewhere: one for all."""

    def authenticate(self, request, username=None, password=None):
        if password != "from the directory":
            return None
        return get_user_model().objects.get(**{get_user_model().USERNAME_FIELD: username})


class FriendlyDirectoryBackend(DirectoryBackend):
    """The same, and more than it asks for may be given to it."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        return super().authenticate(request, username, password)


class LongerRules(RoleRulesValidator):
    """A host may go on from ours."""
