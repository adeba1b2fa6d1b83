"""The host project of the proofs: several processes, one PostgreSQL, and what the tests need to
steer it from outside."""

import json
import os
from datetime import timedelta

from django import VERSION

from jwt_accounts.conf import DEFAULT_RATE_LIMITS
from tests.settings import *  # noqa: F403
from tests.settings import SIMPLE_JWT

ROOT_URLCONF = "tests.concurrency.urls"
PASSWORD_HASHERS = ["tests.concurrency.hashers.GatedHasher"]
SIMPLE_JWT = {**SIMPLE_JWT, "ACCESS_TOKEN_LIFETIME": timedelta(hours=1)}


def _lifted(rate: str) -> str:
    limit, _, period = rate.partition("/")
    return f"{1000 * int(limit)}/{period}"


_GIVEN = json.loads(os.environ.get("PROOF_SETTINGS", "{}"))
_AS_GIVEN = ("LOCKOUT_LIMIT", "SESSION_LIMIT", "SESSION_LIMIT_ACTION")
JWT_ACCOUNTS = {
    "RATE_LIMITS": {name: _lifted(rate) for name, rate in DEFAULT_RATE_LIMITS.items()}
    | _GIVEN.get("RATE_LIMITS", {}),
    "REFRESH_GRACE": timedelta(seconds=_GIVEN.get("REFRESH_GRACE", 10)),
    "RECOVERY_BINDING": _GIVEN.get("RECOVERY_BINDING", "bound"),
    **{name: _GIVEN[name] for name in _AS_GIVEN if name in _GIVEN},
    "FRONTEND_URL": "https://app.example.com",
    "PASSWORDLESS": True,
}
DJOSER = {"SEND_ACTIVATION_EMAIL": True}
if VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": "tests.concurrency.mailbox.FileBackend"}}
else:
    EMAIL_BACKEND = "tests.concurrency.mailbox.FileBackend"
if url := os.environ.get("PROOF_REDIS"):
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url}
    }
# To standard error, which the tests show when an answer is a 5xx.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "ERROR"},
}
