"""What all djoser endpoints share."""

from __future__ import annotations

from jwt_accounts.http.contract import Contract
from jwt_accounts.presets.djoser.errors import ERRORS

CONTRACT = Contract(
    name="djoser",
    errors=ERRORS,
    challenge='Bearer realm="api"',
    needs_front_end=True,
    refresh_at="jwt-refresh",
)
