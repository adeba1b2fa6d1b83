"""Calling any endpoint with whatever it needs, so that one table can try them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.models import Account, UserSession
from tests.conftest import PASSWORD, identifier_of
from tests.http.endpoints import Call

_numbers = count(1)


@dataclass
class Caller:
    """Calls endpoints as a superuser, with a session of its own for each call.

    A refusal must not stop a call before its body is read, so nothing else is left to refuse.
    """

    client: Client
    ctx: Any
    actor: Any
    target: Any
    signed_in: SignedIn | None = None

    def __call__(
        self,
        call: Call,
        body: bytes = b"",
        content_type: str = "application/json",
        *,
        query: str = "",
        token: str | None = None,
        **environ: Any,
    ) -> Any:
        if not call.is_public:
            access = self.session().tokens.access if token is None else token
            environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {access}")
        elif token is not None:
            environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {token}")
        url = self.url(call) + (f"?{query}" if query else "")
        return self.client.generic(call.action.method, url, body, content_type, **environ)

    def session(self) -> SignedIn:
        """An open session of the actor; a new one where the last call ended it."""
        there = self.signed_in and UserSession.objects.filter(
            pk=self.signed_in.tokens.session.pk, generation=0, ended_at__isnull=True
        )
        if not there:
            self.signed_in = open_session(self.ctx, user=self.actor, amr=("pwd",))
        return self.signed_in

    def url(self, call: Call) -> str:
        """The call's address, with the target's id and one of the actor's own sessions in it."""
        session = self.session().tokens.session.pk
        return call.endpoint.url(user_id=self.target.pk, session_id=session)

    def right(self, call: Call) -> dict[str, Any]:
        """A body that the call accepts."""
        tokens = self.session().tokens
        name = f"somebody{next(_numbers)}"
        known = {
            "identifier": identifier_of(self.actor),
            "username": identifier_of(self.actor) if call.action.limit == "sign_in" else name,
            "password": PASSWORD,
            "refresh": tokens.refresh,
            "token": tokens.access,
            "email": f"{name}@example.com",
            "phone": "0771694307",
            "is_active": True,
            "is_staff": False,
            "is_superuser": False,
        }
        return {field: known.get(field, "Some") for field in call.fields}


@pytest.fixture
def caller(ctx, make_user) -> Caller:
    actor = make_user("root", is_superuser=True, is_staff=True)
    target = make_user("target")
    client = Client(raise_request_exception=False)
    return Caller(client=client, ctx=ctx, actor=actor, target=target)


@pytest.fixture
def everything(db) -> Callable[[], dict[str, Any]]:
    """What no refused request may change: users, groups, accounts and which sessions are over.

    Tries are left out: a refused sign-in is counted.
    """

    def look() -> dict[str, Any]:
        users = get_user_model()._default_manager.order_by("pk")
        return {
            "users": list(users.values(*_stable(get_user_model()))),
            "groups": list(Group.objects.order_by("pk").values()),
            "accounts": list(Account.objects.order_by("pk").values(*_stable(Account))),
            "ended": set(
                UserSession.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)
            ),
        }

    return look


_COUNTED = {"last_login", "failures", "tried_at", "locked_at", "locked_until"}


def _stable(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in _COUNTED]
