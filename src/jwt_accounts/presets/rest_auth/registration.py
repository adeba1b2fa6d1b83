"""The two pages of allauth's that a link may still lead to."""

from __future__ import annotations

from jwt_accounts.conf import settings
from jwt_accounts.delivery.links import build_link
from jwt_accounts.errors import NotFound
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody


@action("GET", who=Who.ANYONE, limit="confirmation", status=302)
def confirm_page(ask: Ask) -> Reply[None]:
    """Lead to the front end, which posts the key to ``registration/verify-email/``: what only
    reads the link, as mail scanners do, confirms nothing."""
    link = build_link(settings.LINKS["account_confirm_email"], token=ask.path["key"], user_id="")
    if not link:
        raise NotFound
    return Reply(None, headers={"Location": link, "Referrer-Policy": "no-referrer"})


@action("GET", who=Who.ANYONE, limit="confirmation")
def sent_page(_ask: Ask) -> Reply[DetailBody]:
    """Say that a message was sent."""
    return Reply(DetailBody(detail="Verification e-mail sent."))
