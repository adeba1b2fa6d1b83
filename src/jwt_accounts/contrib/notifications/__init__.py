"""What a user is told in the site itself: ``"jwt_accounts.contrib.notifications"`` in
``INSTALLED_APPS``."""
