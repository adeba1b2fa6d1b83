"""``sign-in/code/`` and ``sign-in/code/confirm/``: sign in by a mailed code or link, where the site
wants it (``PASSWORDLESS``)."""

from __future__ import annotations

from jwt_accounts.api.registration import AddressInputs, ConfirmInputs
from jwt_accounts.api.sign_in import SignedInBody, signed_in
from jwt_accounts.conf import settings
from jwt_accounts.errors import Code
from jwt_accounts.flows.sign_in_by_code import request_sign_in, sign_in_by_code, sign_in_by_link
from jwt_accounts.http.actions import Ask, Reply, Who, action


class MailInputs(AddressInputs):
    """Where to."""


class MailedInputs(ConfirmInputs):
    """``token``: of the link; or ``email`` and the ``code`` of the message."""


@action(
    "POST",
    who=Who.ANYONE,
    inputs=MailInputs,
    limit="sign_in_code",
    raises=(Code.NOT_FOUND,),
    status=202,
)
def request(ask: Ask) -> Reply[None]:
    """Mail a code and a link to sign in by, if there is somebody to send it to: the answer does not
    tell. 404 where the site does not want it."""
    request_sign_in(ask.ctx, email=ask.data["email"], link=settings.LINKS["sign_in"])
    return Reply(None)


@action(
    "POST",
    who=Who.ANYONE,
    inputs=MailedInputs,
    limit="second_step",
    raises=(
        Code.LINK_EXPIRED,
        Code.LINK_INVALID,
        Code.MFA_ENROLMENT_REQUIRED,
        Code.MFA_REQUIRED,
        Code.NOT_FOUND,
        Code.PIN_EXPIRED,
        Code.PIN_INVALID,
        Code.SESSION_LIMIT_REACHED,
    ),
)
def confirm(ask: Ask) -> Reply[SignedInBody]:
    """Open a session by the code, or by what the link holds. A second factor comes first, as after
    a password."""
    if "token" in ask.data:
        result = sign_in_by_link(ask.ctx, token=ask.data["token"])
    else:
        result = sign_in_by_code(ask.ctx, email=ask.data["email"], code=ask.data["code"])
    return signed_in(ask, result)
