"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MfaConfig(AppConfig):
    """Answers what the core asks of second factors."""

    name = "jwt_accounts.contrib.mfa"
    label = "jwt_accounts_mfa"
    verbose_name = _("Second factors")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Name who keeps second factors."""
        from jwt_accounts.contrib.mfa.factors import DeviceFactors
        from jwt_accounts.second_factors import keep_second_factors

        keep_second_factors(DeviceFactors())
