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

from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.http.inputs import Flag
from jwt_accounts.models import Account, Challenge, PasswordHistory, RoleSettings, UserSession
from jwt_accounts.presets.back_office.recovery import RESET_COOKIE
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.types import IdentifierKind
from tests.conftest import PASSWORD, identifier_of
from tests.http.endpoints import Call, Endpoint

#: A role that is there.
ROLE = "Cashier"

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
        self._restore()
        there = self.signed_in and UserSession.objects.filter(
            pk=self.signed_in.tokens.session.pk,
            generation=0,
            ended_at__isnull=True,
            password_digest=password_digest(self.actor.password),
        )
        if not there:
            self.signed_in = open_session(self.ctx, user=self.actor, amr=("pwd",))
        return self.signed_in

    def url(self, call: Call) -> str:
        """The call's address, as :meth:`address` fills it."""
        return self.address(call.endpoint)

    def address(self, endpoint: Endpoint) -> str:
        """An address with the target, a role and one of the actor's own sessions in it."""
        keys = {"user_id": self.target.pk, "role": ROLE}
        if "session_id" in endpoint.keys:
            keys["session_id"] = self.session().tokens.session.pk
        return endpoint.url(**keys)

    def right(self, call: Call) -> dict[str, Any]:
        """A body that the call accepts."""
        tokens = self.session().tokens
        name, address = f"somebody{next(_numbers)}", self.target.email
        known = {
            "identifier": identifier_of(self.actor),
            "current_password": PASSWORD,
            "password": f"New-Staple-{next(_numbers)}-horse",
            "refresh": tokens.refresh,
            "token": tokens.access,
            "username": name,
            "email": f"{name}@example.com",
            "phone": "0771694307",
            "type": "email",
            "value": address,
            "role": ROLE,
            "is_active": True,
            "minimum_characters": 6,
            "password_expiration": 90,
            "lockout_limit": 5,
            "lockout_time": 60,
        }
        match call.action.limit:
            case "sign_in":
                known |= {"username": identifier_of(self.actor), "password": PASSWORD}
            case "recovery_request":
                known |= {"email": address}
            case "recovery_verify":
                known |= {"email": address, "pin": self.pin()}
            case "password_set":
                known |= {"token": self.window()}
            case None if "role" in call.fields:
                known |= {"username": identifier_of(self.target)}
        fields = call.fields
        if call.takes_either:
            del fields["phone"]
        flags = {field: False for field, kind in fields.items() if isinstance(kind, Flag)}
        return {field: {**flags, **known}.get(field, "Some") for field in fields}

    def body(self, call: Call, field: str, value: object) -> dict[str, Any]:
        """A body in which one value is another, and all the rest is right."""
        body = {**self.right(call), field: value}
        if call.takes_either and field == "phone":
            del body["email"]
        return body

    def pin(self) -> str:
        """A PIN that was just sent to the target."""
        Challenge.objects.filter(user=self.target.pk).delete()
        request_pin(self.ctx, kind=IdentifierKind.EMAIL, value=self.target.email)
        return pin_for(Challenge.objects.get(user=self.target.pk))

    def window(self) -> str:
        """The secret of a window that was just opened for the target; it is in the client's
        cookies too."""
        pin = self.pin()
        kind, value = IdentifierKind.EMAIL, self.target.email
        secret = verify_pin(self.ctx, kind=kind, value=value, pin=pin).secret
        self.client.cookies[RESET_COOKIE] = secret
        return secret

    def _restore(self) -> None:
        """Take back what an earlier call did that stops the next: the actor's new password, the
        target's lock. The target's new names stay."""
        users = get_user_model()._default_manager
        users.filter(pk=self.actor.pk).update(password=self.actor.password)
        Account.objects.filter(user=self.target.pk).update(staff_locked_at=None)
        self.target.refresh_from_db()


@pytest.fixture
def caller(ctx, make_user, make_role) -> Caller:
    make_role(ROLE)
    actor = make_user("root", is_superuser=True, is_staff=True)
    target = make_user("target")
    client = Client(raise_request_exception=False)
    return Caller(client=client, ctx=ctx, actor=actor, target=target)


@pytest.fixture
def everything(db) -> Callable[[], dict[str, Any]]:
    """What no refused request may change: users, groups, roles, accounts and which sessions are
    over.

    Tries are left out: a refused sign-in is counted.
    """

    def look() -> dict[str, Any]:
        users = get_user_model()._default_manager.order_by("pk")
        return {
            "users": list(users.values(*_stable(get_user_model()))),
            "groups": list(Group.objects.order_by("pk").values()),
            "held": set(get_user_model().groups.through.objects.values_list()),
            "roles": list(RoleSettings.objects.order_by("pk").values()),
            "former": set(PasswordHistory.objects.values_list("pk", flat=True)),
            "accounts": list(Account.objects.order_by("pk").values(*_stable(Account))),
            "ended": set(
                UserSession.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)
            ),
        }

    return look


_COUNTED = {"last_login", "failures", "tried_at", "locked_at", "locked_until"}


def _stable(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in _COUNTED]
