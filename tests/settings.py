"""A host project for the tests: the stock user model, SQLite or PostgreSQL.

``TEST_DATABASE=postgresql`` runs on a server that ``tests/servers.py`` starts;
``TEST_ATOMIC_REQUESTS=1`` wraps each request in a transaction, as many hosts do.
"""

import os

from tests.servers import database_settings

SECRET_KEY = "test-secret-key-that-is-long-enough-for-hs256-and-more"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "drf_spectacular",
    "jwt_accounts",
    "jwt_accounts.contrib.activity",
    "jwt_accounts.contrib.devices",
    "jwt_accounts.contrib.tenants",
    "jwt_accounts.contrib.notifications",
    "django_otp",
    # Plug-ins as hosts have them beside ours.
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_email",
    "jwt_accounts.contrib.mfa",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": database_settings()}
DATABASES["default"]["ATOMIC_REQUESTS"] = os.environ.get("TEST_ATOMIC_REQUESTS") == "1"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = ["jwt_accounts.backends.AccountBackend"]
# Cheap, and counting: what costs in production is the number of runs (see tests/hashers.py).
PASSWORD_HASHERS = ["tests.hashers.CountingHasher", "tests.hashers.OldHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "jwt_accounts.validators.RoleRulesValidator"},
    {"NAME": "jwt_accounts.validators.PasswordHistoryValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SIMPLE_JWT = {"SIGNING_KEY": "test-signing-key-that-is-long-enough-for-hs256"}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "tests",
    "VERSION": "1",
    # Not every view of this host is documented: `tests/schema/host.py` is one where they are.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}
# Ignored before Django 6.1, which asks for it.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
JWT_ACCOUNTS: dict[str, object] = {"FRONTEND_URL": "https://front.example"}
