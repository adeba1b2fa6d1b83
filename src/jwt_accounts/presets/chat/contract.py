"""What all chat endpoints share."""

from __future__ import annotations

from datetime import timedelta

from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.http.answers import ANSWERS
from jwt_accounts.http.contract import Contract

CONTRACT = Contract(
    name="chat", errors=ANSWERS, challenge='Bearer realm="chat"', needs_front_end=True
)

LIFETIMES = Lifetimes(access=timedelta(days=1), refresh=timedelta(days=10), rotates=False)
