"""``users/set_password/``, ``users/reset_password/`` and ``users/reset_password_confirm/``."""

from __future__ import annotations

from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.request_link import request_password_link
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.uid_links import check_uid
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.inputs import Password
from jwt_accounts.presets.djoser.activation import AddressInputs
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.fields import CurrentPasswordInputs, Twice, UidInputs


class SetInputs(Twice, CurrentPasswordInputs):
    """The present password and the new one."""

    setting = "SET_PASSWORD"
    new_password = Password()


class ConfirmInputs(Twice, UidInputs):
    """What the link holds, and the new password."""

    setting = "PASSWORD_RESET_CONFIRM"
    new_password = Password()


@action("POST", who=Who.SIGNED_IN, inputs=SetInputs, limit="password_set", status=204)
def change(ask: Ask) -> Reply[None]:
    """Change one's password. All other sessions end."""
    with fields_named(password="new_password"):  # noqa: S106 - a field's name
        change_password(
            ask.ctx,
            user=ask.user,
            current=ask.data["current_password"],
            new=ask.data["new_password"],
            keep=ask.session.pk,
            session=ask.session,
        )
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=AddressInputs, limit="recovery_request", status=204)
def request(ask: Ask) -> Reply[None]:
    """Send a link, if there is somebody to send it to: the answer does not tell."""
    request_password_link(ask.ctx, email=ask.data["email"], link=conf().password_link)
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=ConfirmInputs, limit="password_set", status=204)
def confirm(ask: Ask) -> Reply[None]:
    """Set a new password by a link. All sessions end."""
    check_uid(uid=ask.data["uid"], token=ask.data["token"])
    with fields_named(password="new_password"):  # noqa: S106 - a field's name
        reset_password(ask.ctx, secret=ask.data["token"], password=ask.data["new_password"])
    return Reply(None)
