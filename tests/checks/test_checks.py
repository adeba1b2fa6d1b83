"""What ``manage.py check`` says, and what it leaves alone."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from io import StringIO
from tempfile import gettempdir

import django
import pytest
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.test import override_settings

from jwt_accounts import checks as ours
from jwt_accounts.hooks import AccountHooks

# From Django 6.1 on some of Django's own checks ask the database.
pytestmark = pytest.mark.django_db


LONG_KEY = "a-signing-key-that-is-long-enough-for-hs256"
OURS = "jwt_accounts.backends.AccountBackend"
STOCK = "django.contrib.auth.backends.ModelBackend"
PLAIN = "rest_framework_simplejwt.authentication.JWTAuthentication"


def caches(backend, alias="default"):
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    chosen = {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": gettempdir()}
    return {"default": local, alias: chosen}


SHARED = caches("db.DatabaseCache")
TASKS = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
QUEUE = {"default": {"BACKEND": f"{TASKS}.backends.dummy.DummyBackend"}}
#: From Django 6.1 on a deployment is asked for one that sends.
MAIL = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
SAFE = {
    "SIMPLE_JWT": {"SIGNING_KEY": LONG_KEY},
    "CACHES": SHARED,
    "TASKS": QUEUE,
    "MAILERS": MAIL,
}


def found(**settings):
    """The messages of ours, by number, with these settings and otherwise safe ones."""
    with override_settings(**{**SAFE, **settings}):
        messages = checks.run_checks(include_deployment_checks=True)
    prefix = "jwt_accounts."
    return {
        message.id.removeprefix(prefix): message
        for message in messages
        if message.id and message.id.startswith(prefix)
    }


def accounts(**values):
    return {"JWT_ACCOUNTS": {"FRONTEND_URL": "https://front.example", **values}}


#: No front end, and no passkeys, which would be used there.
NOWHERE = {"FRONTEND_URL": "", "SECOND_FACTORS": ["totp", "email", "sms"]}
RULES = "jwt_accounts.validators.RoleRulesValidator"
HISTORY = "jwt_accounts.validators.PasswordHistoryValidator"
STOCK_RULES = "django.contrib.auth.password_validation"
COMMON = f"{STOCK_RULES}.CommonPasswordValidator"


def validators(*names):
    return {"AUTH_PASSWORD_VALIDATORS": [{"NAME": name} for name in names]}


COOKIES = {"ROOT_URLCONF": "tests.checks.urls_cookies"}
TRIGGERS = {
    "E002": [
        accounts(LOCKOUT_TIME=0),
        accounts(PASSWORD_EXPIRATION=90),
        accounts(REFRESH_GRACE=-timedelta(1)),
        accounts(IDENTIFIERS="email"),
        accounts(HOOKS=AccountHooks),
    ],
    "E003": [accounts(LOCKOUT=5), accounts(lockout_limit=5), accounts(**{"": 1})],
    "E004": [accounts(HOOKS="no.such"), accounts(HOOKS="jwt_accounts.hooks.NoSuch")],
    "W020": [
        {"AUTHENTICATION_BACKENDS": [STOCK]},
        {"AUTHENTICATION_BACKENDS": [OURS, STOCK]},
        {"AUTHENTICATION_BACKENDS": []},
    ],
    "W021": [
        {"REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": [PLAIN]}},
        {
            "REST_FRAMEWORK": {
                "DEFAULT_AUTHENTICATION_CLASSES": [
                    "x.Y",
                    PLAIN.replace("JWTA", "JWTStatelessUserA"),
                ]
            }
        },
    ],
    "W022": [{"ROOT_URLCONF": "tests.checks.urls_simplejwt"}],
    "W030": [accounts(ACCESS_CHECK="stateless")],
    "W031": [
        {"CACHES": caches("locmem.LocMemCache")},
        {"CACHES": caches("dummy.DummyCache", "limits"), **accounts(RATE_LIMIT_CACHE="limits")},
    ],
    "W032": [
        {"SIMPLE_JWT": {}, "SECRET_KEY": LONG_KEY},
        {"SIMPLE_JWT": {"SIGNING_KEY": LONG_KEY}, "SECRET_KEY": LONG_KEY},
    ],
    "E005": [{"SIMPLE_JWT": {"SIGNING_KEY": LONG_KEY, "ALGORITHM": "none"}}],
    "E007": [accounts(RATE_LIMIT_CACHE="nowhere")],
    "W023": [{"SIMPLE_JWT": {"SIGNING_KEY": LONG_KEY, "ACCESS_TOKEN_LIFETIMES": 1}}],
    "W033": [
        {"SIMPLE_JWT": {"SIGNING_KEY": "x" * 31}},
        {"SIMPLE_JWT": {"SIGNING_KEY": "x" * 31, "ALGORITHM": "HS512"}},
    ],
    "W034": [accounts(LOCKOUT_LIMIT=101)],
    "W035": [accounts(RATE_LIMITS={"sign_in": None})],
    "E008": [
        accounts(SMS_SENDER="no.such.Sender"),
        accounts(SMS_SENDER={"BACKEND": "jwt_accounts.delivery.sms.NoSuch"}),
    ],
    "W024": [
        validators(RULES, COMMON),
        validators(HISTORY, COMMON),
        validators(RULES, HISTORY),
    ],
    "W025": [validators(RULES, HISTORY, COMMON, f"{STOCK_RULES}.MinimumLengthValidator")],
    "W026": [
        accounts(**NOWHERE),
        {"ROOT_URLCONF": "jwt_accounts.presets.djoser.urls", **accounts(**NOWHERE)},
        {"ROOT_URLCONF": "jwt_accounts.presets.chat.urls", **accounts(**NOWHERE)},
    ],
    "W027": [
        {"DJOSER": {"SEND_ACTIVATION_EMAIL": True, "SERIALIZERS": {}}},
        {"DJOSER": {"HIDE_USERS": False, "USER_ID_FIELD": "id"}},
    ],
    "W028": [{"REST_AUTH": {"USE_JWT": True, "LOGIN_SERIALIZER": "x.Y"}}],
    "W029": [{**COOKIES, "CSRF_COOKIE_HTTPONLY": True}],
    "W038": [
        {"REST_AUTH": {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_SECURE": False}},
        {"REST_AUTH": {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_SAMESITE": "None"}},
    ],
    "W039": [
        {"REST_AUTH": {"JWT_AUTH_HTTPONLY": False}},
        {"REST_AUTH": {"OLD_PASSWORD_FIELD_ENABLED": False}},
    ],
    "E013": [
        {**COOKIES, "CSRF_USE_SESSIONS": True, "MIDDLEWARE": []},
        {**COOKIES, "CSRF_USE_SESSIONS": True, "CSRF_COOKIE_HTTPONLY": True, "MIDDLEWARE": []},
    ],
    "E014": [
        {"REST_AUTH": {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_REFRESH_COOKIE": "a"}},
        {"REST_AUTH": {"JWT_AUTH_COOKIE": "a", "JWT_AUTH_SAMESITE": "Everywhere"}},
    ],
    "E015": [{"ROOT_URLCONF": "tests.checks.urls_same_names"}],
    "W036": [accounts(RECOVERY_BINDING="tokenless")],
    "W037": [{"TASKS": {"default": {"BACKEND": f"{TASKS}.backends.immediate.ImmediateBackend"}}}],
}

QUIET = {
    "the defaults": {},
    "everything at its edge": accounts(
        LOCKOUT_LIMIT=100, LOCKOUT_TIME=None, REFRESH_GRACE=timedelta(0), RATE_LIMITS={}
    ),
    "one's own hooks": accounts(HOOKS="tests.hosts.LoudHooks"),
    "another backend besides": {
        "AUTHENTICATION_BACKENDS": [OURS, "django.contrib.auth.backends.RemoteUserBackend"]
    },
    "our authentication": {
        "REST_FRAMEWORK": {
            "DEFAULT_AUTHENTICATION_CLASSES": [
                "jwt_accounts.http.authentication.AccountAuthentication"
            ]
        }
    },
    "a shared cache of its own": {
        "CACHES": caches("filebased.FileBasedCache", "limits"),
        **accounts(RATE_LIMIT_CACHE="limits"),
    },
    "rules of one's own that are ours": validators(
        "tests.hosts.LongerRules", HISTORY, COMMON, f"{STOCK_RULES}.NumericPasswordValidator"
    ),
    "a sender of SMS": accounts(SMS_SENDER="jwt_accounts.delivery.sms.ConsoleSender"),
    "a front end that djoser knows": {
        "ROOT_URLCONF": "jwt_accounts.presets.djoser.urls",
        "DJOSER": {"EMAIL_FRONTEND_DOMAIN": "front.example"},
        **accounts(**NOWHERE),
    },
    "no front end, and no contract that needs one": {
        "ROOT_URLCONF": "jwt_accounts.urls",
        **accounts(**NOWHERE),
    },
    "settings of djoser that are read": {
        "DJOSER": {"LOGIN_FIELD": "email", "USER_CREATE_PASSWORD_RETYPE": True}
    },
    "settings of djoser where it is not mounted": {
        "ROOT_URLCONF": "jwt_accounts.urls",
        "DJOSER": {"SERIALIZERS": {}},
    },
    "tokens in cookies": COOKIES,
    "tokens in cookies, and the CSRF token in the session": {
        **COOKIES,
        "CSRF_USE_SESSIONS": True,
        "CSRF_COOKIE_HTTPONLY": True,
    },
    "settings of the CSRF token without tokens in cookies": {
        "CSRF_USE_SESSIONS": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "ROOT_URLCONF": "jwt_accounts.urls",
        "MIDDLEWARE": [],
    },
    "settings of dj-rest-auth that are read": {
        "REST_AUTH": {"USE_JWT": True, "JWT_AUTH_COOKIE": "a", "JWT_AUTH_HTTPONLY": True}
    },
    "settings of dj-rest-auth where it is not mounted": {
        "ROOT_URLCONF": "jwt_accounts.urls",
        "REST_AUTH": {"LOGIN_SERIALIZER": "x.Y", "JWT_AUTH_HTTPONLY": False},
    },
    "a key of 32 bytes": {"SIMPLE_JWT": {"SIGNING_KEY": "x" * 32}},
    "a key of 32 bytes in few characters": {"SIMPLE_JWT": {"SIGNING_KEY": "é" * 16}},
}


@pytest.mark.parametrize(
    ("number", "settings"),
    [(number, settings) for number, every in TRIGGERS.items() for settings in every],
)
def test_a_check_speaks_up(number, settings):
    messages = found(**settings)
    assert list(messages) == [number]
    kind = checks.Error if number.startswith("E") else checks.Warning
    assert isinstance(messages[number], kind)
    # E004, E005 and E008 end in what Python or simplejwt said.
    assert messages[number].msg.endswith(".") or number in {"E004", "E005", "E008"}
    assert messages[number].hint or number == "E004"


@pytest.mark.parametrize("settings", QUIET.values(), ids=QUIET)
def test_what_is_in_order_is_left_alone(settings):
    assert found(**settings) == {}


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("LOCKOUT_LIMITS", "LOCKOUT_LIMIT"),
        ("lockout_limit", "LOCKOUT_LIMIT"),
        ("ACESS_CHECK", "ACCESS_CHECK"),
        ("IDENTIFIER", "IDENTIFIERS"),
        ("SESSION_LIFE_TIME", "SESSION_LIFETIME"),
    ],
)
def test_an_unknown_key_is_named_with_what_was_probably_meant(key, meant):
    message = found(**accounts(**{key: 1}))["E003"]
    assert repr(key) in message.msg
    assert message.hint == f"Did you mean {meant!r}?"


def test_an_unknown_key_like_no_other_is_named():
    assert "reference" in found(**accounts(ZZZ=1))["E003"].hint


def test_every_wrong_value_is_named_with_its_meaning():
    with override_settings(**accounts(LOCKOUT_TIME=5, ROLES=[], NO_SUCH=1)):
        messages = ours.check_settings()
    assert [message.id for message in messages] == [
        "jwt_accounts.E002",
        "jwt_accounts.E002",
        "jwt_accounts.E003",
    ]
    assert "JWT_ACCOUNTS['LOCKOUT_TIME']" in messages[0].msg
    assert "lock" in messages[0].hint


@pytest.mark.parametrize("value", [[], None, "x", 7])
def test_settings_that_are_no_dict_are_named(value):
    with override_settings(JWT_ACCOUNTS=value):
        (message,) = ours.check_settings()
    assert message.id == "jwt_accounts.E001"


@override_settings(AUTH_USER_MODEL="auth.Group")
def test_a_user_model_that_lacks_a_field_is_named():
    messages = ours.check_user_model()
    assert {message.id for message in messages} == {"jwt_accounts.E010"}
    assert [message.msg.split("'")[1] for message in messages] == [
        "password",
        "is_active",
        "groups",
    ]


def test_a_database_of_another_kind_is_named(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "mysql")
    assert list(found()) == ["E011"]


def test_a_sqlite_that_is_too_old_is_named(monkeypatch):
    monkeypatch.setattr(connection, "vendor", "sqlite")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 9))
    assert list(found()) == ["E011"]
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 35, 0))
    assert found() == {}


def test_unsafe_choices_are_named_for_a_deployment_only():
    with override_settings(**SAFE, **accounts(ACCESS_CHECK="stateless")):
        said = StringIO()
        call_command("check", stdout=said, stderr=said)
        assert "W030" not in said.getvalue()
        call_command("check", deploy=True, stdout=said, stderr=said)
        assert "jwt_accounts.W030" in said.getvalue()


@pytest.fixture
def in_production(monkeypatch):
    """As if nobody had set up Django's test environment."""
    monkeypatch.delattr("django.test.utils._TestState.saved_data")


