"""Calling any endpoint with whatever it needs, so that one table can try them all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from jwt_accounts.contrib.mfa.flows.passkeys import begin_passkey, begin_passkey_at_sign_in
from jwt_accounts.contrib.mfa.models import (
    TotpFactor,
)
from jwt_accounts.credentials.challenges import issue, pin_for, secret_for
from jwt_accounts.credentials.targets import target_for
from jwt_accounts.flows.first_step import FirstStep, require_step
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.http.inputs import Flag
from jwt_accounts.models import Challenge, UserSession
from jwt_accounts.models.userfields import copy_of
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CONFIRM_EMAIL,
    RESET_LINK,
    RESET_USERNAME,
    SIGN_IN_CODE,
    Purpose,
)
from jwt_accounts.presets.back_office.recovery import RESET_COOKIE
from jwt_accounts.presets.rest_auth.mfa import activation_token
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.types import IdentifierKind
from tests.authenticator import Authenticator
from tests.conftest import PASSWORD, identifier_of
from tests.http.endpoints import Call, Endpoint
from tests.second_factors import Enrolled

#: A role that is there.
ROLE = "Cashier"

_numbers = count(1)

#: Of every so many endpoints one is tried with each odd thing, another one with the next; `make
#: proof` tries them all.
SHARES = [3, pytest.param(1, marks=pytest.mark.slow)]


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done inside is undone after it: deletions, changed passwords, confirmed addresses.

    A refusal that must change nothing is looked at inside.
    """
    block = transaction.atomic()
    # As Django's own test cases say it to flows that want the outermost transaction.
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@dataclass
class Caller:
    """Calls endpoints as a superuser, so that no refusal stops a call before its body is read."""

    client: Client
    ctx: Any
    actor: Any
    target: Any
    #: Registered, and has neither a password nor confirmed the address.
    newcomer: Any
    device: Any
    notification: Any
    #: To a tenant that the actor owns, and the target is a member of.
    invitation: Any
    #: The actor's second factor, one that the actor is about to confirm, and one of the target's.
    app: Enrolled
    new_app: Enrolled
    targets_app: Enrolled
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
        with self.room_for_an_app(call):
            return self.client.generic(call.action.method, url, body, content_type, **environ)

    def once(self, call: Call, *args: Any, **kwargs: Any) -> Any:
        """The same, and what it changed is taken back."""
        self.session()
        with taken_back():
            return self(call, *args, **kwargs)

    def session(self) -> SignedIn:
        """The open session of the actor."""
        if self.signed_in is None:
            methods = ("pwd", "otp", "mfa")
            self.signed_in = open_session(self.ctx, user=self.actor, amr=methods)
        return self.signed_in

    def of_target(self) -> Any:
        """The key of an open session of the target."""
        ends = self.ctx.now + timedelta(days=1)
        return UserSession.objects.create(
            user=self.target,
            amr="pwd",
            **dict.fromkeys(("created_at", "rotated_at", "last_used_at"), self.ctx.now),
            **dict.fromkeys(("idle_expires_at", "expires_at"), ends),
            auth_time=self.ctx.now,
            password_digest=password_digest(self.target.password),
        ).pk

    def url(self, call: Call) -> str:
        """The call's address, as :meth:`address` fills it."""
        return self.address(call.endpoint)

    def address(self, endpoint: Endpoint) -> str:
        """An address with the target, a role and something of the actor's own in it."""
        invites = endpoint.pattern.rstrip("/").endswith("invite")
        keys = {
            "user_id": self.newcomer.pk if invites else self.target.pk,
            "id": self.target.pk,
            "public_id": public_id_of(self.target),
            "role": ROLE,
            "device_id": self.device.pk,
            "notification_id": self.notification.pk,
            "invitation_id": self.invitation.pk,
            "member_id": public_id_of(self.target),
            "factor_id": f"totp-{self.new_app.factor.pk}",
        }
        if "session_id" in endpoint.keys:
            own = "user_id" not in endpoint.keys
            keys["session_id"] = self.session().tokens.session.pk if own else self.of_target()
        for name in {"token", "key"} & set(endpoint.keys):
            keys[name] = secret_for(self.sent(CONFIRM_EMAIL, self.newcomer))
        return endpoint.url(**keys)

    def right(self, call: Call) -> dict[str, Any]:
        """A body that the call accepts."""
        return self._right(call, call.left_out())

    def body(self, call: Call, field: str, value: object) -> dict[str, Any]:
        """A body in which one value is another, and all the rest is right."""
        return {**self._right(call, call.left_out(field)), field: value}

    def _right(self, call: Call, left_out: set[str]) -> dict[str, Any]:
        tokens = self.session().tokens
        number = next(_numbers)
        name, address = f"somebody{number}", self.target.email
        password = f"New-Staple-{number}-horse"
        known = {
            "identifier": identifier_of(self.actor),
            **dict.fromkeys(("current_password", "old_password"), PASSWORD),
            "refresh": tokens.refresh,
            "token": tokens.access,
            "type": "email",
            "value": address,
            "role": ROLE,
            "is_active": True,
            "minimum_characters": 6,
            "password_expiration": 90,
            "lockout_limit": 5,
            "lockout_time": 60,
            "session_limit": 100,
            "hostname": "rack-7",
            "fqdn": "rack-7.example.com",
            "ipv4_address": "192.0.2.7",
            "ipv6_address": "2001:db8::7",
            **dict.fromkeys(("password", "password1", "password2"), password),
            **dict.fromkeys(("new_password", "new_password1", "new_password2"), password),
            **dict.fromkeys(("username", "new_username"), name),
            **dict.fromkeys(("email", "new_email"), f"{name}@example.com"),
            "phone": f"+4077{number:07}",
            **self._asked_for(call),
            **self._of_factors(call),
            **self._of_passkeys(call),
            **self._of_a_tenant(call),
        }
        fields = {name: kind for name, kind in call.fields.items() if name not in left_out}
        flags = {field: False for field, kind in fields.items() if isinstance(kind, Flag)}
        return {field: {**flags, **known}.get(field, "Some") for field in fields}

    def _asked_for(self, call: Call) -> dict[str, Any]:
        """What this call in particular wants."""
        match call.action.limit:
            case "sign_in":
                name = identifier_of(self.target)
                both = {"username", "email"} <= set(call.fields)
                email = self.target.email if both else name
                named = {"identifier": name, "username": name, "email": email}
                return {**named, "password": PASSWORD}
            case "recovery_request" | "sign_in_code":
                return {"email": self.target.email}
            case "recovery_verify":
                return {"email": self.target.email, "pin": self.pin()}
            case "password_set" if call.is_public:
                return self._to_set(call)
            case "confirmation":
                return self._to_confirm(call)
            case "confirmation_request":
                return {"email": self.newcomer.email}
            case None if "role" in call.fields:
                return {"username": identifier_of(self.target)}
        return {}

    def _of_a_tenant(self, call: Call) -> dict[str, Any]:
        number = next(_numbers)
        tenant = {"tenant": self.invitation.tenant.slug, "invitation": "", "slug": f"new{number}"}
        return {**tenant, "role": "member"} if "tenants/" in call.endpoint.pattern else tenant

    def _of_factors(self, call: Call) -> dict[str, Any]:
        match call.action.limit, call.is_public:
            case "sign_in", False:
                return {"code": self.shown_by(self.app)}
            case "factor_change", _ if "mfa/totp" in call.endpoint.pattern:
                return self._of_rest_auth(call)
            case "factor_change", _:
                return {"code": self.shown_by(self.new_app)}
            case "second_step", False:
                return {"factor": "email"}
            case "second_step", True if "sign-in/code/" in call.endpoint.pattern:
                sent = self.sent(SIGN_IN_CODE, self.target)
                named = {"email": self.target.email, "token": secret_for(sent)}
                return {**named, "code": pin_for(sent)}
            case "second_step", True:
                return {"factor": "email", **self._to_go_on(call)}
        return {}

    def _to_go_on(self, call: Call) -> dict[str, Any]:
        enrols = "enrol" in call.endpoint.pattern
        app = self.targets_app if enrols else self.app
        step = require_step(
            self.ctx,
            user=app.user,
            has_factor=not enrols,
            is_required=True,
            first=FirstStep(("pwd",), DEFAULT_LIFETIMES),
        )
        factor = {"type": "totp", "id": f"totp-{app.factor.pk}"}
        tokens = dict.fromkeys(("challenge_token", "ephemeral_token"), step.token)
        return {**tokens, "code": self.shown_by(app), **factor}

    def _of_passkeys(self, call: Call) -> dict[str, Any]:
        """What a browser made, for who sets a passkey up. Elsewhere a code will do."""
        if "credential" not in call.fields or "code" in call.fields:
            return {}
        if not call.is_public:
            options = begin_passkey(self.ctx, session=self.session().tokens.session)
            return {"credential": Authenticator().make(options)}
        token = self._to_go_on(call)["challenge_token"]
        options = begin_passkey_at_sign_in(self.ctx, token=token)
        return {"challenge_token": token, "credential": Authenticator().make(options)}

    def _of_rest_auth(self, call: Call) -> dict[str, Any]:
        app = self.app if "deactivate" in call.endpoint.pattern else self.new_app
        token = activation_token(self.actor, f"totp-{app.factor.pk}")
        return {"activation_token": token, "code": self.shown_by(app)}

    @contextmanager
    def room_for_an_app(self, call: Call) -> Iterator[None]:
        """None is activated there while another one is there."""
        app = TotpFactor.objects.filter(pk=self.app.factor.pk)
        if "mfa/totp/activate" in call.endpoint.pattern:
            app.update(confirmed=False)
        yield
        if "mfa/totp/activate" in call.endpoint.pattern:
            app.update(confirmed=True)

    def shown_by(self, app: Enrolled) -> str:
        """A code that was not used yet."""
        TotpFactor.objects.filter(pk=app.factor.pk).update(last_step=-1)
        return app.code()

    def _to_set(self, call: Call) -> dict[str, Any]:
        if "uid" not in call.fields:
            return {"token": self.window()}
        purpose = RESET_LINK if call.passwords else RESET_USERNAME
        return {"uid": uid(self.target), "token": secret_for(self.sent(purpose, self.target))}

    def _to_confirm(self, call: Call) -> dict[str, Any]:
        if not call.is_public:
            by_mail = "email" in call.endpoint.pattern
            return {"code": pin_for(self.sent(CHANGE_EMAIL if by_mail else CHANGE_PHONE))}
        sent = self.sent(CONFIRM_EMAIL, self.newcomer)
        named = {"email": self.newcomer.email, "uid": uid(self.newcomer)}
        secret = secret_for(sent)
        return {**named, "token": secret, "key": secret, "code": pin_for(sent)}

    def sent(self, purpose: Purpose, user: Any = None) -> Challenge:
        """A code and a link that were just sent to a user, or to the actor's new address or
        number."""
        user = user or self.actor
        value, to = "", copy_of(IdentifierKind.EMAIL, user.email)
        if purpose is CHANGE_EMAIL:
            value = to = f"new{next(_numbers)}@example.com"
        elif purpose is CHANGE_PHONE:
            value = to = f"+4078{next(_numbers):07}"
        Challenge.objects.filter(user=user.pk, purpose=purpose.name).delete()
        issued = issue(target_for(purpose, user, to=to, value=value), self.ctx)
        assert issued is not None
        return issued

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


def uid(user: Any) -> str:
    """A user's key as Django's links write it."""
    return urlsafe_base64_encode(force_bytes(user.pk))
