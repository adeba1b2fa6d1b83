"""What ``manage.py check`` says of second factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.db import connections, router

from jwt_accounts.http.mounted import urls
from jwt_accounts.models import RoleSettings
from jwt_accounts.second_factors import second_factors

_APP, _DEVICES = "jwt_accounts.contrib.mfa", "django_otp"


def check_apps(**_kwargs: Any) -> list[CheckMessage]:
    """E016 second factors without the app they rest on, W042 devices that no sign-in asks for."""
    if apps.is_installed(_APP) and not apps.is_installed(_DEVICES):
        text = f"{_APP!r} is installed without {_DEVICES!r}."
        hint = f"Add {_DEVICES!r} to INSTALLED_APPS, before it."
        return [Error(text, hint=hint, id="jwt_accounts.E016")]
    if apps.is_installed(_DEVICES) and not apps.is_installed(_APP):
        text = "No sign-in of this library asks for the devices of django-otp."
        hint = f"Add {_APP!r} to INSTALLED_APPS."
        return [CheckWarning(text, hint=hint, id="jwt_accounts.W042")]
    return []


def check_log_in_form(**_kwargs: Any) -> list[CheckMessage]:
    """W043 an admin site where nobody logs in who has a second factor."""
    if second_factors() is None or not apps.is_installed("django.contrib.admin"):
        return []
    closed = sorted({site.name for site in _admin_sites() if not _asks_for_code(site)})
    if not closed:
        return []
    text = f"The log-in form of {', '.join(closed)} asks for no code of a second factor."
    hint = (
        "Who has a second factor does not get in by it. In urls.py: "
        "jwt_accounts.contrib.mfa.log_in.ask_for_code(admin.site)."
    )
    return [CheckWarning(text, hint=hint, id="jwt_accounts.W043")]


def check_roles(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """W044 a role asks for a second factor, and nobody keeps any. Asks the database, so it is run
    by ``check --database`` and ``migrate``."""
    alias = router.db_for_read(RoleSettings)
    if second_factors() is not None or alias not in (databases or ()) or not _is_migrated(alias):
        return []
    asking = RoleSettings.objects.filter(require_mfa=True).order_by("role__name")
    names = list(asking.values_list("role__name", flat=True))
    if not names:
        return []
    text = f"Nobody of these roles can sign in: {', '.join(names)}. They ask for a second factor."
    hint = f"Add {_DEVICES!r} and {_APP!r} to INSTALLED_APPS, or take require_mfa from the roles."
    return [CheckWarning(text, hint=hint, id="jwt_accounts.W044")]


def _admin_sites() -> list[Any]:
    """Those that are mounted: the owners of their log-in pages."""
    from django.contrib.admin import AdminSite

    owners = (getattr(url.view, "__self__", None) for url in urls() if url.name == "login")
    return [owner for owner in owners if isinstance(owner, AdminSite)]


def _asks_for_code(site: Any) -> bool:
    return "code" in getattr(site.login_form, "base_fields", {})


def _is_migrated(alias: str) -> bool:
    return RoleSettings._meta.db_table in connections[alias].introspection.table_names()
