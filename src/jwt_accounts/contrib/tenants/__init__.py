"""Tenants and their members: ``"jwt_accounts.contrib.tenants"`` in ``INSTALLED_APPS``."""
