"""Tenants and memberships, made and changed by staff; invitations, looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from jwt_accounts.admin.pages import (
    SEARCHED_BY_USER,
    KeptAdmin,
    ReadOnlyAdmin,
    Request,
    act,
    holds,
)
from jwt_accounts.contrib.tenants import staff
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.contrib.tenants.policy import canonical_name, canonical_slug
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.types import HostUser, RequestContext

if TYPE_CHECKING:
    TenantModelForm = forms.ModelForm[Tenant]
else:
    TenantModelForm = forms.ModelForm


class TenantForm(TenantModelForm):
    """Both names in their canonical form."""

    def clean_name(self) -> str:
        """Raises ``ValidationError``."""
        name = canonical_name(self.cleaned_data["name"])
        if name is None:
            raise ValidationError(_("Enter a name of one line."))
        return name

    def clean_slug(self) -> str:
        """Raises ``ValidationError``."""
        slug = canonical_slug(self.cleaned_data["slug"])
        if slug is None:
            raise ValidationError(_("Enter letters, digits and hyphens, such as acme-2."))
        return slug

    def clean_is_default(self) -> bool:
        """Raises ``ValidationError``."""
        wanted: bool = self.cleaned_data["is_default"]
        others = Tenant.objects.filter(is_default=True).exclude(pk=self.instance.pk)
        if wanted and others.exists():
            raise ValidationError(_("Another tenant is the default one. Change that one first."))
        return wanted


@admin.register(Tenant)
class TenantAdmin(KeptAdmin):
    """Tenants. One that is over is switched off; its slug stays its own."""

    form = TenantForm
    list_display = ("slug", "name", "is_active", "joining", "is_default", "created_at")
    list_filter = ("is_active", "joining")
    search_fields = ("slug", "name")
    search_help_text = _("Slug or name, or a part of it.")
    ordering = ("slug",)
    fields = ("name", "slug", "is_active", "joining", "is_default", "created_at")
    readonly_fields = ("created_at",)

    def save_model(self, request: Request, obj: Tenant, form: Any, change: Any) -> None:
        """Save, with the moment for a new one."""
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Membership)
class MembershipAdmin(KeptAdmin):
    """Who belongs to which tenant. Here staff names another owner where there is none left."""

    list_display = ("tenant", "user", "role", "joined_at")
    list_filter = ("role",)
    search_fields = ("tenant__slug", *SEARCHED_BY_USER)
    search_help_text = _("The tenant's slug, or the user's name, e-mail or phone, or a part of it.")
    ordering = ("-joined_at", "pk")
    fields = ("tenant", "user", "role", "joined_at")
    raw_id_fields = ("tenant", "user")
    actions = ("end",)

    def get_queryset(self, request: Request) -> QuerySet[Membership]:
        """With the tenants and the users."""
        return super().get_queryset(request).select_related("tenant", "user")

    def get_readonly_fields(
        self, request: Request, obj: Membership | None = None
    ) -> tuple[str, ...]:
        """A membership stays between the two that it is of."""
        return ("joined_at",) if obj is None else ("tenant", "user", "joined_at")

    def has_end_permission(self, request: Request) -> bool:
        """Who may end memberships."""
        return holds(request, staff.CHANGE_MEMBERSHIP)

    def save_model(self, request: Request, obj: Membership, form: Any, change: Any) -> None:
        """Save, with the moment and the user's public id for a new one."""
        if not change:
            obj.joined_at = timezone.now()
            public_id_of(obj.user)
        super().save_model(request, obj, form, change)

    @admin.action(description=_("End these memberships"), permissions=["end"])
    def end(self, request: Request, queryset: QuerySet[Membership]) -> None:
        """These, and no others of their users."""
        done = ngettext_lazy(
            "The memberships of %(n)d user were ended.",
            "The memberships of %(n)d users were ended.",
            "n",
        )
        act(self, request, queryset, _of_these(queryset), done)


@admin.register(TenantInvitation)
class TenantInvitationAdmin(ReadOnlyAdmin):
    """Invitations, without what their links hold."""

    list_display = ("email", "tenant", "role", "created_at", "expires_at", "used_at")
    search_fields = ("email", "tenant__slug")
    search_help_text = _("E-mail or slug, or a part of it.")
    ordering = ("-created_at", "pk")
    fields = (
        *("email", "tenant", "role", "invited_by"),
        *("created_at", "expires_at", "used_at", "sent", "sent_since"),
    )

    def get_queryset(self, request: Request) -> QuerySet[TenantInvitation]:
        """With the tenants."""
        return super().get_queryset(request).select_related("tenant", "invited_by")


def _of_these(memberships: QuerySet[Membership]) -> Callable[..., int]:
    chosen: dict[str, list[int]] = {}
    for membership in memberships:
        chosen.setdefault(str(membership.user_id), []).append(membership.pk)

    def call(ctx: RequestContext, *, actor: HostUser, user_id: str) -> int:
        return staff.end_memberships(ctx, actor=actor, user_id=user_id, only=chosen[user_id])

    return call
