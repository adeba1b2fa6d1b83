"""Devices, looked at, revoked and restored."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from jwt_accounts.admin.pages import ReadOnlyAdmin, Request, YesNo, act, holds
from jwt_accounts.contrib.devices import staff
from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_SEARCHED_BY_OWNER = tuple(f"owner__jwt_account__{kind}" for kind in IdentifierKind)


class _Revoked(YesNo):
    title = _("revoked")
    parameter_name = "revoked"

    def condition(self) -> Q:
        return Q(revoked_at__isnull=False)


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """Devices: one for each owner and host name."""

    list_display = (
        *("hostname", "owner", "name", "ipv4_address", "ipv6_address"),
        *("last_seen", "revoked_at"),
    )
    list_filter = (_Revoked,)
    search_fields = ("hostname", "fqdn", "ipv4_address", "ipv6_address", *_SEARCHED_BY_OWNER)
    search_help_text = _(
        "Host name, address, or the owner's user name, e-mail or phone, or a part of it."
    )
    sortable_by = ("hostname", "owner", "last_seen")
    ordering = ("-last_seen", "pk")
    fieldsets = (
        (None, {"fields": ("hostname", "owner", "name")}),
        (_("Addresses"), {"fields": ("fqdn", "ipv4_address", "ipv6_address")}),
        (_("Times"), {"fields": ("created_at", "last_seen", "revoked_at")}),
    )
    actions = ("revoke", "restore")

    def get_queryset(self, request: Request) -> QuerySet[Device]:
        """With the owners."""
        return super().get_queryset(request).select_related("owner")

    def has_revoke_permission(self, request: Request) -> bool:
        """Who may revoke and restore."""
        return holds(request, staff.CHANGE_DEVICE)

    @admin.action(description=_("Revoke these devices"), permissions=["revoke"])
    def revoke(self, request: Request, queryset: QuerySet[Device]) -> None:
        """These, and no others of their owners."""
        done = ngettext_lazy(
            "The devices of %(n)d user were revoked.",
            "The devices of %(n)d users were revoked.",
            "n",
        )
        act(self, request, queryset, _of_these(queryset, staff.revoke_devices), done)

    @admin.action(description=_("Restore these devices"), permissions=["revoke"])
    def restore(self, request: Request, queryset: QuerySet[Device]) -> None:
        """Let them be registered again."""
        done = ngettext_lazy(
            "The devices of %(n)d user were restored.",
            "The devices of %(n)d users were restored.",
            "n",
        )
        act(self, request, queryset, _of_these(queryset, staff.restore_devices), done)


def _of_these(devices: QuerySet[Device], flow: Callable[..., int]) -> Callable[..., int]:
    chosen: dict[str, list[UUID]] = {}
    for device in devices:
        chosen.setdefault(str(device.owner_id), []).append(device.pk)

    def call(ctx: RequestContext, *, actor: HostUser, user_id: str) -> int:
        return flow(ctx, actor=actor, user_id=user_id, only=chosen[user_id])

    return call
