"""What all back-office endpoints share."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.http.contract import Contract
from jwt_accounts.presets.back_office.errors import ERRORS
from jwt_accounts.types import IdentifierKind


class NothingBody(TypedDict):
    """``{}``."""


CONTRACT = Contract(name="back_office", errors=ERRORS, challenge='Bearer realm="back_office"')

#: The refresh token of the log-in is used until the session ends: refresh answers ``access`` alone.
LIFETIMES = Lifetimes(rotates=False)

#: Several users may share a telephone here, so nobody signs in with one.
CONTACTS = frozenset({IdentifierKind.PHONE})
