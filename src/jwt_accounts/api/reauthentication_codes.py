"""``reauthenticate/send/``: the code of a second factor, for who is signed in."""

from __future__ import annotations

from jwt_accounts.contrib.mfa.flows.send_code import send_session_code
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Choice, Inputs
from jwt_accounts.policies.mfa import FactorKind


class SendInputs(Inputs):
    """``factor``: which of those that a code is sent for."""

    factor = Choice([FactorKind.EMAIL, FactorKind.SMS, FactorKind.OTHER])


@action("POST", who=Who.SIGNED_IN, inputs=SendInputs, limit="second_step", status=202)
def send(ask: Ask) -> Reply[None]:
    """Send the code of a factor, if the limits allow: the answer does not tell."""
    send_session_code(ask.ctx, session=ask.session, kind=FactorKind(ask.data["factor"]))
    return Reply(None)
