"""The app."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

_PACKAGES = {"cryptography": "cryptography", "django_otp": "django-otp", "segno": "segno"}


class MfaConfig(AppConfig):
    """Answers what the core asks of second factors."""

    name = "jwt_accounts.contrib.mfa"
    label = "jwt_accounts_mfa"
    verbose_name = _("Second factors")
    default_auto_field = "django.db.models.BigAutoField"

    def __init__(self, app_name: str, app_module: Any) -> None:
        # No check could say it: without the first two there are no models.
        missing = [name for module, name in _PACKAGES.items() if find_spec(module) is None]
        if missing:
            text = f"{self.name} needs {', '.join(missing)}:"
            raise ImproperlyConfigured(f"{text} pip install 'django-jwt-accounts[mfa]'")
        super().__init__(app_name, app_module)

    def ready(self) -> None:
        """Name who keeps second factors, and where their secrets are."""
        from jwt_accounts.contrib.mfa.factors import DeviceFactors
        from jwt_accounts.contrib.mfa.totp import SEALED
        from jwt_accounts.sealed import sealed_columns
        from jwt_accounts.second_factors import keep_second_factors

        keep_second_factors(DeviceFactors())
        if SEALED not in sealed_columns:  # Django's tests make apps ready again
            sealed_columns.append(SEALED)
