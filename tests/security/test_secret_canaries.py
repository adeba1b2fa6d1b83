"""Secrets go through every door there is; afterwards they are nowhere to be read."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from jwt_accounts.credentials.challenges import pin_for, secret_for
from jwt_accounts.flows import list_users
from jwt_accounts.models import Account, Challenge, PasswordHistory, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import IdentifierKind
from tests.conftest import identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]

RIGHT = "Canary-right-71b0 horse"
CHANGED = "Canary-changed-71b0 horse"
CREATED = "Canary-created-71b0 horse"
AGAIN = "Canary-again-71b0 horse"
OWN = "Canary-own-71b0 horse"
RECOVERED = "Canary-recovered-71b0 horse"
WRONG = "Canary-wrong-71b0 horse"
REGISTERED = "Canary-registered-71b0 horse"
LINKED = "Canary-linked-71b0 horse"
MISTYPED = "Canary-typed-as-a-name-71b0"
COOKIE = 32  # the length of Django's session key
PASSWORDS = (
    *(RIGHT, CHANGED, CREATED, WRONG, AGAIN, OWN, RECOVERED, REGISTERED, LINKED, MISTYPED),
)


class Everything(logging.Handler):
    """Keeps what any handler could write, tracebacks and all."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))
        self.lines.append(repr(vars(record)))


@pytest.fixture
def logged(db):
    """All that is logged, at DEBUG, with the SQL."""
    handler = Everything()
    loggers = [
        logging.getLogger(name) for name in ("", "django", "jwt_accounts", "django.db.backends")
    ]
    levels = [each.level for each in loggers]
    logging.getLogger().addHandler(handler)
    for each in loggers:
        each.setLevel(logging.DEBUG)
    with CaptureQueriesContext(connection):
        yield handler.lines
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def secrets(ask, client, make_user, make_superuser, monkeypatch, logged, settings):
    """Everything that was secret on the way through all endpoints, wrong turns included."""
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": True}
    root, bob = make_superuser(), make_user()
    for user in (root, bob):
        user.set_password(RIGHT)
        user.save()
    found = list(PASSWORDS)
    model = get_user_model()

    def sign_in(user, password):
        answer = ask(
            "POST", "/accounts/sign-in/", {"identifier": identifier_of(user), "password": password}
        )
        if answer.status_code == 200:
            found.extend([answer.json()["access"], answer.json()["refresh"]])
        return answer.json()

    def refresh(token):
        answer = ask("POST", "/accounts/token/refresh/", {"refresh": token}).json()
        found.extend(answer[name] for name in ("access", "refresh") if name in answer)
        return answer

    staff = sign_in(root, RIGHT)["access"]
    mine = sign_in(bob, RIGHT)
    logged_in = ask(
        "POST", "/authentication/login/", {"username": identifier_of(bob), "password": RIGHT}
    ).json()
    found.extend([logged_in["access"], logged_in["refresh"]])
    ask("POST", "/authentication/token/refresh/", {"refresh": logged_in["refresh"]})
    ask("POST", "/authentication/logout/", {"refresh": logged_in["refresh"]}, logged_in["access"])
    ask("POST", "/accounts/token/verify/", {"token": mine["access"]})
    ask("GET", "/accounts/me/", token=mine["access"])

    # Wrong turns: replays, mix-ups, bodies that cannot be, a lock.
    successor = refresh(refresh(mine["refresh"])["refresh"])
    refresh(mine["refresh"])
    ask("POST", "/accounts/token/refresh/", {"refresh": successor["access"]})
    ask("POST", "/accounts/token/refresh/", {"refresh": [successor["refresh"]]})
    ask("POST", "/accounts/sign-in/", {"identifier": MISTYPED, "password": WRONG})
    ask("POST", "/accounts/sign-in/", {"identifier": {"x": WRONG}, "password": [WRONG]})
    ask("POST", "/accounts/sign-in/", {"identifier": identifier_of(bob), "password": WRONG * 500})
    client.post("/accounts/sign-in/", f'{{"password": "{WRONG}"', content_type="application/json")
    client.post("/accounts/sign-in/", WRONG, content_type="text/plain")

    # Staff: create, change, be refused.
    made = {"username": "canary", "email": "canary@example.com", "password": CREATED}
    ask("POST", "/accounts/users/", made, staff)
    ask("POST", "/accounts/users/", made, staff)
    ask("POST", "/authentication/user/create/", {**made, "email": "no address"}, staff)
    ask("PATCH", f"/accounts/users/{bob.pk}/", {"password": CHANGED}, staff)
    ask("PUT", f"/authentication/users/{bob.pk}/edit/", {"password": RIGHT}, staff)  # reused
    ask("PUT", f"/authentication/users/{bob.pk}/edit/", {"password": AGAIN}, staff)
    bob.refresh_from_db()
    mine = sign_in(bob, AGAIN)["access"]

    # One's own password: changed, demanded, recovered, with wrong turns.
    change = "/accounts/password/change/"
    ask("POST", change, {"current_password": WRONG, "password": OWN}, mine)
    ask("POST", change, {"current_password": AGAIN, "password": AGAIN}, mine)
    done = ask("POST", change, {"current_password": AGAIN, "password": OWN}, mine)
    assert done.status_code == 204
    ask("PATCH", f"/accounts/users/{bob.pk}/", {"must_change_password": True}, staff)
    found.append(sign_in(bob, OWN)["change_token"])
    reset = recover(ask, bob)
    found.append(reset)
    ask("POST", "/accounts/password/set/", {"token": reset, "password": OWN})
    ask("POST", "/accounts/password/set/", {"token": reset[:-1] + "x", "password": WRONG})
    done = ask("POST", "/accounts/password/set/", {"token": reset, "password": RECOVERED})
    assert done.status_code == 204
    sign_in(bob, RECOVERED)
    found.extend(newcomers(ask, client, bob))
    admin = {model.USERNAME_FIELD: identifier_of(root), "username": identifier_of(root)}
    client.post("/admin/login/", {**admin, "password": WRONG})
    assert client.post("/admin/login/", {**admin, "password": RIGHT}).status_code == 302
    found.append(client.cookies["sessionid"].value)
    for _ in range(6):
        sign_in(bob, WRONG)

    # And two that break, with secrets in the frames and in the query string.
    for error in (RuntimeError("broken"), OperationalError("away")):

        def broken(*_args, error=error, **_kwargs):
            raise error

        monkeypatch.setattr(list_users, "get_user", broken)
        answer = ask("GET", f"/accounts/users/{bob.pk}/?pin={quote(WRONG)}", token=staff)
        assert answer.status_code in {500, 503}
    return [each for each in found if each]


