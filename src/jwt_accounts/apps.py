"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JwtAccountsConfig(AppConfig):
    """Registers the checks and the receivers."""

    name = "jwt_accounts"
    verbose_name = _("Accounts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what follows saves, and register the checks."""
        from jwt_accounts import checks, receivers

        checks.connect()
        receivers.connect()
