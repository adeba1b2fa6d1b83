"""The key ring, looked at."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import CharField, QuerySet, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jwt_accounts.admin.pages import ReadOnlyAdmin, Request, spoken
from jwt_accounts.models import SigningKey
from jwt_accounts.policies.signing_keys import signing_one, state_of


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Names, states and public halves. What is done with a key is done by ``signing_keys``."""

    list_display = ("kid", "algorithm", "state", "created_at", "promoted_at", "retired_at")
    sortable_by = ("created_at",)
    fields = (
        "kid",
        "algorithm",
        "state",
        "created_at",
        "promoted_at",
        "retired_at",
        "longest_life",
        "public_key",
    )
    readonly_fields = ("state",)

    def get_queryset(self, request: Request) -> QuerySet[SigningKey]:
        """Each with the name of the one that signs."""
        signs = signing_one(each.life for each in SigningKey.objects.all())
        rows: QuerySet[SigningKey] = super().get_queryset(request)
        return rows.defer("private_key").annotate(signs=Value(signs, CharField()))

    def lookup_allowed(self, lookup: str, value: str, request: Request) -> bool:
        """Nobody finds out a sealed key by asking how it begins."""
        return not lookup.startswith("private") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("state"))
    def state(self, obj: SigningKey) -> str:
        """What the key does, in a word."""
        return spoken(state_of(obj.life, obj.signs, timezone.now()))  # type: ignore[attr-defined] # annotated
