"""``logout/``."""

from __future__ import annotations

from jwt_accounts.errors import NotAuthenticated
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody
from jwt_accounts.http.inputs import Inputs, Token
from jwt_accounts.presets.rest_auth.conf import conf


class LogoutInputs(Inputs):
    """``refresh`` may be left out where an access token says which session."""

    refresh = Token(required=False, allow_blank=True)


@action("POST", who=Who.VISITOR, inputs=LogoutInputs, limit="revoke", refresh="refresh")
def logout(ask: Ask) -> Reply[DetailBody]:
    """End the session of the access token, or of the refresh token."""
    token = ask.data.get("refresh") or None
    try:
        sign_out(ask.ctx, access_token=ask.visitor, refresh_token=token)
    except NotAuthenticated as error:
        place = "cookie" if conf().http_only else "request"
        raise NotAuthenticated(f"Refresh token was not included in {place} data.") from error
    return Reply(DetailBody(detail="Successfully logged out."), forgets=True)
