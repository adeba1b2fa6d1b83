"""Each setting: its default, what it takes, what it refuses, and that it is read when used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from jwt_accounts.clients import context_from
from jwt_accounts.conf import DEFAULT_LINKS, DEFAULT_RATE_LIMITS, Backend, Rate, every_setting
from jwt_accounts.conf import settings as typed
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.types import IdentifierKind

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DURATIONS = ([MINUTE], [timedelta(0), -MINUTE, 60, "60", None])
OPTIONAL_DURATIONS = ([MINUTE, None], [timedelta(0), -MINUTE, 60, "60"])
TEXTS = (["x"], ["", " ", None, 7, []])
COUNTS = ([1, 10**6], [0, -1, 1.0, "1", None, True])
FLAGS = ([True, False], [0, 1, "True", "", None, []])
NO_RATES = ("0/m", "60", "60/w", " 60/m", "-1/m", "", 60, [])

#: Name: default, values that are taken, values that are refused.
SETTINGS = {
    "IDENTIFIERS": (
        tuple(IdentifierKind),
        [["email"], ("phone", "username"), {"email"}],
        ["email", ["e-mail"], [1], 7, None],
    ),
    "PHONE_REGION": (None, ["RO", None], ["", 40]),
    "REGISTRATION": (
        "open",
        ["open", "invitation", "closed"],
        ["", "Open", "invite", None, True, []],
    ),
    "CONFIRMED_EMAIL_ONLY": (False, *FLAGS),
    "FRONTEND_URL": (
        "",
        ["", "https://app.example.com", "http://localhost:3000/app/", "https://[::1]:8000"],
        [
            *(None, 7, [], " ", "app.example.com", "/app", "//app.example.com", "ftp://a.example"),
            *("javascript:alert(1)", "https://", "https:// a", "https://a.example\n"),
            *("https://a.example?x=1", "https://a.example/#x", "https://you@a.example"),
        ],
    ),
    "LINKS": (
        DEFAULT_LINKS,
        [{}, {"confirm_email": "c/{token}"}, {"invitation": "in#{uid}/{token}"}],
        [
            *(None, [], "c/{token}", {"no_such": "c/{token}"}, {1: "c/{token}"}),
            *({"confirm_email": bad} for bad in (None, 7, "", "c", "{token}{token}", "a\n{token}")),
        ],
    ),
    "RESEND_COOLDOWN": (MINUTE, [timedelta(0), 2 * MINUTE], [-MINUTE, 60, "60", None]),
    "LOCKOUT_LIMIT": (5, *COUNTS),
    "LOCKOUT_TIME": (15 * MINUTE, *OPTIONAL_DURATIONS),
    "PASSWORD_EXPIRATION": (None, *OPTIONAL_DURATIONS),
    "PASSWORD_RULES": (
        PasswordRules(),
        [{}, {"minimum_characters": 1}, {"minimum_characters": 128}, {"contain_number": True}],
        [
            *(None, [], "8", {"minimum": 8}, {8: 8}),
            *({"minimum_characters": count} for count in (0, -1, 129, 8.0, "8", None, True)),
            *({"contain_number": flag} for flag in (1, 0, "yes", None)),
        ],
    ),
    "PASSWORD_HISTORY": (5, [0, 24], [-1, 25, 5.0, "5", None, True]),
    "ENFORCE_RULES_AT_SIGN_IN": (False, *FLAGS),
    "STAFF_PASSWORDS_MUST_CHANGE": (False, *FLAGS),
    "RECOVERY_BINDING": ("bound", ["bound", "tokenless"], ["", "Bound", "none", None, [], True]),
    "RECOVERY_LIMIT": (Rate(10, 3600), ["1/s", "3/d"], [*NO_RATES, None, {}]),
    "PIN_IN_RESPONSE": (False, *FLAGS),
    "ACCESS_CHECK": ("session", ["session", "stateless"], ["", "Session", None, []]),
    "ACCESS_TOKEN_TYP": ("JWT", *TEXTS),
    "ADOPT_SIMPLEJWT_REFRESH": (False, *FLAGS),
    "REFRESH_GRACE": (
        timedelta(seconds=10),
        [timedelta(0), MINUTE],
        [-MINUTE, 0, 10, None],
    ),
    "SESSION_LIFETIME": (90 * DAY, *DURATIONS),
    "SESSION_IDLE_LIFETIME": (None, *OPTIONAL_DURATIONS),
    "SESSION_LIMIT": (None, [1, 10_000, None], [0, 10_001, -1, 1.0, "1", True]),
    "SESSION_LIMIT_ACTION": (
        "end_oldest",
        ["end_oldest", "refuse"],
        ["", "Refuse", None, [], True],
    ),
    "NEW_CLIENT_NOTICE": (True, *FLAGS),
    "RECENT_SIGN_IN": (10 * MINUTE, *DURATIONS),
    "PASSWORDLESS": (False, *FLAGS),
    "SECOND_FACTORS": (
        ("totp", "email", "sms", "passkey"),
        [[], ["totp"], ("passkey", "sms")],
        [None, "totp", ["recovery_code"], ["TOTP"], [1], [[]], {}],
    ),
    "PASSKEY_ORIGINS": (
        (),
        [[], ["https://app.example.com"], ("http://localhost:3000", "android:apk-key-hash:a-B_9")],
        [
            *(None, "https://app.example.com", ["app.example.com"], ["https://a.example/"]),
            *(["https://you@a.example"], ["https://a.example?x"], [""], [7]),
        ],
    ),
    "PASSKEY_RP_ID": (None, ["example.com", None], ["", " ", 7, []]),
    "ENCRYPTION_KEYS": (
        (),
        [[], ["k" * 32], ("k" * 32, "former " * 9)],
        [None, "k" * 32, ["k" * 31], [b"k" * 32], [""], [7]],
    ),
    "KEY_RING": (False, [True, False, "only"], [0, 1, "True", "Only", "", None, []]),
    "RATE_LIMITS": (
        {
            "sign_in": Rate(120, 60),
            "refresh": Rate(600, 60),
            "verify": Rate(600, 60),
            "revoke": Rate(600, 60),
            "password_rules": Rate(600, 60),
            "recovery_request": Rate(30, 60),
            "recovery_verify": Rate(60, 60),
            "password_set": Rate(60, 60),
            "registration": Rate(30, 60),
            "confirmation_request": Rate(30, 60),
            "confirmation": Rate(60, 60),
            "account_change": Rate(60, 60),
            "second_step": Rate(120, 60),
            "factor_change": Rate(60, 60),
            "sign_in_code": Rate(30, 60),
            "keys": Rate(600, 60),
        },
        [{}, {"sign_in": "1/s"}, {"refresh": None}, {"verify": "9/h", "revoke": "7/d"}],
        [
            *(None, [], "60/m", {"x": "1/m"}),
            *({"sign_in": rate} for rate in NO_RATES),
        ],
    ),
    "RATE_LIMIT_CACHE": ("default", *TEXTS),
    "CLIENT_ADDRESS_HEADER": (None, ["X-Forwarded-For", None], ["", 7]),
    "TRUSTED_PROXIES": (1, *COUNTS),
    "SITE_NAME": ("", ["", "Example Shop"], [None, 7, "two\nlines", "\x00", []]),
    "ROLES": (
        {},
        [{}, {"Cashier": []}, {"Manager": ["auth.add_user"]}, {"Manager": ("a.b", "c.d")}],
        [None, [], {"Manager": "auth.add_user"}, {"Manager": ["add_user"]}, {"M": ["a.b.c"]}],
    ),
    "KEEP_DEAD_ROWS": (30 * DAY, *DURATIONS),
    "KEEP_UNCONFIRMED": (7 * DAY, *OPTIONAL_DURATIONS),
    "KEEP_EVENTS": (365 * DAY, *DURATIONS),
    "HOOKS": ("jwt_accounts.hooks.AccountHooks", *TEXTS),
    "SMS_SENDER": (
        None,
        [None, "a.B", {"BACKEND": "a.B"}, {"BACKEND": "a.B", "OPTIONS": {"folder": "sent"}}],
        [
            *("", "B", "a b.C", "a.B.", ".B", 7, [], {}, {"OPTIONS": {}}, {"BACKEND": None}),
            *({"BACKEND": "a.B", "OPTIONS": bad} for bad in (None, [], "x", {1: 2})),
            {"BACKEND": "a.B", "KEY": "secret"},
        ],
    ),
}

#: What these are read as is in a table of its own.
READ_OTHERWISE = {
    "ENCRYPTION_KEYS",
    "IDENTIFIERS",
    "LINKS",
    "PASSKEY_ORIGINS",
    "PASSWORD_RULES",
    "RATE_LIMITS",
    "RECOVERY_LIMIT",
    "ROLES",
    "SECOND_FACTORS",
    "SMS_SENDER",
}

# From Django 6.1 on some of Django's own checks ask the database.
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_is_set(settings):
    settings.JWT_ACCOUNTS = {}


def test_the_table_names_every_setting():
    assert list(SETTINGS) == [setting.name for setting in every_setting()]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_has_its_default(name):
    assert getattr(typed, name) == SETTINGS[name][0]


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, (_, taken, _) in SETTINGS.items() for value in taken],
)
def test_a_setting_takes_its_type_and_is_read_when_used(name, value):
    with override_settings(JWT_ACCOUNTS={name: value}):
        read = getattr(typed, name)
    assert read == value or name in READ_OTHERWISE
    assert getattr(typed, name) == SETTINGS[name][0], "and the default is back"


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, (*_, refused) in SETTINGS.items() for value in refused],
)
def test_a_setting_refuses_anything_else(name, value):
    with (
        override_settings(JWT_ACCOUNTS={name: value}),
        pytest.raises(
            ImproperlyConfigured, match=rf"JWT_ACCOUNTS\['{name}'\] (\['\w+'\] )?\w+ .*\.$"
        ),
    ):
        getattr(typed, name)


@pytest.mark.parametrize(
    ("given", "name", "read"),
    [
        ({"IDENTIFIERS": ["email"]}, "IDENTIFIERS", (IdentifierKind.EMAIL,)),
        (
            {"LINKS": {"set_password": "new#{token}"}},
            "LINKS",
            {**DEFAULT_LINKS, "set_password": "new#{token}"},
        ),
        ({"ROLES": {"Manager": ["a.b"]}}, "ROLES", {"Manager": ("a.b",)}),
        (
            {"PASSWORD_RULES": {"minimum_characters": 6, "contain_number": True}},
            "PASSWORD_RULES",
            PasswordRules(minimum_characters=6, contain_number=True),
        ),
        ({"RECOVERY_LIMIT": "3/d"}, "RECOVERY_LIMIT", Rate(3, 86400)),
        ({"SMS_SENDER": "a.B"}, "SMS_SENDER", Backend("a.B", {})),
        (
            {"SMS_SENDER": {"BACKEND": "a.B", "OPTIONS": {"folder": "sent"}}},
            "SMS_SENDER",
            Backend("a.B", {"folder": "sent"}),
        ),
    ],
)
def test_a_setting_is_read_as_what_it_means(given, name, read):
    with override_settings(JWT_ACCOUNTS=given):
        assert getattr(typed, name) == read


@pytest.mark.parametrize(
    ("rate", "read"),
    [
        ("5/s", Rate(5, 1)),
        ("5/m", Rate(5, 60)),
        ("5/h", Rate(5, 3600)),
        ("5/d", Rate(5, 86400)),
        (None, None),
    ],
)
def test_a_rate_is_read_over_the_defaults(rate, read):
    with override_settings(JWT_ACCOUNTS={"RATE_LIMITS": {"sign_in": rate}}):
        limits = typed.RATE_LIMITS
    assert limits["sign_in"] == read
    assert set(limits) == set(DEFAULT_RATE_LIMITS)
    assert limits["refresh"] == Rate(600, 60)


def test_settings_are_said_in_words():
    for setting in every_setting():
        assert setting.help.endswith("."), setting.name
        assert len(setting.help) > 30, setting.name
        assert setting.kind.name, setting.name


def test_without_the_dict_every_default_holds():
    with override_settings():
        from django.conf import settings

        del settings.JWT_ACCOUNTS
        assert typed.LOCKOUT_LIMIT == 5


# The client, as far as settings say whom to believe.

META = {
    "REMOTE_ADDR": "10.0.0.1",
    "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7, 10.1.1.1",
    "HTTP_USER_AGENT": "curl/8\r\nX: y\x1b[0m" + "x" * 400,
}


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "10.0.0.1"),
        ({"CLIENT_ADDRESS_HEADER": "X-Forwarded-For"}, "10.1.1.1"),
        ({"CLIENT_ADDRESS_HEADER": "X-Forwarded-For", "TRUSTED_PROXIES": 2}, "192.0.2.7"),
        ({"CLIENT_ADDRESS_HEADER": "X-Real-IP"}, "10.0.0.1"),
    ],
)
def test_which_header_is_believed_is_a_setting(given, address):
    with override_settings(JWT_ACCOUNTS=given):
        assert context_from(META).ip == address


def test_a_user_agent_is_one_printable_line_that_fits():
    agent = context_from(META).user_agent
    assert agent.startswith("curl/8\ufffd\ufffdX: y\ufffd[0m")
    assert agent.isprintable()
    assert len(agent) == 255


def test_a_request_that_says_nothing_has_a_context():
    ctx = context_from({})
    assert (ctx.ip, ctx.user_agent) == (None, "")
    assert ctx.now.tzinfo is not None
