"""Comments and the stream, looked at; comments deleted."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from jwt_accounts.admin.pages import OneOf, ReadOnlyAdmin, Request, act, holds, spoken
from jwt_accounts.contrib.activity import staff
from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.activity.policy import Verb
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_SEARCH_HELP = _("User name, e-mail or phone of either user, or a part of it.")


def _searched_by(*relations: str) -> tuple[str, ...]:
    return tuple(f"{each}__jwt_account__{kind}" for each in relations for kind in IdentifierKind)


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """Comments."""

    list_display = ("created_at", "author", "about", "scope", "beginning")
    search_fields = _searched_by("author", "about")
    search_help_text = _SEARCH_HELP
    date_hierarchy = "created_at"
    sortable_by = ("created_at",)
    ordering = ("-created_at", "pk")
    fields = ("author", "about", "scope", "created_at", "text")
    actions = ("remove",)

    def get_queryset(self, request: Request) -> QuerySet[Comment]:
        """With both users."""
        return super().get_queryset(request).select_related("author", "about")

    def has_remove_permission(self, request: Request) -> bool:
        """Who may delete them."""
        return holds(request, staff.DELETE_COMMENT)

    @admin.display(description=_("text"))
    def beginning(self, obj: Comment) -> str:
        """The first words."""
        return Truncator(obj.text).chars(80)

    @admin.action(description=_("Delete these comments"), permissions=["remove"])
    def remove(self, request: Request, queryset: QuerySet[Comment]) -> None:
        """These, and no others of their authors."""
        done = ngettext_lazy(
            "The comments of %(n)d user were deleted.",
            "The comments of %(n)d users were deleted.",
            "n",
        )
        act(self, request, queryset, _of_these(queryset), done)


class _Verb(OneOf):
    title = _("verb")
    parameter_name = "verb"
    values = Verb


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """The stream of every scope."""

    list_display = ("created_at", "actor", "what", "target", "scope")
    list_filter = (_Verb,)
    search_fields = _searched_by("actor", "target")
    search_help_text = _SEARCH_HELP
    date_hierarchy = "created_at"
    sortable_by = ("created_at",)
    ordering = ("-created_at", "pk")
    readonly_fields = ("what",)
    fields = ("actor", "what", "target", "scope", "created_at")

    def get_queryset(self, request: Request) -> QuerySet[Activity]:
        """With both users."""
        return super().get_queryset(request).select_related("actor", "target")

    @admin.display(description=_("verb"))
    def what(self, obj: Activity) -> str:
        """The verb in words."""
        return spoken(obj.verb)


def _of_these(comments: QuerySet[Comment]) -> Callable[..., int]:
    chosen: dict[str, list[UUID]] = {}
    for comment in comments:
        chosen.setdefault(str(comment.author_id), []).append(comment.pk)

    def call(ctx: RequestContext, *, actor: HostUser, user_id: str) -> int:
        return staff.delete_comments(ctx, actor=actor, user_id=user_id, only=chosen[user_id])

    return call
