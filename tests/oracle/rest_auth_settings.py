"""A host of the real dj-rest-auth with JSON Web Tokens; ``ORACLE_HOST`` says which."""

import os

from tests.oracle import peers

_host = os.environ.get("ORACLE_HOST", "stock")
_own = peers.REST_AUTH.settings_of(_host)

SECRET_KEY = "test-secret-key-that-is-long-enough-for-hs256-and-more"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.oracle.rest_auth_urls"
USE_TZ = True
SITE_ID = 1
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "rest_framework",
    *(["rest_framework_simplejwt.token_blacklist"] if _host != "bare" else []),
    "dj_rest_auth",
    "dj_rest_auth.registration",
    "dj_rest_auth.mfa",
    *(["tests.users_email"] if _host == "email" else []),
    *(["tests.users_uuid"] if _host == "uuid" else []),
]
AUTH_USER_MODEL = peers.REST_AUTH.hosts[_host].user_model
# What dj-rest-auth and allauth need, and no more: neither messages nor a CSRF token of Django's own
# pages go with an answer.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = peers.VALIDATORS
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["dj_rest_auth.jwt_auth.JWTCookieAuthentication"]
}
# Nothing rotates here. This setting is what makes `token/verify/` look into the blacklist.
SIMPLE_JWT = {"BLACKLIST_AFTER_ROTATION": True}
# Some of it is read when dj-rest-auth is imported.
REST_AUTH = _own["REST_AUTH"]
ACCOUNT_LOGIN_METHODS = _own["ACCOUNT_LOGIN_METHODS"]
ACCOUNT_SIGNUP_FIELDS = _own["ACCOUNT_SIGNUP_FIELDS"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = _own.get("ACCOUNT_USER_MODEL_USERNAME_FIELD", "username")
ACCOUNT_EMAIL_VERIFICATION = _own["ACCOUNT_EMAIL_VERIFICATION"]
# Ignored before Django 6.1, which asks for it.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
