"""Every setting of this library, once: name, type, default and what it does.

All live in one dict, ``JWT_ACCOUNTS``. They are read when they are used, so ``override_settings``
works on each. Token lifetimes, the algorithm and the keys stay in simplejwt's ``SIMPLE_JWT``.
The settings reference in the documentation is generated from this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.signals import setting_changed

from jwt_accounts.conf import kinds
from jwt_accounts.conf.kinds import Backend, Rate
from jwt_accounts.conf.limits import (
    DEFAULT_LINKS,
    DEFAULT_RATE_LIMITS,
    LONGEST_HISTORY,
    LONGEST_MINIMUM,
    PASSWORD_MAX_LENGTH,
)
from jwt_accounts.conf.setting import Kind, Setting, raw_settings

__all__ = [
    "DEFAULT_LINKS",
    "DEFAULT_RATE_LIMITS",
    "LONGEST_HISTORY",
    "LONGEST_MINIMUM",
    "PASSWORD_MAX_LENGTH",
    "AccountSettings",
    "Backend",
    "Kind",
    "Rate",
    "Setting",
    "every_setting",
    "raw_settings",
    "settings",
]


class AccountSettings:
    """The settings as typed attributes: ``from jwt_accounts.conf import settings``."""

    def __init__(self) -> None:
        self.parsed: dict[str, Any] = {}

    IDENTIFIERS = Setting(
        kinds.IDENTIFIERS,
        ("username", "email", "phone"),
        "What people may sign in with, where the user model has it. An e-mail or phone one can "
        "sign in with is unique, compared in its canonical form.",
    )
    PHONE_REGION = Setting(
        kinds.optional(kinds.text("ISO 3166-1 country code")),
        None,
        "The country in which numbers without a country code are read, such as 'RO'. Needs the "
        "extra `phone`. None: only international numbers are identifiers.",
    )
    REGISTRATION = Setting(
        kinds.choice("open", "invitation", "closed"),
        "open",
        "Who gets an account. 'open': whoever registers, and whom staff invites. 'invitation': "
        "whom staff invites. 'closed': whom staff gives a password. It holds for every contract.",
    )
    CONFIRMED_EMAIL_ONLY = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether an account that was asked to confirm its address signs in only when it "
        "has, in every contract. Users whom staff or the host made were not asked.",
    )
    FRONTEND_URL = Setting(
        kinds.URL,
        "",
        "Where links in messages lead, such as 'https://app.example.com'. The Host header of a "
        "request is never used. Empty: messages of contract zero hold a code and no link.",
    )
    LINKS = Setting(
        kinds.LINKS,
        {},
        "The front end's pages for contract zero's messages, under FRONTEND_URL, over the defaults "
        + ", ".join(f"`{name}` '{path}'" for name, path in DEFAULT_LINKS.items())
        + ". What follows a '#' is seen by no server.",
    )
    RESEND_COOLDOWN = Setting(
        kinds.duration(zero=True),
        timedelta(seconds=60),
        "How long after a confirmation, an invitation or a code was sent none is sent again to the "
        "same place; the answer does not tell.",
    )
    LOCKOUT_LIMIT = Setting(
        kinds.integer(1), 5, "Wrong passwords in a row that lock an account (ASVS 6.3.1)."
    )
    LOCKOUT_TIME = Setting(
        kinds.optional(kinds.duration()),
        timedelta(minutes=15),
        "How long the lock holds. None: until somebody unlocks the account.",
    )
    PASSWORD_EXPIRATION = Setting(
        kinds.optional(kinds.duration()),
        None,
        "The age at which a password must be changed, for users of every role. None: never, as "
        "NIST SP 800-63B-4 asks.",
    )
    PASSWORD_RULES = Setting(
        kinds.PASSWORD_RULES,
        {},
        "The rules of a password whose user has no role with rules of its own: "
        "`minimum_characters` (8), `contain_upper_case`, `contain_lower_case`, "
        "`contain_special_case` and `contain_number` (all False). A role's rules take their place.",
    )
    PASSWORD_HISTORY = Setting(
        kinds.integer(0, LONGEST_HISTORY),
        5,
        "How many passwords of a user cannot be set again, the present one included (PCI DSS "
        "8.3.7 asks for 4). Each costs one hash when a password is set. Zero: the present one "
        "alone, where people change their own.",
    )
    ENFORCE_RULES_AT_SIGN_IN = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether a sign-in with a password that no longer meets the rules demands a new "
        "one. Otherwise a changed rule binds when the next password is set.",
    )
    STAFF_PASSWORDS_MUST_CHANGE = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether a password that staff set for somebody else, through this library's "
        "API, must be changed at the first sign-in (ASVS 6.4.1).",
    )
    RECOVERY_BINDING = Setting(
        kinds.choice("bound", "tokenless"),
        "bound",
        "Who may set a new password after a PIN was verified. 'bound': who presents the secret "
        "that the verification gave. 'tokenless': within two minutes also the same client (address "
        "and user agent) without it, for users without any permission. Only contracts that know no "
        "secret need it.",
    )
    RECOVERY_LIMIT = Setting(
        kinds.RATE,
        "10/h",
        "How many PINs are sent to one account, and how many of each other kind of message that "
        "somebody can ask for. Counted in the database; more are not sent, and the answer does not "
        "tell.",
    )
    PIN_IN_RESPONSE = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether the back office's answer to a request for a PIN holds the PIN. Whoever "
        "knows an address then takes the account, so outside `DEBUG` and tests it is a check's "
        "error (`jwt_accounts.E012`) and has no effect unless that check is silenced.",
    )
    ACCESS_CHECK = Setting(
        kinds.choice("session", "stateless"),
        "session",
        "What an access token is checked against. 'session': one query, and a sign-out, a "
        "password change or a deactivation holds on the very next request. 'stateless': no query; "
        "a token lives until its `exp`, whatever happens. It concerns the host's own views and "
        "`token/verify/`; this library's other endpoints always check the session.",
    )
    ACCESS_TOKEN_TYP = Setting(
        kinds.text(),
        "JWT",
        "The `typ` header of access tokens. 'at+jwt' is RFC 9068's; once set, a token of another "
        "type is refused (RFC 8725 section 3.11).",
    )
    ADOPT_SIMPLEJWT_REFRESH = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether a refresh token that simplejwt gave before this library came becomes a "
        "session when it is first used, so that nobody signs in again. Switch it off when the last "
        "of them has expired.",
    )
    REFRESH_GRACE = Setting(
        kinds.duration(zero=True),
        timedelta(seconds=10),
        "How long a refresh token that was just rotated gets the same successor again, so that a "
        "lost answer costs nobody the session. Zero: never.",
    )
    SESSION_LIFETIME = Setting(
        kinds.duration(),
        timedelta(days=90),
        "The absolute lifetime of a session, counted from the sign-in (ASVS 7.3.2).",
    )
    SESSION_IDLE_LIFETIME = Setting(
        kinds.optional(kinds.duration()),
        None,
        "The longest pause between two refreshes (ASVS 7.3.1). None: the refresh token's lifetime.",
    )
    SESSION_LIMIT = Setting(
        kinds.optional(kinds.integer(1, 10_000)),
        None,
        "How many sessions one user may have open at once (ASVS 7.1.2); of this and the roles' "
        "own limits the lowest holds. None: as many as they like.",
    )
    SESSION_LIMIT_ACTION = Setting(
        kinds.choice("end_oldest", "refuse"),
        "end_oldest",
        "What a sign-in beyond the limit does: 'end_oldest' ends the session that was used longest "
        "ago, 'refuse' opens none.",
    )
    NEW_CLIENT_NOTICE = Setting(
        kinds.FLAG,
        default=True,
        help_text="Whether a user is told by e-mail of a sign-in from a client that none of the "
        "last ones came from (ASVS 6.3.5). The very first sign-in is no news.",
    )
    RECENT_SIGN_IN = Setting(
        kinds.duration(),
        timedelta(minutes=10),
        "How long a sign-in, or a re-authentication, is recent enough to change the password, the "
        "address or the second factors, or to delete the account (ASVS 7.5.1).",
    )
    PASSWORDLESS = Setting(
        kinds.FLAG,
        default=False,
        help_text="Whether one may sign in by a code or a link that is mailed. Who holds the "
        "mailbox holds the account then; a second factor is asked for all the same.",
    )
    SECOND_FACTORS = Setting(
        kinds.SECOND_FACTORS,
        ("totp", "email", "sms", "passkey"),
        "The kinds of second factors that people may set up: 'totp', 'email', 'sms', 'passkey'. "
        "One that somebody has already is asked for, whatever this says. An e-mail is no second "
        "factor against who holds the mailbox and can reset the password (NIST SP 800-63B 3.1.3).",
    )
    PASSKEY_ORIGINS = Setting(
        kinds.ORIGINS,
        (),
        "The origins passkeys are used from, such as 'https://app.example.com', or those of "
        "mobile apps. Empty: that of FRONTEND_URL.",
    )
    PASSKEY_RP_ID = Setting(
        kinds.optional(kinds.text("domain")),
        None,
        "The domain passkeys belong to, such as 'example.com'. It cannot be changed later. None: "
        "that of FRONTEND_URL.",
    )
    ENCRYPTION_KEYS = Setting(
        kinds.SECRETS,
        (),
        "What secrets that must be read again (keys of code generators, signing keys) are "
        "encrypted with: long random texts, the one in use first. After a new one was put in front "
        "`manage.py reencrypt` writes all anew, and the old ones can go. Empty: Django's "
        "SECRET_KEY and SECRET_KEY_FALLBACKS.",
    )
    KEY_RING = Setting(
        kinds.KEY_RING,
        default=False,
        help_text="Whether access tokens are signed with the keys of `manage.py signing_keys`, "
        "kept encrypted in the database, in the place of the one key of `SIMPLE_JWT`. True: what "
        "that one signed before is still accepted. 'only': no more. Needs the extra `keys`.",
    )
    RATE_LIMITS = Setting(
        kinds.RATES,
        {},
        "Requests per client address, by endpoint, over the defaults "
        + ", ".join(f"`{name}` {rate}" for name, rate in DEFAULT_RATE_LIMITS.items())
        + ". None switches one off.",
    )
    RATE_LIMIT_CACHE = Setting(
        kinds.text("alias in CACHES"),
        "default",
        "The cache the rate limits are counted in. It must be shared by all processes.",
    )
    CLIENT_ADDRESS_HEADER = Setting(
        kinds.optional(kinds.text("header name")),
        None,
        "The header in which a trusted proxy gives the client's address, such as "
        "'X-Forwarded-For'. None: no header is believed.",
    )
    TRUSTED_PROXIES = Setting(
        kinds.integer(1), 1, "How many trusted proxies append to CLIENT_ADDRESS_HEADER."
    )
    SITE_NAME = Setting(
        kinds.LINE,
        "",
        "How messages to people call the site, such as 'Example Shop'. Empty: they do not say.",
    )
    ROLES = Setting(
        kinds.ROLES,
        {},
        "The roles `manage.py create_roles` makes: a name and the permissions it holds, as "
        "'app_label.codename'.",
    )
    KEEP_DEAD_ROWS = Setting(
        kinds.duration(),
        timedelta(days=30),
        "How long `manage.py prune` keeps ended sessions, so that they can be looked at.",
    )
    KEEP_UNCONFIRMED = Setting(
        kinds.optional(kinds.duration()),
        timedelta(days=7),
        "How long `manage.py prune` keeps a user who registered, was asked to confirm an address, "
        "has not, and has never signed in. None: for ever.",
    )
    KEEP_EVENTS = Setting(
        kinds.duration(),
        timedelta(days=365),
        "How long `manage.py prune` keeps security events.",
    )
    HOOKS = Setting(
        kinds.text("dotted path"),
        "jwt_accounts.hooks.AccountHooks",
        "The class that answers what only the host knows; subclass `AccountHooks`.",
    )
    SMS_SENDER = Setting(
        kinds.optional(kinds.BACKEND),
        None,
        "The class that sends SMS, with a method `send(to, text)`: a dotted path, or "
        "`{'BACKEND': dotted path, 'OPTIONS': its keyword arguments}`. For development there are "
        "`jwt_accounts.delivery.sms.ConsoleSender` and `FileSender`, which takes a `folder`. None: "
        "no SMS is sent.",
    )


def every_setting() -> Iterator[Setting[Any]]:
    """All settings, in the order in which they are documented."""
    return (value for value in vars(AccountSettings).values() if isinstance(value, Setting))


settings = AccountSettings()


def _forget(*, setting: str, **_kwargs: object) -> None:
    if setting == "JWT_ACCOUNTS":
        settings.parsed.clear()


setting_changed.connect(_forget, dispatch_uid="jwt_accounts.conf")
