"""Accounts, and what staff does to them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from jwt_accounts import rights
from jwt_accounts.admin.pages import SEARCH_HELP, ReadOnlyAdmin, Request, YesNo, act, holds
from jwt_accounts.conf import settings
from jwt_accounts.flows import lock_account as flows
from jwt_accounts.flows.invite import invite_user
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields, user_model
from jwt_accounts.second_factors import factor_tables, has_factor
from jwt_accounts.types import IdentifierKind

#: Also what the page of sessions says.
SESSIONS_ENDED = ngettext_lazy(
    "The sessions of %(n)d user were ended.", "The sessions of %(n)d users were ended.", "n"
)


class _LockedNow(YesNo):
    title = _("locked now")
    parameter_name = "locked"

    def condition(self) -> Q:
        endless_or_running = Q(locked_until=None) | Q(locked_until__gt=timezone.now())
        return Q(staff_locked_at__isnull=False) | Q(locked_at__isnull=False) & endless_or_running


class _LockedByStaff(YesNo):
    title = _("locked by staff")
    parameter_name = "staff"

    def condition(self) -> Q:
        return Q(staff_locked_at__isnull=False)


class _SecondFactor(YesNo):
    title = _("second factor")
    parameter_name = "factor"

    def condition(self) -> Q:
        return has_factor("user")


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts, and what staff does to them."""

    list_display = (
        *("name", "email_as_written", "phone_as_written", "lock", "failures"),
        *("password_changed", "must_change", "second_factor"),
    )
    list_filter = (_LockedNow, _LockedByStaff, "must_change_password", "awaits_confirmation")
    search_fields = ("username", "email", "phone")
    search_help_text = SEARCH_HELP
    readonly_fields = ("name", "email_as_written", "lock", "second_factor")
    fieldsets = (
        (None, {"fields": ("name", "email_as_written", "phone_as_written", "email_confirmed_at")}),
        (_("Registration"), {"fields": ("registered_at", "awaits_confirmation")}),
        (_("Password"), {"fields": ("password_changed_at", "must_change_password")}),
        (_("Second factor"), {"fields": ("second_factor",)}),
        (_("Locks"), {"fields": ("lock", "failures", "tried_at", "staff_locked_at")}),
    )
    actions = (
        *("unlock", "lock_by_staff", "lift_staff_lock"),
        *("end_sessions", "demand_change", "invite"),
    )

    def get_queryset(self, request: Request) -> QuerySet[Account]:
        """With the users, and whether they have a second factor."""
        rows = super().get_queryset(request).select_related("user")
        return rows.annotate(has_factor=has_factor("user")) if factor_tables() else rows

    def get_ordering(self, request: Request) -> tuple[str, ...]:
        """By what people type first to sign in; each of these columns has an index."""
        return (str(_main_kind()), "pk")

    def get_list_display(self, request: Request) -> list[Any]:
        """Nothing twice: the name may be the e-mail or the phone. Nothing that nobody has."""
        left_out = {f"{_main_kind()}_as_written"}
        if not factor_tables():
            left_out.add("second_factor")
        return [name for name in self.list_display if name not in left_out]

    def get_list_filter(self, request: Request) -> list[Any]:
        """By the second factor where somebody keeps them."""
        return [*self.list_filter, *([_SecondFactor] if factor_tables() else [])]

    def get_fieldsets(self, request: Request, obj: Account | None = None) -> Any:
        """The second factor where somebody keeps them."""
        every = super().get_fieldsets(request, obj)
        kept = bool(factor_tables())
        return [part for part in every if kept or "second_factor" not in part[1]["fields"]]

    def render_change_form(
        self, request: Request, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Under the user's name."""
        context["subtitle"] = context["original"].user.get_username()
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(
        description=_("user"), ordering=Coalesce(NullIf("username", Value("")), "email", "phone")
    )
    def name(self, obj: Account) -> str:
        """What the user signs in with first."""
        return obj.user.get_username()

    @admin.display(description=_("e-mail"), ordering="email")
    def email_as_written(self, obj: Account) -> str:
        """The user's address."""
        email = user_fields().read(obj.user, IdentifierKind.EMAIL)
        return email or self.get_empty_value_display()

    @admin.display(description=_("locked"))
    def lock(self, obj: Account) -> str:
        """Which locks hold, and until when."""
        held = [_unbroken(gettext("by staff"))] if obj.staff_locked_at else []
        if obj.locked_at and obj.locked_until is None:
            held.append(gettext("until unlocked"))
        elif obj.locked_until and obj.locked_until > timezone.now():
            held.append(_unbroken(gettext("until %(moment)s") % {"moment": _until(obj)}))
        return ", ".join(held) or self.get_empty_value_display()

    @admin.display(description=_("password set"), ordering="password_changed_at")
    def password_changed(self, obj: Account) -> str:
        """The day, so that the list is not too wide."""
        at = obj.password_changed_at
        if at is None:
            return self.get_empty_value_display()
        return date_format(timezone.localtime(at), "SHORT_DATE_FORMAT")

    @admin.display(description=_("must change"))
    def must_change(self, obj: Account) -> str:
        """Seen only where it is so."""
        return gettext("yes") if obj.must_change_password else self.get_empty_value_display()

    @admin.display(description=_("second factor"))
    def second_factor(self, obj: Account) -> str:
        """Seen only where there is one."""
        has_one = getattr(obj, "has_factor", False)
        return gettext("yes") if has_one else self.get_empty_value_display()

    def has_unlock_permission(self, request: Request) -> bool:
        """Who may unlock."""
        return holds(request, rights.UNLOCK_ACCOUNT)

    def has_lock_permission(self, request: Request) -> bool:
        """Who may lock."""
        return holds(request, rights.LOCK_ACCOUNT)

    def has_end_permission(self, request: Request) -> bool:
        """Who may end sessions."""
        return holds(request, rights.END_SESSIONS)

    def has_demand_permission(self, request: Request) -> bool:
        """Who may demand another password."""
        return holds(request, rights.CHANGE_USER)

    def has_invite_permission(self, request: Request) -> bool:
        """Who may invite."""
        return holds(request, rights.ADD_USER)

    @admin.action(description=_("Unlock: forget wrong passwords"), permissions=["unlock"])
    def unlock(self, request: Request, queryset: QuerySet[Account]) -> None:
        """End the locks that wrong passwords began."""
        done = ngettext_lazy("%(n)d account was unlocked.", "%(n)d accounts were unlocked.", "n")
        act(self, request, queryset, flows.unlock_account, done)

    @admin.action(description=_("Lock, until staff lifts the lock"), permissions=["lock"])
    def lock_by_staff(self, request: Request, queryset: QuerySet[Account]) -> None:
        """Lock, and end the sessions."""
        done = ngettext_lazy("%(n)d account was locked.", "%(n)d accounts were locked.", "n")
        act(self, request, queryset, flows.lock_account, done)

    @admin.action(description=_("Lift the lock by staff"), permissions=["lock"])
    def lift_staff_lock(self, request: Request, queryset: QuerySet[Account]) -> None:
        """Wrong passwords stay counted."""
        done = ngettext_lazy("%(n)d lock was lifted.", "%(n)d locks were lifted.", "n")
        act(self, request, queryset, flows.lift_staff_lock, done)

    @admin.action(description=_("End all sessions"), permissions=["end"])
    def end_sessions(self, request: Request, queryset: QuerySet[Account]) -> None:
        """On every device."""
        act(self, request, queryset, flows.end_sessions, SESSIONS_ENDED)

    @admin.action(description=_("Demand a change of password"), permissions=["demand"])
    def demand_change(self, request: Request, queryset: QuerySet[Account]) -> None:
        """Before anything else; the sessions end."""
        done = ngettext_lazy(
            "%(n)d user must now change the password.",
            "%(n)d users must now change the password.",
            "n",
        )
        act(self, request, queryset, flows.demand_password_change, done)

    @admin.action(description=_("Send a link to choose the first password"), permissions=["invite"])
    def invite(self, request: Request, queryset: QuerySet[Account]) -> None:
        """To users without a password."""
        done = ngettext_lazy("%(n)d user was invited.", "%(n)d users were invited.", "n")
        act(self, request, queryset, partial(invite_user, link=settings.LINKS["invitation"]), done)


def _until(account: Account) -> str:
    """The time of day alone, where that says enough."""
    end = timezone.localtime(account.locked_until)
    today = end.date() == timezone.localdate()
    return date_format(end, "TIME_FORMAT" if today else "SHORT_DATETIME_FORMAT")


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _main_kind() -> IdentifierKind:
    fields, main = user_fields(), user_model().USERNAME_FIELD
    return next(kind for kind in IdentifierKind if fields.name_of(kind) == main)
