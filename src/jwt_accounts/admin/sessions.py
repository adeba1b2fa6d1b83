"""Sessions, looked at and ended."""

from __future__ import annotations

from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jwt_accounts.admin.accounts import SESSIONS_ENDED
from jwt_accounts.admin.pages import (
    SEARCH_HELP,
    SEARCHED_BY_USER,
    OneOf,
    ReadOnlyAdmin,
    Request,
    YesNo,
    act,
    holds,
    spoken,
)
from jwt_accounts.flows import lock_account as flows
from jwt_accounts.hooks import client_in_words
from jwt_accounts.models import UserSession
from jwt_accounts.rights import END_SESSIONS
from jwt_accounts.types import HostUser, RequestContext, SessionEnd


class _OpenNow(YesNo):
    title = _("open now")
    parameter_name = "open"

    def condition(self) -> Q:
        now = timezone.now()
        return Q(ended_at=None, expires_at__gt=now, idle_expires_at__gt=now)


class _EndReason(OneOf):
    title = _("why it ended")
    parameter_name = "end_reason"
    values = SessionEnd


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Sessions: one for each signed-in client."""

    list_display = ("user", "state", "client", "ip", "created_at", "last_used_at")
    list_filter = (_OpenNow, _EndReason)
    search_fields = SEARCHED_BY_USER
    search_help_text = SEARCH_HELP
    sortable_by = ("user", "created_at", "last_used_at")
    # The end has an index, and is a fixed time after the beginning.
    ordering = ("-expires_at", "pk")
    readonly_fields = ("state", "client")
    fieldsets = (
        (None, {"fields": ("user", "state", "ended_at")}),
        (_("Client"), {"fields": ("name", "client", "user_agent", "ip", "amr", "auth_time")}),
        (
            _("Times"),
            {
                "fields": (
                    *("created_at", "last_used_at", "rotated_at", "generation"),
                    *("idle_expires_at", "expires_at"),
                )
            },
        ),
    )
    actions = ("end_sessions",)

    def get_queryset(self, request: Request) -> QuerySet[UserSession]:
        """With the users."""
        return super().get_queryset(request).select_related("user")

    def lookup_allowed(self, lookup: str, value: str, request: Request) -> bool:
        """Nobody finds out a digest by asking how it begins."""
        hidden = lookup.startswith("password_digest")
        return not hidden and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("state"))
    def state(self, obj: UserSession) -> str:
        """Open, or why not."""
        if obj.ended_at is not None:
            return spoken(obj.end_reason)
        over = min(obj.expires_at, obj.idle_expires_at) <= timezone.now()
        return gettext("Expired") if over else gettext("Open")

    @admin.display(description=_("client"))
    def client(self, obj: UserSession) -> str:
        """In words."""
        return client_in_words(obj.user_agent)

    def has_end_permission(self, request: Request) -> bool:
        """Who may end sessions."""
        return holds(request, END_SESSIONS)

    @admin.action(description=_("End these sessions"), permissions=["end"])
    def end_sessions(self, request: Request, queryset: QuerySet[UserSession]) -> None:
        """These, and no others of their users."""
        chosen: dict[str, list[UUID]] = {}
        for session in queryset:
            chosen.setdefault(str(session.user_id), []).append(session.pk)

        def end(ctx: RequestContext, *, actor: HostUser, user_id: str) -> int:
            return flows.end_sessions(ctx, actor=actor, user_id=user_id, only=chosen[user_id])

        act(self, request, queryset, end, SESSIONS_ENDED)
