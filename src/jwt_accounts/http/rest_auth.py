"""dj-rest-auth's endpoints around passwords and addresses, which other APIs have too: its inputs,
its sentences, and an action, or what makes one, for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import serializers

from jwt_accounts.conf import settings
from jwt_accounts.errors import (
    AlreadyConfirmed,
    Code,
    LinkExpired,
    LinkInvalid,
    NotFound,
    ResetInvalid,
)
from jwt_accounts.flows.change_password import change_password, change_password_just_signed_in
from jwt_accounts.flows.confirm_email import confirm_email, resend_confirmation
from jwt_accounts.flows.request_link import request_password_link
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.uid_links import check_uid
from jwt_accounts.http.actions import Action, Ask, Reply, Who, action
from jwt_accounts.http.answers import (
    DetailBody,
    FieldsBody,
    detail,
    framework_detail,
)
from jwt_accounts.http.contract import Answer, Refusal
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.inputs import Email, Identifier, Inputs, Password, Text, Token

_MISMATCH = "The two password fields didn't match."


class LoginInputs(Inputs):
    """``email`` or ``username`` says who; the address where both are sent."""

    username = Identifier(required=False, allow_blank=True)
    email = Email(required=False, allow_blank=True)
    password = Password()

    def methods(self) -> tuple[str, ...]:
        """Which of the two are read."""
        return ("username", "email")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        methods = self.methods()
        sent = [attrs[name] for name in reversed(methods) if attrs.get(name)]
        if not sent:
            either = "either " if len(methods) > 1 else ""
            names = " or ".join(f'"{name}"' for name in methods)
            raise serializers.ValidationError(f'Must include {either}{names} and "password".')
        others = {name: value for name, value in attrs.items() if name not in {"username", "email"}}
        return {**others, "identifier": sent[0]}


class RegisterInputs(Inputs):
    """A name, an address, and the password twice."""

    username = Identifier()
    email = Email()
    password1 = Password()
    password2 = Password()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        if attrs["password1"] != attrs.pop("password2"):
            raise serializers.ValidationError(_MISMATCH)
        return attrs


class NewPasswordInputs(Inputs):
    """A new password, twice."""

    new_password1 = Password()
    new_password2 = Password()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        if attrs["new_password1"] != attrs["new_password2"]:
            # Of a form of Django's, with its apostrophe.
            message = "The two password fields didn\u2019t match."
            raise serializers.ValidationError({"new_password2": [message]})
        return attrs


class ChangeInputs(NewPasswordInputs):
    """The present password besides; whether it may be left out is the contract's word."""

    old_password = Password(required=False)


class ResetInputs(NewPasswordInputs):
    """What the link holds."""

    uid = Text(max_length=256)
    token = Token()


class AddressInputs(Inputs):
    """An address."""

    email = Email()


class KeyInputs(Inputs):
    """``key``: what the link holds."""

    key = Token()


def password_change(old_password_required: Callable[[], bool]) -> Action[DetailBody]:
    """Change one's password; all other sessions end. Where the present one may be left out, only
    who signed in a moment ago may."""

    class Change(ChangeInputs):
        def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
            fields = super().get_fields()
            fields["old_password"].required = old_password_required()
            return fields

    @action("POST", who=Who.SIGNED_IN, inputs=Change, limit="password_set")
    def change(ask: Ask) -> Reply[DetailBody]:
        """Change one's password. All other sessions end."""
        old, new = ask.data.get("old_password"), ask.data["new_password1"]
        with fields_named(password="new_password2", current_password="old_password"):  # noqa: S106 - names of fields
            if old is not None:
                change_password(
                    ask.ctx,
                    user=ask.user,
                    current=old,
                    new=new,
                    keep=ask.session.pk,
                    session=ask.session,
                )
            else:
                change_password_just_signed_in(ask.ctx, session=ask.session, new=new)
        return Reply(DetailBody(detail="New password has been saved."))

    return change


@action("POST", who=Who.ANYONE, inputs=AddressInputs, limit="recovery_request")
def password_reset(ask: Ask) -> Reply[DetailBody]:
    """Send a link, if there is somebody to send it to: the answer does not tell."""
    link = settings.LINKS["password_reset_confirm"]
    request_password_link(ask.ctx, email=ask.data["email"], link=link)
    return Reply(DetailBody(detail="Password reset e-mail has been sent."))


@action("POST", who=Who.ANYONE, inputs=ResetInputs, limit="password_set")
def password_reset_confirm(ask: Ask) -> Reply[DetailBody]:
    """Set a new password by a link. All sessions end."""
    secret = ask.data["token"]
    with fields_named(password="new_password2"):  # noqa: S106 - a field's name
        try:
            check_uid(uid=ask.data["uid"], token=secret)
        except LinkInvalid as error:
            raise ResetInvalid from error
        reset_password(ask.ctx, secret=secret, password=ask.data["new_password1"])
    return Reply(DetailBody(detail="Password has been reset with the new password."))


@action("POST", who=Who.ANYONE, inputs=KeyInputs, limit="confirmation", raises=(Code.NOT_FOUND,))
def verify_email(ask: Ask) -> Reply[DetailBody]:
    """Confirm an address by what its link holds."""
    try:
        confirm_email(ask.ctx, token=ask.data["key"])
    except (AlreadyConfirmed, LinkExpired, LinkInvalid) as error:
        raise NotFound from error
    return Reply(DetailBody(detail="ok"))


@action("POST", who=Who.ANYONE, inputs=AddressInputs, limit="confirmation_request")
def resend_email(ask: Ask) -> Reply[DetailBody]:
    """Send the confirmation again, if there is somebody who needs it: the answer does not tell."""
    link = settings.LINKS["account_confirm_email"]
    resend_confirmation(ask.ctx, email=ask.data["email"], link=link, code=False)
    return Reply(DetailBody(detail="ok"))


def _invalid(refusal: Refusal) -> FieldsBody | DetailBody:
    """dj-rest-auth's and allauth's sentences, where they have one for what a flow finds."""
    return {
        name: [_SENTENCES.get((name, error.code), error.message) for error in errors]
        for name, errors in refusal.fields.items()
    } or detail(refusal)


def _unchanged(refusal: Refusal) -> FieldsBody:
    return {"new_password2": [refusal.message]}


_SENTENCES = {
    ("uid", "unknown_user"): "Invalid value",
    ("email", "unique"): "User is already registered with this e-mail address.",
    ("old_password", "wrong_password"): (
        "Your old password was entered incorrectly. Please enter it again."
    ),
}
_TOKEN = {"token": ["Invalid value"]}

#: What the two of them say otherwise than other contracts (see ``answers.py``).
REST_AUTH_ANSWERS: Mapping[Code, Answer] = {
    Code.INVALID: Answer(400, _invalid),
    Code.MALFORMED: Answer(400, framework_detail),
    Code.UNSUPPORTED_MEDIA_TYPE: Answer(415, framework_detail),
    Code.METHOD_NOT_ALLOWED: Answer(405, framework_detail),
    Code.PASSWORD_UNCHANGED: Answer(400, _unchanged),
    Code.RESET_INVALID: Answer(400, _TOKEN),
    Code.RESET_EXPIRED: Answer(400, _TOKEN),
}
