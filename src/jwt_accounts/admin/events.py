"""The audit trail, looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jwt_accounts.admin.pages import (
    SEARCH_HELP,
    SEARCHED_BY_USER,
    OneOf,
    ReadOnlyAdmin,
    Request,
    spoken,
)
from jwt_accounts.models import SecurityEvent
from jwt_accounts.types import EventKind


class _Kind(OneOf):
    title = _("kind")
    parameter_name = "kind"
    values = EventKind


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ("at", "what", "user", "actor", "ip", "particulars")
    list_filter = (_Kind,)
    search_fields = SEARCHED_BY_USER
    search_help_text = SEARCH_HELP
    date_hierarchy = "at"
    sortable_by = ("at",)
    readonly_fields = ("what", "particulars")
    fieldsets = (
        (None, {"fields": ("what", "at", "user", "actor", "particulars")}),
        (_("Client"), {"fields": ("ip", "user_agent")}),
    )

    def get_queryset(self, request: Request) -> QuerySet[SecurityEvent]:
        """With both users."""
        return super().get_queryset(request).select_related("user", "actor")

    @admin.display(description=_("kind"))
    def what(self, obj: SecurityEvent) -> str:
        """The kind in words."""
        return spoken(obj.kind)

    @admin.display(description=_("details"))
    def particulars(self, obj: SecurityEvent) -> str:
        """One line for each detail."""
        lines = [(line,) for line in _lines(obj.details)]
        return format_html_join(mark_safe("<br>"), "{}", lines) or self.get_empty_value_display()


def _lines(details: Mapping[str, object]) -> Iterator[str]:
    for name, value in details.items():
        if isinstance(value, dict):  # of changes: what was, and what is
            for each, pair in value.items():
                yield f"{spoken(each)}: {_told(pair, ' → ')}"
        else:
            yield f"{spoken(name)}: {_told(value)}"


def _told(value: object, separator: str = ", ") -> str:
    match value:
        case None:
            return gettext("none")
        case bool():
            return gettext("yes") if value else gettext("no")
        case float():
            return gettext("%(n)d s") % {"n": value}
        case list():
            return separator.join(map(_told, value)) or gettext("none")
    return str(value)
