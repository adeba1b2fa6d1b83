"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevicesConfig(AppConfig):
    """Registers the receivers."""

    name = "jwt_accounts.contrib.devices"
    label = "jwt_accounts_devices"
    verbose_name = _("Devices")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what follows the accounts."""
        from jwt_accounts.contrib.devices import receivers

        receivers.connect()
