"""``POST sign-out/``, ``sessions/`` and ``sessions/ID/``: one's own sessions."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.api.bodies import moment
from jwt_accounts.flows.sessions import end_other_sessions, end_session, list_sessions
from jwt_accounts.flows.sign_out import sign_out as sign_out_flow
from jwt_accounts.http.actions import Ask, Reply, Who, action


class SessionBody(TypedDict):
    """One signed-in client. ``current``: the one that asks."""

    id: str
    name: str
    ip: str | None
    user_agent: str
    created_at: str | None
    last_used_at: str | None
    expires_at: str | None
    current: bool


class SessionsBody(TypedDict):
    """Open sessions, the last used first."""

    sessions: list[SessionBody]


@action("POST", who=Who.HOLDER, status=204)
def sign_out(ask: Ask) -> Reply[None]:
    """End the session of the access token that is sent."""
    sign_out_flow(ask.ctx, access_token=ask.token)
    return Reply(None, forgets=True)


@action("GET", who=Who.SIGNED_IN)
def sessions(ask: Ask) -> Reply[SessionsBody]:
    """One's open sessions."""
    bodies = [
        SessionBody(
            id=str(each.pk),
            name=each.name,
            ip=each.ip,
            user_agent=each.user_agent,
            created_at=moment(each.created_at),
            last_used_at=moment(each.last_used_at),
            expires_at=moment(each.expires_at),
            current=each.pk == ask.session.pk,
        )
        for each in list_sessions(ask.ctx, user=ask.user)
    ]
    return Reply(SessionsBody(sessions=bodies))


@action("DELETE", who=Who.SIGNED_IN, status=204)
def end_others(ask: Ask) -> Reply[None]:
    """End all one's sessions but this one."""
    end_other_sessions(ask.ctx, user=ask.user, keep=ask.session.pk)
    return Reply(None)


@action("DELETE", who=Who.SIGNED_IN, status=204)
def end_one(ask: Ask) -> Reply[None]:
    """End one of one's sessions."""
    end_session(ask.ctx, user=ask.user, session_id=ask.path["session_id"])
    return Reply(None, forgets=ask.path["session_id"] == str(ask.session.pk))