def newcomers(ask, client, bob):
    """People who register, confirm, ask for links and go, in every contract, with wrong turns. The
    secrets of all links, whole and without the name of the row."""
    secrets = []

    def link(purpose, user_id):
        row = Challenge.objects.get(purpose=purpose, user=user_id)
        secrets.extend([secret_for(row), secret_for(row).partition(".")[2]])
        uid = urlsafe_base64_encode(force_bytes(user_id))
        return {"uid": uid, "token": secret_for(row)}

    doors = ["/accounts/register/", "/auth/users/", "/api/auth/registration/", "/api/register/"]
    for number, door in enumerate(doors):
        address = f"new{number}@example.com"
        body = {"username": f"new{number}", "email": address}
        right = dict.fromkeys(("password", "password1", "password2"), REGISTERED)
        for said in ({"password": {"x": WRONG}, "password1": WRONG}, {}, {}):
            ask("POST", door, {**body, **right, **said})
        client.post(door, f'{{"password": "{REGISTERED}"', content_type="application/json")
    made = {row.email: row.user_id for row in Account.objects.filter(email__startswith="new")}
    assert {"new0@example.com", "new2@example.com", "new3@example.com"} <= set(made)

    sent = link("confirm_email", made["new0@example.com"])
    wrong = {**sent, "token": sent["token"][:-1] + "x"}
    for each in (wrong, sent, sent):
        ask("POST", "/accounts/email/confirm/", {"token": each["token"]})
    sent = link("confirm_email", made["new3@example.com"])
    assert ask("GET", f"/api/confirm-email/{sent['token']}/").status_code == 200
    assert ask("GET", f"/api/confirm-email/{sent['token']}/").status_code == 200

    address = user_fields().read(bob, IdentifierKind.EMAIL)
    for ask_at, set_at, field in (
        ("/accounts/password/link/", "/accounts/password/set/", "password"),
        ("/auth/users/reset_password/", "/auth/users/reset_password_confirm/", "new_password"),
    ):
        ask("POST", ask_at, {"email": address})
        sent = link("reset_link", bob.pk)
        password = f"{LINKED} {field}"
        for token, new in [(sent["token"] + "x", WRONG), *[(sent["token"], password)] * 2]:
            ask("POST", set_at, {**sent, "token": token, field: new})
        bob.refresh_from_db()
        assert bob.check_password(password)

    ask("POST", "/accounts/sign-in/code/", {"email": address})
    sent = link("sign_in_code", bob.pk)["token"]
    for token in (f"{sent}x", sent, sent):
        opened = ask("POST", "/accounts/sign-in/code/confirm/", {"token": token})
        secrets.extend(opened.json().get(name) for name in ("access", "refresh"))
    assert any(secrets[-4:])  # the second of the three

    entered = {"email": "new3@example.com", "password": REGISTERED}
    tokens = ask("POST", "/api/token/", entered).json()
    secrets.extend(tokens.values())
    access = tokens["access"]
    change = {"current_password": REGISTERED, "email": "newer@example.com"}
    ask("POST", "/accounts/email/change/", {**change, "current_password": WRONG}, access)
    assert ask("POST", "/accounts/email/change/", change, access).status_code == 202
    link("change_email", made["new3@example.com"])
    ask("DELETE", "/auth/users/me/", {"current_password": WRONG}, access)
    gone = ask("DELETE", "/auth/users/me/", {"current_password": REGISTERED}, access)
    assert gone.status_code == 204
    return secrets


