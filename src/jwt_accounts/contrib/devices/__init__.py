"""The machines of a user: ``"jwt_accounts.contrib.devices"`` in ``INSTALLED_APPS``."""
