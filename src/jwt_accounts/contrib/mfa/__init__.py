"""Second factors on top of django-otp: ``"django_otp"`` and ``"jwt_accounts.contrib.mfa"`` in
``INSTALLED_APPS``."""
