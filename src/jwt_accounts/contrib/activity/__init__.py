"""Comments on users, and the stream of what happened: ``"jwt_accounts.contrib.activity"`` in
``INSTALLED_APPS``."""
