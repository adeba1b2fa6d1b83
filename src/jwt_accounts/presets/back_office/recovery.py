"""``mail/``, ``verify/`` and ``update_user_password/``: a forgotten password, in three requests."""

from __future__ import annotations

from typing import TypedDict

from rest_framework import serializers

from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password_of
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.http.actions import Ask, Cookie, Reply, Who, action
from jwt_accounts.http.inputs import Identifier, Inputs, Password, Pin
from jwt_accounts.presets.back_office.contract import NothingBody
from jwt_accounts.types import IdentifierKind

#: The secret of an open window travels in this header and in this cookie, beside the documented
#: bodies: a client with a cookie jar sends it back without knowing.
RESET_HEADER, RESET_COOKIE = "X-Reset-Token", "reset_token"

_UPDATE = "update_user_password"


class OwnerInputs(Inputs):
    """``type``: ``email`` or ``phone``; ``value``: the address or the number."""

    type = serializers.ChoiceField(
        choices=["email", "phone"],
        # Not DRF's words: they repeat what was sent, whatever it is.
        error_messages={"invalid_choice": "Must be email or phone."},
    )
    value = Identifier()


class PinInputs(OwnerInputs):
    """``pin``: a number or digits."""

    pin = Pin()


class PasswordInputs(OwnerInputs):
    """``password``: a text; digits may be a number."""

    password = Password(numbers=True)


class PinBody(TypedDict):
    """``pin`` is null, whoever asked for whom, unless ``PIN_IN_RESPONSE`` has effect."""

    pin: int | None


@action("POST", who=Who.ANYONE, inputs=OwnerInputs, limit="recovery_request")
def mail(ask: Ask) -> Reply[PinBody]:
    """Send a PIN to the stored address or number."""
    requested = request_pin(ask.ctx, kind=_kind(ask), value=ask.data["value"])
    return Reply(PinBody(pin=None if requested.pin is None else int(requested.pin)))


@action("POST", who=Who.ANYONE, inputs=PinInputs, limit="recovery_verify")
def verify(ask: Ask) -> Reply[NothingBody]:
    """Check a PIN; the right one opens a window to set a password in."""
    window = verify_pin(ask.ctx, kind=_kind(ask), value=ask.data["value"], pin=ask.data["pin"])
    mounted_at = ask.url_path.removesuffix("/").rpartition("/")[0]
    cookie = Cookie(
        name=RESET_COOKIE,
        value=window.secret,
        path=f"{mounted_at}/{_UPDATE}",
        max_age=window.expires_in,
    )
    return Reply(NothingBody(), headers={RESET_HEADER: window.secret}, cookies=(cookie,))


@action("POST", who=Who.ANYONE, inputs=PasswordInputs, limit="password_set")
def update(ask: Ask) -> Reply[NothingBody]:
    """Set a new password in the open window."""
    reset_password_of(
        ask.ctx,
        kind=_kind(ask),
        value=ask.data["value"],
        secret=ask.headers.get(RESET_HEADER) or ask.cookies.get(RESET_COOKIE) or None,
        password=ask.data["password"],
    )
    return Reply(NothingBody())


def _kind(ask: Ask) -> IdentifierKind:
    return IdentifierKind(ask.data["type"])
