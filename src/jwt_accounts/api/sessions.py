"""``POST sign-out/``, ``sessions/`` and ``sessions/ID/``: one's own sessions; and
``users/ID/sessions/``: those of others, for staff."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.api.bodies import moment
from jwt_accounts.flows import lock_account as staff
from jwt_accounts.flows import sessions as flows
from jwt_accounts.flows.sign_out import sign_out as sign_out_flow
from jwt_accounts.hooks import client_in_words, place_of
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Inputs, Text
from jwt_accounts.models import UserSession
from jwt_accounts.rights import END_SESSIONS


class NameInputs(Inputs):
    """``name``: one line; empty for none."""

    name = Text(allow_blank=True, max_length=100)


class SessionBody(TypedDict):
    """One signed-in client. ``client``: in words; ``place``: where the site knows it;
    ``signed_in_with``: how it was shown who this is (RFC 8176); ``current``: the one that asks."""

    id: str
    name: str
    client: str
    place: str | None
    ip: str | None
    user_agent: str
    signed_in_with: list[str]
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
    return Reply(_bodies(ask, flows.list_sessions(ask.ctx, user=ask.user)))


@action("PATCH", who=Who.SIGNED_IN, inputs=NameInputs)
def name_one(ask: Ask) -> Reply[SessionBody]:
    """Name one of one's sessions."""
    named = flows.name_session(
        ask.ctx, user=ask.user, session_id=ask.path["session_id"], name=ask.data["name"]
    )
    return Reply(_body(ask, named))


@action("DELETE", who=Who.SIGNED_IN, status=204)
def end_others(ask: Ask) -> Reply[None]:
    """End all one's sessions but this one."""
    flows.end_other_sessions(ask.ctx, user=ask.user, keep=ask.session.pk)
    return Reply(None)


@action("DELETE", who=Who.SIGNED_IN, status=204)
def end_one(ask: Ask) -> Reply[None]:
    """End one of one's sessions."""
    ended = flows.end_session(ask.ctx, user=ask.user, session_id=ask.path["session_id"])
    return Reply(None, forgets=ended == ask.session.pk)


@action("GET", who=Who.SIGNED_IN, right=END_SESSIONS)
def sessions_of(ask: Ask) -> Reply[SessionsBody]:
    """The open sessions of a user."""
    found = staff.list_sessions_of(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(_bodies(ask, found))


@action("DELETE", who=Who.SIGNED_IN, right=END_SESSIONS, status=204)
def end_one_of(ask: Ask) -> Reply[None]:
    """End one session of a user."""
    staff.end_session_of(
        ask.ctx,
        actor=ask.user,
        user_id=ask.path["user_id"],
        session_id=ask.path["session_id"],
    )
    return Reply(None)


def _bodies(ask: Ask, found: list[UserSession]) -> SessionsBody:
    return SessionsBody(sessions=[_body(ask, each) for each in found])


def _body(ask: Ask, session: UserSession) -> SessionBody:
    return SessionBody(
        id=str(session.pk),
        name=session.name,
        client=client_in_words(session.user_agent),
        place=place_of(session.ip) or None,
        ip=session.ip,
        user_agent=session.user_agent,
        signed_in_with=session.methods,
        created_at=moment(session.created_at),
        last_used_at=moment(session.last_used_at),
        expires_at=moment(session.expires_at),
        current=session.pk == ask.session.pk,
    )
