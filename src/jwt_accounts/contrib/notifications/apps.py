"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Registers the receivers."""

    name = "jwt_accounts.contrib.notifications"
    label = "jwt_accounts_notifications"
    verbose_name = _("Notifications")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what follows the accounts."""
        from jwt_accounts.contrib.notifications import receivers

        receivers.connect()