def recover(ask, user):
    """The secret of a window. The PIN is not searched for here: six digits are in many texts."""
    address = user_fields().read(user, IdentifierKind.EMAIL)
    ask("POST", "/accounts/password/pin/", {"email": address})
    pin = pin_for(Challenge.objects.get(purpose="recovery"))
    ask("POST", "/accounts/password/pin/verify/", {"email": address, "pin": "x"})
    answer = ask("POST", "/accounts/password/pin/verify/", {"email": address, "pin": pin})
    return answer.json()["reset_token"]


def spellings(secret):
    """A token is secret in its signature alone too."""
    return {secret, secret.rpartition(".")[2]} if secret.count(".") == 2 else {secret}


def leaks(secrets, text):
    return {secret for secret in secrets for each in spellings(secret) if each in text}


def test_nothing_secret_is_logged(secrets, logged):
    text = "\n".join(logged)
    assert "jwt_accounts_usersession" in text  # the SQL is there
    assert "Unexpected error" in text  # and the traceback
    # The statement that looks a name up holds what was typed as a name; the session cookie is
    # Django's own row.
    own = [
        each for each in secrets if (each != MISTYPED and len(each) > 32) or each in PASSWORDS[:4]
    ]
    assert len(own) > 12
    assert leaks(own, text) == set()


def test_nothing_secret_is_in_any_table(secrets):
    rows = {table: contents(table) for table in connection.introspection.table_names()}
    assert len(rows) > 10
    cookies = {each for each in secrets if len(each) == COOKIE}
    found = {
        table: leaks(set(secrets) - (cookies if table == "django_session" else set()), text)
        for table, text in rows.items()
    }
    assert {table: secret for table, secret in found.items() if secret} == {}


def test_a_password_hash_is_with_the_user_and_the_former_ones_alone(secrets):
    hashes = set(get_user_model().objects.values_list("password", flat=True))
    hashes |= set(PasswordHistory.objects.values_list("password", flat=True))
    assert len(hashes) >= 4
    holders = {
        table
        for table in connection.introspection.table_names()
        if any(each in contents(table) for each in hashes)
    }
    assert holders == {get_user_model()._meta.db_table, PasswordHistory._meta.db_table}


def test_the_audit_trail_tells_what_was_changed_and_no_value(secrets):
    assert SecurityEvent.objects.count() >= 5
    assert leaks(secrets, contents(SecurityEvent._meta.db_table)) == set()
    assert {"fields": ["password"]} in list(SecurityEvent.objects.values_list("details", flat=True))


def test_nothing_secret_is_in_the_cache_or_in_a_mail(secrets):
    kept = repr(cache._cache)
    assert "sign_in" in kept  # the rate limits are counted there
    assert leaks(secrets, kept) == set()
    assert leaks(secrets, repr([vars(message) for message in mail.outbox])) == set()


def contents(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name
        return repr(cursor.fetchall())
