"""``POST sign-in/``."""

from __future__ import annotations

from jwt_accounts.api.bodies import (
    TokensBody,
    UserWithRolesBody,
    moment,
    tokens_body,
    user_with_roles_body,
)
from jwt_accounts.flows.sign_in import sign_in as sign_in_flow
from jwt_accounts.flows.user_summary import summary_of
from jwt_accounts.http.inputs import Identifier, Inputs, Password
from jwt_accounts.http.view import Ask, Reply, Who, action


class SignInInputs(Inputs):
    """``identifier``: a user name, an e-mail or a phone number."""

    identifier = Identifier()
    password = Password()


class SignedInBody(TokensBody):
    """The tokens, whose they are, and when the password must be changed (None: never)."""

    user: UserWithRolesBody
    role: str | None
    password_expires_at: str | None


@action("POST", who=Who.ANYONE, inputs=SignInInputs, limit="sign_in")
def sign_in(ask: Ask) -> Reply[SignedInBody]:
    """Open a session."""
    result = sign_in_flow(ask.ctx, identifier=ask.data["identifier"], password=ask.data["password"])
    body = SignedInBody(
        **tokens_body(result.tokens),
        user=user_with_roles_body(summary_of(result.user, result.roles)),
        role=result.role,
        password_expires_at=moment(result.password_expires_at),
    )
    return Reply(body)
