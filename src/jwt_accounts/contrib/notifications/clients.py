"""Whether a session is of a client that its account did not see before."""

from __future__ import annotations

from jwt_accounts.contrib.notifications.policy import Client, is_new
from jwt_accounts.models import UserSession
from jwt_accounts.types import SessionEnd

#: How many sessions are looked back at.
_REMEMBERED = 500

#: Ends that say that the client was not the user's.
_THROWN_OUT = {
    SessionEnd.ENDED_BY_USER,
    SessionEnd.ENDED_BY_STAFF,
    SessionEnd.LOCKED_BY_STAFF,
    SessionEnd.REFRESH_REUSED,
}


def is_new_client(session: UserSession) -> bool:
    """Whether the user's earlier sessions were of other clients. One query.

    A session that was thrown out makes its client no friend of the account; it is one more reason
    to tell when it comes back.
    """
    others = UserSession.objects.filter(user=session.user_id).exclude(pk=session.pk)
    columns = others.order_by("-created_at").values_list("ip", "user_agent", "end_reason")
    rows = list(columns[:_REMEMBERED])
    trusted = [Client(ip, agent) for ip, agent, end in rows if end not in _THROWN_OUT]
    present = Client(session.ip, session.user_agent)
    return bool(rows) and (not trusted or is_new(present, trusted))