@pytest.mark.usefixtures("in_production")
def test_telling_pins_stops_every_command():
    echo = accounts(PIN_IN_RESPONSE=True)
    assert isinstance(found(**echo)["E012"], checks.Error)
    with override_settings(**SAFE, **echo), pytest.raises(SystemCheckError, match="E012"):
        call_command("check", stderr=StringIO())
    assert found(**echo, DEBUG=True) == {}
    with override_settings(**SAFE, **echo, SILENCED_SYSTEM_CHECKS=["jwt_accounts.E012"]):
        call_command("check", stdout=StringIO(), stderr=StringIO())


def test_telling_pins_is_nothing_in_tests():
    assert found(**accounts(PIN_IN_RESPONSE=True)) == {}


@override_settings(**accounts(LOCKOUT_LIMITS=5))
def test_a_wrong_setting_stops_a_command():
    with pytest.raises(SystemCheckError, match="LOCKOUT_LIMIT"):
        call_command("check", stderr=StringIO())


def test_the_contracts_without_links_and_the_settings_without_effect_are_named():
    without = found(**accounts(FRONTEND_URL=""))["W026"]
    assert "chat, djoser" in without.msg
    ignored = found(DJOSER={"SERIALIZERS": {}, "EMAIL": {}, "LOGIN_FIELD": "username"})["W027"]
    assert "EMAIL, SERIALIZERS." in ignored.msg


def test_a_front_end_that_djoser_alone_knows_is_not_the_chats():
    domain = {"DJOSER": {"EMAIL_FRONTEND_DOMAIN": "front.example"}}
    message = found(**domain, **accounts(FRONTEND_URL=""))["W026"]
    assert "messages of chat" in message.msg
    assert "djoser" not in message.msg


def test_the_urls_that_a_refresh_cookie_may_mean_are_named():
    message = found(ROOT_URLCONF="tests.checks.urls_same_names")["E015"]
    assert "more than one is named jwt-refresh." in message.msg
    assert "namespace" in message.hint


def test_the_contracts_with_loose_cookies_are_named():
    message = found(REST_AUTH={"JWT_AUTH_COOKIE": "a", "JWT_AUTH_SECURE": False})["W038"]
    assert message.msg.endswith(": rest_auth.")
