"""Notifications, looked at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from jwt_accounts.admin.pages import (
    SEARCH_HELP,
    SEARCHED_BY_USER,
    OneOf,
    ReadOnlyAdmin,
    Request,
    YesNo,
)
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from jwt_accounts.contrib.notifications.sentences import sentence


class _Kind(OneOf):
    title = _("kind")
    parameter_name = "kind"
    values = Kind


class _Unread(YesNo):
    title = _("unread")
    parameter_name = "unread"

    def condition(self) -> Q:
        return Q(read_at__isnull=True)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What users were told."""

    list_display = ("created_at", "user", "told", "scope", "read_at")
    list_filter = (_Kind, _Unread)
    search_fields = SEARCHED_BY_USER
    search_help_text = SEARCH_HELP
    date_hierarchy = "created_at"
    sortable_by = ("created_at",)
    ordering = ("-created_at", "pk")
    readonly_fields = ("told",)
    fields = ("user", "told", "scope", "data", "created_at", "read_at")

    def get_queryset(self, request: Request) -> QuerySet[Notification]:
        """With the users."""
        return super().get_queryset(request).select_related("user")

    @admin.display(description=_("text"))
    def told(self, obj: Notification) -> str:
        """What the user reads."""
        return sentence(Kind(obj.kind), obj.data)
