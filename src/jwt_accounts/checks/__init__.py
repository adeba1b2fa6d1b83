"""What ``manage.py check`` says of the settings and the user model. Every id is documented."""

from __future__ import annotations

import sqlite3
from difflib import get_close_matches
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    get_default_password_validators,
)
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import connections, router
from django.utils.module_loading import import_string

from jwt_accounts.checks.cookies import check_cookies, check_deployed_cookies
from jwt_accounts.checks.keys import check_former_key, check_keys, check_ring
from jwt_accounts.checks.mounted import check_deployed, check_mounted, check_peers
from jwt_accounts.checks.passkeys import check_passkeys
from jwt_accounts.checks.second_factors import check_apps, check_log_in_form, check_roles
from jwt_accounts.conf import AccountSettings, every_setting, raw_settings, settings
from jwt_accounts.conf.echo import ECHO_CHECK, is_rehearsal
from jwt_accounts.delivery.queue import sends_at_once
from jwt_accounts.delivery.sms import sms_sender_factory
from jwt_accounts.models import Account
from jwt_accounts.tokens.config import KNOWN_KEYS
from jwt_accounts.tokens.trial import try_tokens
from jwt_accounts.validators import PasswordHistoryValidator, RoleRulesValidator

_BACKEND = "jwt_accounts.backends.AccountBackend"
_REQUIRED_FIELDS = ("password", "is_active", "groups")
_SHORTEST_KEY = 32
_PER_PROCESS_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


def connect() -> None:
    """Register the checks. Called once, when the apps are ready."""
    register(check_settings, Tags.security)
    register(check_tokens, Tags.security)
    register(check_keys, Tags.security)
    register(check_ring, Tags.database)
    register(check_passkeys, Tags.security)
    register(check_apps, Tags.security)
    register(check_roles, Tags.database)
    register(check_user_model, Tags.models)
    register(check_database, Tags.compatibility)
    register(check_backend, Tags.security)
    register(check_passwords, Tags.security)
    register(check_recovery, Tags.security)
    register(check_peers, Tags.security)
    register(check_mounted, Tags.urls)
    register(check_cookies, Tags.urls)
    register(check_log_in_form, Tags.urls)
    register(check_deployment, Tags.security, deploy=True)
    register(check_deployed, Tags.security, deploy=True)
    register(check_former_key, Tags.security, deploy=True)
    register(check_deployed_cookies, Tags.security, deploy=True)


def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    """E001 no dict, E002 wrong value, E003 unknown key, E004 no such hooks class,
    E007 no such cache, E008 no such SMS sender."""
    try:
        given = raw_settings()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="jwt_accounts.E001")]
    known = {setting.name: setting for setting in every_setting()}
    messages: list[CheckMessage] = []
    for name in given:
        if name not in known:
            close = get_close_matches(str(name).upper(), known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else "See the settings reference."
            text = f"JWT_ACCOUNTS has an unknown key: {name!r}."
            messages.append(Error(text, hint=hint, id="jwt_accounts.E003"))
            continue
        try:
            getattr(settings, name)
        except ImproperlyConfigured as error:
            messages.append(Error(str(error), hint=known[name].help, id="jwt_accounts.E002"))
    return messages or [*_check_hooks(), *_check_cache(), *_check_sms()]


def _check_sms() -> list[CheckMessage]:
    try:
        sms_sender_factory()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint=AccountSettings.SMS_SENDER.help, id="jwt_accounts.E008")]
    return []


def _check_cache() -> list[CheckMessage]:
    if settings.RATE_LIMIT_CACHE in django_settings.CACHES:
        return []
    text = f"JWT_ACCOUNTS['RATE_LIMIT_CACHE'] names no cache: {settings.RATE_LIMIT_CACHE!r}."
    hint = f"CACHES has: {', '.join(sorted(django_settings.CACHES))}."
    return [Error(text, hint=hint, id="jwt_accounts.E007")]


