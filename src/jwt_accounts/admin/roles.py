"""The rules of roles, edited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jwt_accounts.admin.pages import KeptAdmin, Request, actor_of
from jwt_accounts.clients import context_from
from jwt_accounts.errors import Forbidden
from jwt_accounts.flows.role_settings import record_change
from jwt_accounts.models import RoleSettings
from jwt_accounts.rights import may_rule
from jwt_accounts.second_factors import second_factors

if TYPE_CHECKING:
    from django.db.models import ForeignKey
    from django.forms import ModelForm

_WRONG, _SIGN_IN = ("lockout_limit", "lockout_time"), ("require_mfa", "session_limit")
_RULES = tuple(each.name for each in RoleSettings._meta.fields if each.name != "role")


@admin.register(RoleSettings)
class RoleSettingsAdmin(KeptAdmin):
    """The rules of the roles, for whoever holds every right that the role holds."""

    list_display = (
        *("role", "minimum_characters", "contains", "password_expiration"),
        *("lockout_limit", "lockout_time", "require_mfa", "session_limit"),
    )
    ordering = ("role__name",)
    fieldsets = (
        (None, {"fields": ("role",)}),
        (
            _("Password"),
            {
                "fields": [name for name in _RULES if name not in {*_WRONG, *_SIGN_IN}],
                "description": _(
                    "Of several roles of a user the strictest rule of each kind holds. A rule "
                    "binds when the next password is set; it breaks no existing one."
                ),
            },
        ),
        (_("Wrong passwords"), {"fields": _WRONG}),
        (_("Sign-in and sessions"), {"fields": _SIGN_IN}),
    )

    def get_queryset(self, request: Request) -> QuerySet[RoleSettings]:
        """With the groups' names."""
        return super().get_queryset(request).select_related("role")

    def get_form(self, request: Request, *args: Any, **kwargs: Any) -> type[ModelForm[Any]]:
        """With what each field means."""
        texts = {
            "minimum_characters": _("Empty: as the site's settings say."),
            "lockout_limit": _("Empty: as the site's settings say."),
            "lockout_time": _(
                "Hours, minutes and seconds, such as 00:15:00. Empty: as the site's settings say."
            ),
        }
        if second_factors() is None:
            texts["require_mfa"] = _("No second factors are kept here: nobody could sign in.")
        return super().get_form(request, *args, help_texts=texts, **kwargs)

    def get_readonly_fields(
        self, request: Request, obj: RoleSettings | None = None
    ) -> tuple[str, ...]:
        """Rules stay with their role."""
        return () if obj is None else ("role",)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: Request, **kwargs: Any
    ) -> Any:
        """Groups that have no rules and no right that the actor lacks."""
        free = Group.objects.filter(role_settings__isnull=True).order_by("name")
        if not actor_of(request).is_superuser:
            free = free.filter(pk__in=[role.pk for role in free if self._may_rule(request, role)])
        kwargs.update(queryset=free, help_text=_("A group that has no rules yet."))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: Request, obj: Any = None) -> bool:
        """Who holds the right, and every right of the role."""
        return super().has_change_permission(request, obj) and (
            obj is None or self._may_rule(request, obj.role)
        )

    def render_change_form(
        self, request: Request, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Under the role's name."""
        if context["original"] is not None:
            context["subtitle"] = context["original"].role.name
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: Request, obj: RoleSettings, form: Any, change: Any) -> None:
        """Save and record, in the transaction of the view."""
        former: dict[str, Any] = dict.fromkeys(_RULES)
        written: Sequence[str] = _RULES
        if change:
            written = [name for name in _RULES if name in form.changed_data]
            former = RoleSettings.objects.select_for_update().values(*_RULES).get(pk=obj.pk)
            obj.save(update_fields=written)
        else:
            obj.save(force_insert=True)
        record_change(
            context_from(request.META),
            actor=actor_of(request),
            role=obj.role.name,
            former=former,
            changes={name: getattr(obj, name) for name in written},
        )

    @admin.display(description=_("must contain"))
    def contains(self, obj: RoleSettings) -> str:
        """The kinds of characters that a password needs."""
        kinds = {
            "contain_upper_case": gettext("upper case"),
            "contain_lower_case": gettext("lower case"),
            "contain_special_case": gettext("special character"),
            "contain_number": gettext("number"),
        }
        return ", ".join(kind for name, kind in kinds.items() if getattr(obj, name))

    def _may_rule(self, request: Request, role: Group) -> bool:
        try:
            may_rule(actor_of(request), role)
        except Forbidden:
            return False
        return True
