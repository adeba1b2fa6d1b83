"""The app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    """Names the tenant in access tokens, goes on with sign-ins of two steps, and registers the
    receivers."""

    name = "jwt_accounts.contrib.tenants"
    label = "jwt_accounts_tenants"
    verbose_name = _("Tenants")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what tokens hold and where a second step leads, and connect what follows the
        accounts."""
        from jwt_accounts.contrib.tenants import receivers
        from jwt_accounts.contrib.tenants.flows.active_tenant import claims_of
        from jwt_accounts.contrib.tenants.flows.sign_in import RESUMES, resume_sign_in
        from jwt_accounts.flows.second_step import session_resumers
        from jwt_accounts.flows.tokens import claim_sources

        session_resumers[RESUMES] = resume_sign_in
        if claims_of not in claim_sources:
            claim_sources.append(claims_of)
        receivers.connect()
