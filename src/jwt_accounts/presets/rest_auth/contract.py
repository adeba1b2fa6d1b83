"""What all endpoints share."""

from __future__ import annotations

from jwt_accounts.http.contract import Contract
from jwt_accounts.presets.rest_auth.conf import conf
from jwt_accounts.presets.rest_auth.errors import ERRORS

CONTRACT = Contract(
    name="rest_auth",
    errors=ERRORS,
    challenge='Bearer realm="api"',
    needs_front_end=True,
    transport=lambda: conf().transport,
    refresh_at="token_refresh",
)