def _check_hooks() -> list[CheckMessage]:
    try:
        import_string(settings.HOOKS)
    except ImportError as error:
        return [Error(f"JWT_ACCOUNTS['HOOKS'] cannot be imported: {error}", id="jwt_accounts.E004")]
    return []


def check_tokens(**_kwargs: Any) -> list[CheckMessage]:
    """E005 no token can be made with ``SIMPLE_JWT``, W023 it has an unknown key."""
    messages: list[CheckMessage] = []
    for name in getattr(django_settings, "SIMPLE_JWT", {}):
        if name not in KNOWN_KEYS:
            close = get_close_matches(str(name).upper(), KNOWN_KEYS, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else "See simplejwt's settings."
            text = f"SIMPLE_JWT has an unknown key: {name!r}."
            messages.append(CheckWarning(text, hint=hint, id="jwt_accounts.W023"))
    try:
        try_tokens()
    except Exception as error:  # whatever goes wrong here goes wrong at every sign-in
        text = f"No token can be made with SIMPLE_JWT: {error}"
        hint = "Look at ALGORITHM, SIGNING_KEY, VERIFYING_KEY and the lifetimes."
        messages.append(Error(text, hint=hint, id="jwt_accounts.E005"))
    return messages


def check_user_model(**_kwargs: Any) -> list[CheckMessage]:
    """E010 a field is missing that every statement of this library names."""
    model = get_user_model()
    missing = [name for name in _REQUIRED_FIELDS if not _has_field(model, name)]
    return [
        Error(
            f"{model._meta.label} has no field {name!r}, which jwt_accounts needs.",
            hint="Derive it from AbstractUser, or from AbstractBaseUser and PermissionsMixin with "
            "is_active = models.BooleanField(default=True).",
            obj=model,
            id="jwt_accounts.E010",
        )
        for name in missing
    ]


def check_database(**_kwargs: Any) -> list[CheckMessage]:
    """E011 a database without ``UPDATE ... RETURNING``, on which the exact counters rest."""
    alias = router.db_for_write(Account)
    connection = connections[alias]
    if connection.vendor == "postgresql":
        return []
    if connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= (3, 35):
        return []
    return [
        Error(
            f"jwt_accounts does not support the database {alias!r} ({connection.display_name}).",
            hint="Use PostgreSQL, or SQLite 3.35 or later.",
            id="jwt_accounts.E011",
        )
    ]


def check_backend(**_kwargs: Any) -> list[CheckMessage]:
    """W020 the lockout does not hold in Django's own log-in forms."""
    backends = list(django_settings.AUTHENTICATION_BACKENDS)
    stock = "django.contrib.auth.backends.ModelBackend"
    hint = f"Put {_BACKEND!r} in the place of {stock!r} in AUTHENTICATION_BACKENDS."
    if _BACKEND not in backends:
        text = "The admin's log-in form is not protected by the lockout."
        return [CheckWarning(text, hint=hint, id="jwt_accounts.W020")]
    if stock in backends:
        text = "ModelBackend checks passwords again, without the lockout."
        return [CheckWarning(text, hint=hint, id="jwt_accounts.W020")]
    return []


def check_passwords(**_kwargs: Any) -> list[CheckMessage]:
    """W024 a password rule is missing, W025 one of Django's that overrules the roles'."""
    try:
        configured = get_default_password_validators()
    except ImproperlyConfigured:
        return []  # Django says what is wrong when the first password is set
    messages: list[CheckMessage] = [
        CheckWarning(
            f"{ours.__name__} is not in AUTH_PASSWORD_VALIDATORS: the admin, createsuperuser and "
            "changepassword do not obey it.",
            hint=f"Add {{'NAME': '{ours.__module__}.{ours.__name__}'}}.",
            id="jwt_accounts.W024",
        )
        for ours in (RoleRulesValidator, PasswordHistoryValidator, CommonPasswordValidator)
        if not any(isinstance(each, ours) for each in configured)
    ]
    if any(isinstance(each, MinimumLengthValidator) for each in configured):
        messages.append(
            CheckWarning(
                "MinimumLengthValidator overrules the shorter minimum of a role.",
                hint="Take it out of AUTH_PASSWORD_VALIDATORS: RoleRulesValidator asks for the "
                "minimum of PASSWORD_RULES, 8 unless you say otherwise.",
                id="jwt_accounts.W025",
            )
        )
    return messages


def check_recovery(**_kwargs: Any) -> list[CheckMessage]:
    """E012 a PIN is told to whoever asks for it."""
    if check_settings() or not settings.PIN_IN_RESPONSE or is_rehearsal():
        return []
    return [
        Error(
            "PIN_IN_RESPONSE is on: whoever knows an address takes the account.",
            hint=f"Take it out. A demonstration may silence this check ({ECHO_CHECK}); only then "
            "does the setting have an effect outside DEBUG and tests.",
            id=ECHO_CHECK,
        )
    ]


def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    """W030 to W037: choices that are legal and unsafe in production."""
    if check_settings():
        return []  # they say what is wrong, and nothing else can be read
    findings = [
        (
            settings.ACCESS_CHECK == "stateless",
            "ACCESS_CHECK is 'stateless': a sign-out shows only when the access token expires.",
            "Keep access tokens to a few minutes, or use 'session'.",
            "W030",
        ),
        (
            _counts_per_process(),
            "Rate limits are counted in a cache that each process has for itself.",
            "Name a shared cache (Redis, Memcached) in RATE_LIMIT_CACHE.",
            "W031",
        ),
        (
            _signs_with_secret_key(),
            "Tokens are signed with SECRET_KEY.",
            "Set SIMPLE_JWT['SIGNING_KEY'] to a secret of its own.",
            "W032",
        ),
        (
            _key_is_short(),
            f"The signing key has fewer than {_SHORTEST_KEY} bytes (RFC 7518 section 3.2).",
            "Generate one: python -c 'import secrets; print(secrets.token_urlsafe(48))'.",
            "W033",
        ),
        (
            settings.LOCKOUT_LIMIT > 100,
            "LOCKOUT_LIMIT is over 100 (NIST SP 800-63B-4 section 3.2.2).",
            "Use 5 to 20.",
            "W034",
        ),
        (
            any(rate is None for rate in settings.RATE_LIMITS.values()),
            "A public endpoint has no rate limit.",
            "Give it a high one in RATE_LIMITS in the place of None.",
            "W035",
        ),
        (
            settings.RECOVERY_BINDING == "tokenless",
            "RECOVERY_BINDING is 'tokenless': for two minutes after somebody verified a PIN, "
            "whoever shares the address and the user agent may set the password.",
            "Use 'bound', and have clients send back the X-Reset-Token header or the cookie.",
            "W036",
        ),
        (
            sends_at_once(),
            "Messages are sent inside the request: how long it takes tells that an account exists.",
            "Give TASKS a backend with workers of its own.",
            "W037",
        ),
    ]
    return [
        CheckWarning(text, hint=hint, id=f"jwt_accounts.{number}")
        for applies, text, hint, number in findings
        if applies
    ]


def _has_field(model: type[Any], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def _counts_per_process() -> bool:
    configured = django_settings.CACHES.get(settings.RATE_LIMIT_CACHE, {})
    return str(configured.get("BACKEND", "")).endswith(_PER_PROCESS_CACHES)


def _signing() -> tuple[str, str]:
    simple = getattr(django_settings, "SIMPLE_JWT", {})
    key = str(simple.get("SIGNING_KEY") or django_settings.SECRET_KEY)
    return str(simple.get("ALGORITHM", "HS256")), key


def _signs_with_secret_key() -> bool:
    algorithm, key = _signing()
    return algorithm.startswith("HS") and key == django_settings.SECRET_KEY


def _key_is_short() -> bool:
    algorithm, key = _signing()
    return algorithm.startswith("HS") and len(key.encode()) < _SHORTEST_KEY
