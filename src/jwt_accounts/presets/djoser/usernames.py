"""``users/set_username/`` and its like: what one logs in by, a name or an address."""

from __future__ import annotations

from jwt_accounts.flows.change_identifier import change_email, change_username
from jwt_accounts.flows.request_link import request_username_link, reset_email, reset_username
from jwt_accounts.flows.uid_links import check_uid
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.host_fields import attribute_of
from jwt_accounts.presets.djoser.activation import AddressInputs
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.fields import CurrentPasswordInputs, NewNameInputs, UidInputs


class SetInputs(NewNameInputs, CurrentPasswordInputs):
    """The present password and the new name."""

    setting = "SET_USERNAME"


class ConfirmInputs(NewNameInputs, UidInputs):
    """What the link holds, and the new name."""

    setting = "USERNAME_RESET_CONFIRM"


@action("POST", who=Who.SIGNED_IN, inputs=SetInputs, limit="account_change", status=204)
def change(ask: Ask) -> Reply[None]:
    """Take another name, at once; or another address, when it is confirmed."""
    settings = conf()
    login, current = settings.login_field, ask.data["current_password"]
    new = ask.data[f"new_{login}"]
    with fields_named(username=f"new_{login}", email=f"new_{login}"):
        if attribute_of(login) == "email":
            change_email(
                ask.ctx,
                user=ask.user,
                email=new,
                current=current,
                session=ask.session,
                link=settings.activation_link,
                code=False,
            )
        else:
            change_username(
                ask.ctx, user=ask.user, username=new, current=current, session=ask.session
            )
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=AddressInputs, limit="recovery_request", status=204)
def request(ask: Ask) -> Reply[None]:
    """Send a link, if there is somebody to send it to: the answer does not tell."""
    request_username_link(ask.ctx, email=ask.data["email"], link=conf().username_link)
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=ConfirmInputs, limit="password_set", status=204)
def confirm(ask: Ask) -> Reply[None]:
    """Take another name, or ask for another address, by a link."""
    settings = conf()
    login = settings.login_field
    new, secret = ask.data[f"new_{login}"], ask.data["token"]
    check_uid(uid=ask.data["uid"], token=secret)
    with fields_named(username=f"new_{login}", email=f"new_{login}"):
        if attribute_of(login) == "email":
            reset_email(ask.ctx, secret=secret, email=new, link=settings.activation_link)
        else:
            reset_username(ask.ctx, secret=secret, username=new)
    return Reply(None)
