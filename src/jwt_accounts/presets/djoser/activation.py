"""``users/activation/`` and ``users/resend_activation/``."""

from __future__ import annotations

from jwt_accounts.flows.confirm_email import confirm_email, resend_confirmation
from jwt_accounts.flows.uid_links import check_uid
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Email, Inputs
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.fields import UidInputs


class AddressInputs(Inputs):
    """An address."""

    email = Email()


@action("POST", who=Who.ANYONE, inputs=UidInputs, limit="confirmation", status=204)
def activate(ask: Ask) -> Reply[None]:
    """Confirm the address of a registration, or a changed one."""
    check_uid(uid=ask.data["uid"], token=ask.data["token"])
    confirm_email(ask.ctx, token=ask.data["token"])
    return Reply(None)


@action(
    "POST",
    who=Who.ANYONE,
    inputs=AddressInputs,
    limit="confirmation_request",
    status=204,
    also=(400,),
)
def resend(ask: Ask) -> Reply[None]:
    """Send the link again."""
    settings = conf()
    if not settings.activates:
        return Reply(None, status=400)
    resend_confirmation(
        ask.ctx,
        email=ask.data["email"],
        link=settings.activation_link,
        code=False,
        registered_only=True,
    )
    return Reply(None)
