"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActivityConfig(AppConfig):
    """Registers the receivers."""

    name = "jwt_accounts.contrib.activity"
    label = "jwt_accounts_activity"
    verbose_name = _("Activity")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what follows the accounts."""
        from jwt_accounts.contrib.activity import receivers

        receivers.connect()
