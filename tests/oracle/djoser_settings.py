"""A host of the real djoser with JSON Web Tokens; ``ORACLE_HOST`` says which."""

import os

from tests.oracle import peers

_host = os.environ.get("ORACLE_HOST", "stock")

SECRET_KEY = "test-secret-key-that-is-long-enough-for-hs256-and-more"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.oracle.djoser_urls"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "djoser",
    *(["tests.users_email"] if _host == "email" else []),
    *(["tests.users_uuid"] if _host == "uuid" else []),
]
AUTH_USER_MODEL = peers.DJOSER.hosts[_host].user_model
# As `startproject` has it: it answers a path without its last slash.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = peers.VALIDATORS
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"]
}
# Nothing rotates here. This setting is what makes `jwt/verify/` look into the blacklist.
SIMPLE_JWT = {"BLACKLIST_AFTER_ROTATION": True}
# djoser reads some of it when it is imported.
DJOSER = peers.DJOSER.settings_of(_host)["DJOSER"]
if _host == "login_field":
    AUTHENTICATION_BACKENDS = ["djoser.auth_backends.LoginFieldBackend"]
# Ignored before Django 6.1, which asks for it.
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
