"""Settings of the example project, as close to production as one machine allows."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

import django

from jwt_accounts import __version__
from jwt_accounts.conf import DEFAULT_RATE_LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("DEMO_DATA", BASE_DIR / "data"))
PIN_IN_RESPONSE = os.environ.get("DEMO_PIN_IN_RESPONSE") == "1"
ADDRESS = os.environ.get("DEMO_ADDRESS", "http://127.0.0.1:8000")

# Made anew at each start, as is the database: nothing of one demo is worth anything in the next.
SECRET_KEY = secrets.token_urlsafe(48)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "demo_site.urls"
WSGI_APPLICATION = "demo_site.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "jwt_accounts",
    "jwt_accounts.contrib.activity",
    "jwt_accounts.contrib.devices",
    "jwt_accounts.contrib.notifications",
    "jwt_accounts.contrib.tenants",
    "django_otp",
    "jwt_accounts.contrib.mfa",
    "people",
    "demo_site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "demo.sqlite3",
        "OPTIONS": {
            # Many requests at once: readers do not wait for the writer, writers take turns.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
USE_TZ = True
TIME_ZONE = "UTC"

_FILES = "django.core.mail.backends.filebased.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _FILES, "OPTIONS": {"file_path": DATA / "mail"}}}
else:
    EMAIL_BACKEND = _FILES
    EMAIL_FILE_PATH = DATA / "mail"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["jwt_accounts.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "jwt_accounts.validators.RoleRulesValidator"},
    {"NAME": "jwt_accounts.validators.PasswordHistoryValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["jwt_accounts.http.authentication.AccountAuthentication"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "jwt_accounts demo",
    "VERSION": __version__,
    "DESCRIPTION": "Every endpoint that the demo mounts, contract by contract.",
    # The document is for everybody, a stale token in the header or not.
    "SERVE_AUTHENTICATION": [],
    "SERVE_INCLUDE_SCHEMA": False,
    # Swagger UI comes from this machine: a page about passwords loads nothing from another.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Contract by contract: all of them at once are a long page. A sign-in with cookies makes a new
    # CSRF token, so it is read for each request: what drf-spectacular wrote into the page is stale.
    "SWAGGER_UI_SETTINGS": """{
        docExpansion: "none",
        filter: true,
        deepLinking: true,
        requestInterceptor: (request) => {
            const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
            if (token && !["GET", undefined].includes(request.method)) {
                request.headers["X-CSRFToken"] = token[1];
            }
            return request;
        },
    }""",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
    "SIGNING_KEY": secrets.token_urlsafe(48),
}


def _a_thousand_times(rate: str) -> str:
    """A demo is tried by scripts: only what protects an account is counted as in production."""
    limit, period = rate.split("/")
    return f"{int(limit) * 1000}/{period}"


# The ticket project's clients log in by e-mail.
DJOSER = {"LOGIN_FIELD": "email"}
# What dj-rest-auth and allauth would read: tokens in the body, log-in by either of the two.
REST_AUTH = {"USE_JWT": True}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
JWT_ACCOUNTS = {
    "RATE_LIMITS": {name: _a_thousand_times(rate) for name, rate in DEFAULT_RATE_LIMITS.items()},
    "ROLES": {
        "Cashier": [],
        "Attendant": [],
        "Auditor": [],
        "Manager": [
            "people.add_user",
            "people.change_user",
            "people.view_user",
            "jwt_accounts.unlock_account",
            "jwt_accounts.lock_account",
            "jwt_accounts.end_sessions",
            "jwt_accounts.assign_role",
            "jwt_accounts.view_rolesettings",
            "jwt_accounts.change_rolesettings",
        ],
    },
    # The back office's clients know no secret that would bind them (see its page in the docs).
    "RECOVERY_BINDING": "tokenless",
    "PIN_IN_RESPONSE": PIN_IN_RESPONSE,
    "SMS_SENDER": {
        "BACKEND": "jwt_accounts.delivery.sms.FileSender",
        "OPTIONS": {"folder": DATA / "sms"},
    },
    "FRONTEND_URL": ADDRESS,
    # Browsers know this machine by its name alone there.
    "PASSKEY_ORIGINS": [ADDRESS.replace("127.0.0.1", "localhost")],
    "PASSKEY_RP_ID": "localhost",
    "SITE_NAME": "the jwt_accounts demo",
}
# `manage.py demo --pin-in-response`: insist on what the check calls an error.
SILENCED_SYSTEM_CHECKS = ["jwt_accounts.E012"] if PIN_IN_RESPONSE else []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {
        "jwt_accounts": {"handlers": ["console"], "level": "INFO"},
        # Requests that wait for a thread are no news.
        "waitress.queue": {"level": "ERROR"},
    },
}
