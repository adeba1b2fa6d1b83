"""``auth/registration/``."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from jwt_accounts.flows.register import register as register_flow
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.inputs import Email, Identifier, Inputs, Password
from jwt_accounts.presets.device_api.contract import CONTACTS
from jwt_accounts.types import UserKey


class RegisterInputs(Inputs):
    """The device's user name, its password twice, and its owner's address."""

    username = Identifier()
    password1 = Password()
    password2 = Password()
    email = Email()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        if attrs["password1"] != attrs["password2"]:
            message = "The two password fields didn't match."
            raise serializers.ValidationError({"password2": [message]})
        return attrs


class UserBody(TypedDict):
    """Who was registered."""

    id: UserKey
    username: str
    email: str


@action("POST", who=Who.ANYONE, inputs=RegisterInputs, limit="registration", status=201)
def register(ask: Ask) -> Reply[UserBody]:
    """Register a user for a device."""
    with fields_named(password="password1"):  # noqa: S106 - a field's name
        user = register_flow(
            ask.ctx,
            profile=Profile(username=ask.data["username"], email=ask.data["email"]),
            password=ask.data["password1"],
            contacts=CONTACTS,
        )
    return Reply(UserBody(id=user.id, username=user.username, email=user.email))
