"""``register/``, ``email/confirm/`` and ``email/resend/``."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from jwt_accounts.conf import settings
from jwt_accounts.flows import confirm_email as confirming
from jwt_accounts.flows.register import register_discreetly
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.host_fields import extra_fields
from jwt_accounts.http.inputs import Email, Identifier, Inputs, Password, Phone, Pin, Text, Token
from jwt_accounts.models.userfields import extra_names, user_fields


class NamesInputs(Inputs):
    """What one may say of oneself; what the host's user model lacks is not kept."""

    first_name = Text(required=False, allow_blank=True, max_length=150)
    last_name = Text(required=False, allow_blank=True, max_length=150)
    name = Text(required=False, allow_blank=True, max_length=255)


class RegisterInputs(NamesInputs):
    """``username`` may be left out where there is an ``email``: then one is made. The host's other
    ``REQUIRED_FIELDS`` come besides."""

    username = Identifier(required=False)
    email = Email()
    phone = Phone(required=False)
    password = Password()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The host's user model decides which there are."""
        fields = super().get_fields() | extra_fields()
        if user_fields().email is None:
            del fields["email"]
            fields["username"] = Identifier()
        return fields


class ConfirmInputs(Inputs):
    """``token``: of the link; or ``email`` and the ``code`` of the message."""

    token = Token(required=False)
    email = Identifier(required=False)
    code = Pin(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        if set(attrs) not in ({"token"}, {"email", "code"}):
            raise serializers.ValidationError(
                {"token": ["Send either `token`, or `email` and `code`."]}
            )
        return attrs


class AddressInputs(Inputs):
    """An address."""

    email = Identifier()


@action("POST", who=Who.ANYONE, inputs=RegisterInputs, limit="registration", status=202)
def register(ask: Ask) -> Reply[None]:
    """Register. The answer is the same where the address, or the name, is taken: a message tells
    who has it."""
    data = dict(ask.data)
    password = data.pop("password")
    extra = {name: data.pop(name) for name in extra_names() if name in data}
    register_discreetly(
        ask.ctx,
        profile=Profile(**data, extra=extra),
        password=password,
        link=settings.LINKS["confirm_email"],
    )
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=ConfirmInputs, limit="confirmation", status=204)
def confirm(ask: Ask) -> Reply[None]:
    """Confirm an address. Nobody is signed in by it."""
    if "token" in ask.data:
        confirming.confirm_email(ask.ctx, token=ask.data["token"])
    else:
        confirming.confirm_email_by_code(ask.ctx, email=ask.data["email"], code=ask.data["code"])
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=AddressInputs, limit="confirmation_request", status=202)
def resend(ask: Ask) -> Reply[None]:
    """Send the confirmation again, if there is somebody who needs it: the answer does not tell."""
    confirming.resend_confirmation(
        ask.ctx, email=ask.data["email"], link=settings.LINKS["confirm_email"]
    )
    return Reply(None)
