"""``POST sign-in/``."""

from __future__ import annotations

from typing import assert_never

from jwt_accounts.api.bodies import (
    TokensBody,
    UserWithRolesBody,
    moment,
    tokens_body,
    user_with_roles_body,
)
from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.errors import PasswordExpired
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired, step_refusal
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.sign_in import SignInResult
from jwt_accounts.flows.sign_in import sign_in as sign_in_flow
from jwt_accounts.flows.user_summary import summary_of
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Identifier, Inputs, Password


class SignInInputs(Inputs):
    """``identifier``: a user name, an e-mail or a phone number."""

    identifier = Identifier()
    password = Password()


class SignedInBody(TokensBody):
    """The tokens, whose they are, and when the password must be changed: the moment, and the
    seconds until then (both None: never)."""

    user: UserWithRolesBody
    role: str | None
    password_expires_at: str | None
    password_expires_in: int | None


@action("POST", who=Who.ANYONE, inputs=SignInInputs, limit="sign_in")
def sign_in(ask: Ask) -> Reply[SignedInBody]:
    """Open a session. Where a second factor is needed, or must be set up, the 403 holds a
    ``challenge_token`` for ``sign-in/second-step/`` or ``sign-in/enrol/``; where the password must
    be changed, a ``change_token`` for ``password/set/`` and the ``reason``. None of them does
    anything else."""
    result = sign_in_flow(
        ask.ctx,
        identifier=ask.data["identifier"],
        password=ask.data["password"],
        gives_change_token=True,
    )
    return signed_in(ask, result)


def signed_in(ask: Ask, result: SignInResult) -> Reply[SignedInBody]:
    """What a sign-in, by whatever step, is answered with. Raises what it refuses with."""
    match result:
        case SignedIn():
            return Reply(_body(ask, result), tokens=result.tokens)
        case MfaRequired() | MfaEnrolmentRequired():
            raise step_refusal(result)
        case ChangeRequired():
            raise PasswordExpired(
                _SENTENCES[result.reason],
                extra={
                    "reason": str(result.reason),
                    "change_token": result.secret,
                    "expires_in": result.expires_in,
                },
            )
        case _:
            assert_never(result)


_SENTENCES = {
    ChangeReason.EXPIRED: "This password has expired. Set a new one.",
    ChangeReason.DEMANDED: "This password must be changed before you sign in. Set a new one.",
    ChangeReason.RULES: "This password no longer meets the rules. Set a new one.",
}


def _body(ask: Ask, result: SignedIn) -> SignedInBody:
    end = result.password_expires_at
    return SignedInBody(
        **tokens_body(result.tokens),
        user=user_with_roles_body(summary_of(result.user, result.roles)),
        role=result.role,
        password_expires_at=moment(end),
        password_expires_in=None if end is None else int((end - ask.ctx.now).total_seconds()),
    )
