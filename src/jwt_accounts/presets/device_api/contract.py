"""What all device endpoints share."""

from __future__ import annotations

from datetime import timedelta

from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.http.answers import ANSWERS
from jwt_accounts.http.contract import Contract
from jwt_accounts.http.parsers import FormParser, JSONOrMultiPartParser, MultiPartParser
from jwt_accounts.types import IdentifierKind

CONTRACT = Contract(
    name="device_api",
    errors=ANSWERS,
    challenge='Bearer realm="device_api"',
    # The documented cURL lines send a form and call it JSON.
    parsers=(JSONOrMultiPartParser, FormParser, MultiPartParser),
)

LIFETIMES = Lifetimes(access=timedelta(minutes=60), rotates=False)

#: One owner's address is written down with many devices, so nobody signs in with it.
CONTACTS = frozenset({IdentifierKind.EMAIL, IdentifierKind.PHONE})
