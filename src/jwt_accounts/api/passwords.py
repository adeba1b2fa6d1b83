"""``password/...``: the rules, recovery by PIN, and changing one's own."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from jwt_accounts.conf import settings
from jwt_accounts.flows import role_settings
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.request_link import request_password_link
from jwt_accounts.flows.request_pin import request_pin as request_flow
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.verify_pin import verify_pin as verify_flow
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Identifier, Inputs, Password, Pin, Token
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.types import IdentifierKind


class RulesBody(TypedDict):
    """What a password must be made of."""

    minimum_characters: int
    contain_upper_case: bool
    contain_lower_case: bool
    contain_special_case: bool
    contain_number: bool


class EveryRuleBody(TypedDict):
    """The rules of a user without a role, and of each role by its name."""

    default: RulesBody
    roles: dict[str, RulesBody]


class OwnerInputs(Inputs):
    """``email`` or ``phone``: one of the two."""

    email = Identifier(required=False)
    phone = Identifier(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        if ("email" in attrs) == ("phone" in attrs):
            raise serializers.ValidationError({"email": ["Send either `email` or `phone`."]})
        return attrs


class PinInputs(OwnerInputs):
    """``pin``: the six digits of the message."""

    pin = Pin()


class LinkInputs(Inputs):
    """An address."""

    email = Identifier()


class WindowBody(TypedDict):
    """``reset_token`` sets a password, once, within ``expires_in`` seconds."""

    reset_token: str
    expires_in: int


class SetInputs(Inputs):
    """``token``: a ``reset_token``, a link's, or the ``change_token`` of a refused sign-in."""

    token = Token()
    password = Password()


class ChangeInputs(Inputs):
    """The present password and the one to take its place."""

    current_password = Password()
    password = Password()


@action("GET", who=Who.ANYONE, limit="password_rules")
def rules(ask: Ask) -> Reply[EveryRuleBody]:
    """The rules, so that a form can draw them."""
    roles = {each.role: rules_body(each.password) for each in role_settings.list_roles()}
    return Reply(EveryRuleBody(default=rules_body(role_settings.default_rules()), roles=roles))


@action("POST", who=Who.ANYONE, inputs=OwnerInputs, limit="recovery_request", status=202)
def request_pin(ask: Ask) -> Reply[None]:
    """Send a PIN, if there is somebody to send it to: the answer does not tell."""
    kind, value = _owner(ask)
    request_flow(ask.ctx, kind=kind, value=value)
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=PinInputs, limit="recovery_verify")
def verify_pin(ask: Ask) -> Reply[WindowBody]:
    """A token to set a new password with, for a PIN."""
    kind, value = _owner(ask)
    window = verify_flow(ask.ctx, kind=kind, value=value, pin=ask.data["pin"])
    return Reply(WindowBody(reset_token=window.secret, expires_in=window.expires_in))


@action("POST", who=Who.ANYONE, inputs=LinkInputs, limit="recovery_request", status=202)
def request_link(ask: Ask) -> Reply[None]:
    """Send a link with a token to set a new password with, if there is somebody to send it to."""
    request_password_link(ask.ctx, email=ask.data["email"], link=settings.LINKS["set_password"])
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=SetInputs, limit="password_set", status=204)
def set_password(ask: Ask) -> Reply[None]:
    """Set a password by a token that does nothing else. All sessions end."""
    reset_password(ask.ctx, secret=ask.data["token"], password=ask.data["password"])
    return Reply(None)


@action("POST", who=Who.SIGNED_IN, inputs=ChangeInputs, limit="password_set", status=204)
def change(ask: Ask) -> Reply[None]:
    """Change one's password. All other sessions end."""
    change_password(
        ask.ctx,
        user=ask.user,
        current=ask.data["current_password"],
        new=ask.data["password"],
        keep=ask.session.pk,
        session=ask.session,
    )
    return Reply(None)


def rules_body(password: PasswordRules) -> RulesBody:
    """The rules as a client reads them."""
    return RulesBody(
        minimum_characters=password.minimum_characters,
        contain_upper_case=password.contain_upper_case,
        contain_lower_case=password.contain_lower_case,
        contain_special_case=password.contain_special_case,
        contain_number=password.contain_number,
    )


def _owner(ask: Ask) -> tuple[IdentifierKind, str]:
    if "email" in ask.data:
        return IdentifierKind.EMAIL, ask.data["email"]
    return IdentifierKind.PHONE, ask.data["phone"]
