"""``reauthenticate/``: show again who it is, before something that matters."""

from __future__ import annotations

from rest_framework import serializers

from jwt_accounts.api.bodies import TokensBody, tokens_body
from jwt_accounts.errors import Code
from jwt_accounts.flows.presence_code import send_presence_code
from jwt_accounts.flows.reauthenticate import reauthenticate as reauthenticate_flow
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Inputs, Password, Text
from jwt_accounts.second_factors import Answer


class ReauthenticationInputs(Inputs):
    """The present password and, for who has a second factor, a code or what a passkey signed. Who
    has neither sends the code of ``reauthenticate/code/``."""

    current_password = Password(required=False)
    code = Text(required=False, max_length=64, write_only=True)
    credential = serializers.DictField(required=False)


@action("POST", who=Who.SIGNED_IN, limit="second_step", status=202)
def send_code(ask: Ask) -> Reply[None]:
    """Mail a code to who has no second factor and no password, or signed in without it. To others
    nothing is sent: the answer does not tell."""
    send_presence_code(ask.ctx, session=ask.session)
    return Reply(None)


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=ReauthenticationInputs,
    limit="sign_in",
    raises=(Code.CODE_INVALID, Code.CODES_EXHAUSTED, Code.MFA_REQUIRED),
)
def reauthenticate(ask: Ask) -> Reply[TokensBody]:
    """Show again who it is: new tokens say when, and the former refresh token is spent. The 403
    ``mfa_required`` names the ``factors`` of who left the code out."""
    # A frame of an error report: nothing secret has a name of its own here.
    answer = Answer(code=ask.data.get("code", ""), credential=ask.data.get("credential"))
    tokens = reauthenticate_flow(
        ask.ctx,
        session=ask.session,
        password=ask.data.get("current_password"),
        answer=answer if answer.code or answer.credential else None,
    )
    return Reply(tokens_body(tokens), tokens=tokens)
