"""Second factors, looked at and, where somebody has lost them all, taken away."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from jwt_accounts.admin.pages import (
    SEARCH_HELP,
    SEARCHED_BY_USER,
    ReadOnlyAdmin,
    Request,
    YesNo,
    act,
    holds,
)
from jwt_accounts.contrib.mfa.flows.reset_factors import reset_factors
from jwt_accounts.contrib.mfa.models import PasskeyFactor, SentCodeFactor, TotpFactor
from jwt_accounts.rights import RESET_FACTORS
from jwt_accounts.types import HostUser, RequestContext


class _Confirmed(YesNo):
    title = _("in use")
    parameter_name = "confirmed"

    def condition(self) -> Q:
        return Q(confirmed=True)


class FactorAdmin(ReadOnlyAdmin):
    """Second factors of one kind: whose they are and when they were used, and no secret."""

    list_display: tuple[str, ...] = ("user", "name", "in_use", "created_at", "last_used_at")
    list_filter: ClassVar[tuple[Any, ...]] = (_Confirmed,)
    search_fields = SEARCHED_BY_USER
    search_help_text = SEARCH_HELP
    sortable_by = ("user", "created_at", "last_used_at")
    ordering = ("-pk",)
    readonly_fields: ClassVar[tuple[str, ...]] = ("in_use",)
    fields: ClassVar[tuple[str, ...]] = list_display
    actions = ("reset",)

    def get_queryset(self, request: Request) -> QuerySet[Model]:
        """With the users."""
        return super().get_queryset(request).select_related("user")

    def lookup_allowed(self, lookup: str, value: str, request: Request) -> bool:
        """Nobody finds out a secret by asking how it begins."""
        hidden = lookup.startswith(("secret", "public_key", "credential_id"))
        return not hidden and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("in use"), boolean=True)
    def in_use(self, obj: Any) -> bool:
        """Whether a code has shown that it works."""
        return bool(obj.confirmed)

    def has_reset_permission(self, request: Request) -> bool:
        """Who may take them away."""
        return holds(request, RESET_FACTORS)

    @admin.action(
        description=_("Take away all second factors of these users"), permissions=["reset"]
    )
    def reset(self, request: Request, queryset: QuerySet[Any]) -> None:
        """Those of every kind, and the recovery codes."""
        done = ngettext_lazy(
            "All second factors of %(n)d user were taken away.",
            "All second factors of %(n)d users were taken away.",
            "n",
        )
        act(self, request, queryset, _reset, done)


@admin.register(TotpFactor)
class TotpFactorAdmin(FactorAdmin):
    """Apps that show codes."""


@admin.register(SentCodeFactor)
class SentCodeFactorAdmin(FactorAdmin):
    """Codes by e-mail and SMS."""

    list_display = ("user", "kind_in_words", "name", "in_use", "created_at", "last_used_at")
    list_filter = (_Confirmed, "channel")
    fields = list_display
    readonly_fields = ("in_use", "kind_in_words")

    @admin.display(description=_("channel"), ordering="channel")
    def kind_in_words(self, obj: SentCodeFactor) -> str:
        """By which way."""
        return str(capfirst(obj.get_channel_display()))


@admin.register(PasskeyFactor)
class PasskeyFactorAdmin(FactorAdmin):
    """Passkeys."""


def _reset(ctx: RequestContext, *, actor: HostUser, user_id: str) -> int:
    # The admin's session is Django's: it does not say when it was opened, nor how.
    return reset_factors(ctx, actor=actor, session=None, user_id=user_id)
