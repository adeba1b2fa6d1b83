"""Plain pages for people who followed a link, as a contract like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from django.utils.translation import gettext as _
from rest_framework.renderers import BaseRenderer

from jwt_accounts.conf import settings
from jwt_accounts.delivery.templates import render
from jwt_accounts.errors import AlreadyConfirmed
from jwt_accounts.flows.confirm_email import confirm_email
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import ANSWERS
from jwt_accounts.http.contract import Answer, Contract, Refusal

_TYPE = "text/html; charset=utf-8"


class PageBody(TypedDict):
    """What ``jwt_accounts/pages/message.html`` shows."""

    title: str
    text: str


class PageRenderer(BaseRenderer):
    """A page from a template, which hosts may override."""

    media_type = "text/html"
    format = "html"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> str:
        """The page of a :class:`PageBody`."""
        return render("jwt_accounts/pages/message.html", {**data, "site": settings.SITE_NAME})


def _refused(refusal: Refusal) -> PageBody:
    reference = f" ({refusal.reference})" if refusal.reference else ""
    return PageBody(title=_("That did not work"), text=f"{_(refusal.message)}{reference}")


PAGES = Contract(
    name="pages",
    errors={code: Answer(answer.status, _refused) for code, answer in ANSWERS.items()},
    renderers=(PageRenderer,),
    error_content_type=_TYPE,
)


@action("GET", who=Who.ANYONE, limit="confirmation", head=False)
def confirm(ask: Ask) -> Reply[PageBody]:
    """Confirm an address, and say so. The link is followed in a browser, so it is a GET: it
    confirms an address and does nothing else."""
    text = _("Thank you. You can close this page.")
    try:
        confirm_email(ask.ctx, token=ask.path["token"])
    except AlreadyConfirmed:
        text = _("It was confirmed before. There is nothing left to do.")
    headers = {"Referrer-Policy": "no-referrer"}
    return Reply(PageBody(title=_("Your e-mail address is confirmed"), text=text), headers=headers)
