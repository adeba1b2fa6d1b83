"""What the admin's pages have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse  # noqa: TID251 - the admin speaks HTTP
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from jwt_accounts.clients import context_from
from jwt_accounts.errors import AccountError
from jwt_accounts.rights import permission_name
from jwt_accounts.types import HostUser, IdentifierKind

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

Request: TypeAlias = HttpRequest

#: For rows that have a user: its identifiers, whatever the host's user model calls them.
SEARCHED_BY_USER = tuple(f"user__jwt_account__{kind}" for kind in IdentifierKind)
SEARCH_HELP = _("User name, e-mail or phone, or a part of it.")

#: How many users a message names.
_NAMED = 20


class KeptAdmin(ModelAdmin):
    """Rows that nobody deletes here: they go with the user, or the role, that they belong to."""

    show_full_result_count = False

    def has_delete_permission(self, request: Request, obj: Model | None = None) -> bool:
        """For a row: the admin asks this of all that goes with a user who is deleted, on the page
        of the user, where the right to that is checked."""
        return obj is not None

    def delete_view(
        self, request: Request, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Closed, whoever asks."""
        raise PermissionDenied

    def change_view(
        self,
        request: Request,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Without the button that would lead to the closed page."""
        context = {**(extra_context or {}), "show_delete": False}
        return super().change_view(request, object_id, form_url, context)


class ReadOnlyAdmin(KeptAdmin):
    """Rows to look at."""

    def has_add_permission(self, request: Request) -> bool:
        """Nobody's."""
        return False

    def has_change_permission(self, request: Request, obj: Model | None = None) -> bool:
        """Nobody's."""
        return False


class YesNo(ABC, admin.SimpleListFilter):
    """A filter by a condition."""

    @abstractmethod
    def condition(self) -> Q:
        """What is asked."""

    def lookups(self, request: Request, model_admin: Any) -> list[tuple[str, Any]]:
        """Yes and no."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: Request, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that are left."""
        match self.value():
            case "yes":
                return queryset.filter(self.condition())
            case "no":
                return queryset.exclude(self.condition())
        return queryset


class OneOf(admin.SimpleListFilter):
    """A filter by a column whose values are known: it costs no query."""

    values: ClassVar[type[StrEnum]]

    def lookups(self, request: Request, model_admin: Any) -> list[tuple[str, Any]]:
        """Every value, whether a row has it or not."""
        return [(value, spoken(value)) for value in self.values]

    def queryset(self, request: Request, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that are left."""
        value = self.value()
        if value not in set(self.values):
            return queryset
        return queryset.filter(**{cast("str", self.parameter_name): value})


def actor_of(request: Request) -> HostUser:
    """Who is signed in to the admin."""
    return cast("HostUser", request.user)


def holds(request: Request, right: str) -> bool:
    """Whether who is signed in holds a right."""
    return actor_of(request).has_perm(permission_name(right))


def act(
    page: ModelAdmin,
    request: Request,
    rows: QuerySet[Any],
    flow: Callable[..., object],
    done: Any,
) -> None:
    """Call a flow once for each user of the rows, and tell. A refusal of one user keeps none of
    the others."""
    ctx, count = context_from(request.META), 0
    refused: dict[str, list[str]] = {}
    for user in {row.user.pk: row.user for row in rows}.values():
        try:
            flow(ctx, actor=actor_of(request), user_id=str(user.pk))
        except AccountError as error:
            refused.setdefault(error.text, []).append(user.get_username())
        else:
            count += 1
    if count:
        page.message_user(request, done % {"n": count}, messages.SUCCESS)
    for text, names in refused.items():
        more = ["…"] if len(names) > _NAMED else []
        told = {"users": ", ".join(names[:_NAMED] + more), "reason": text}
        page.message_user(request, _("Refused for %(users)s: %(reason)s") % told, messages.ERROR)


def spoken(name: str) -> str:
    """The name of a kind, a reason or a field in words."""
    words = " ".join("PIN" if word == "pin" else word for word in name.split("_"))
    return capfirst(gettext(words))
