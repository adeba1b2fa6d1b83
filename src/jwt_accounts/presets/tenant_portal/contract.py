"""What all portal endpoints share."""

from __future__ import annotations

from datetime import timedelta

from jwt_accounts.errors import Code
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.http.answers import ANSWERS
from jwt_accounts.http.contract import Answer, Contract
from jwt_accounts.http.rest_auth import REST_AUTH_ANSWERS

_CREDENTIALS = {"detail": "Unable to log in with provided credentials."}

CONTRACT = Contract(
    name="tenant_portal",
    errors={
        **ANSWERS,
        **REST_AUTH_ANSWERS,
        Code.WRONG_CREDENTIALS: Answer(401, _CREDENTIALS),
        Code.ACCOUNT_INACTIVE: Answer(401, _CREDENTIALS),
    },
    challenge='Bearer realm="tenant_portal"',
    needs_front_end=True,
    revalidates=True,
)

#: One token and no refresh token: an hour of silence ends it, and two weeks end the session.
LIFETIMES = Lifetimes(
    access=timedelta(hours=1), refresh=timedelta(days=14), rotates=False, renews=True
)
