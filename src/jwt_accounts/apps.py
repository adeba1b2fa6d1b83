"""The app."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class JwtAccountsConfig(AppConfig):
    """Registers the checks, the receivers, and what an OpenAPI document is made by."""

    name = "jwt_accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what follows saves, and register the checks and the extensions."""
        from jwt_accounts import checks, receivers

        checks.connect()
        receivers.connect()
        if apps.is_installed("drf_spectacular"):
            import jwt_accounts.schema.extensions  # noqa: F401 - drf-spectacular finds them so
