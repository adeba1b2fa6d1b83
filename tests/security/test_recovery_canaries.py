"""A PIN and the secret of a window are read in the message and in the documented header and
cookie, and nowhere else (L1): no answer, log, table, queue, event or page of the admin."""

from __future__ import annotations

import logging

import django
import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext

from jwt_accounts.credentials.challenges import pin_for, secret_for
from jwt_accounts.delivery import queue
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Challenge, SecurityEvent
from jwt_accounts.types import IdentifierKind
from tests.conftest import PASSWORD, identifier_of
from tests.recovery import NEW, Texts, give_phone
from tests.security.test_secret_canaries import Everything, contents

pytestmark = pytest.mark.django_db

LIBRARY = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
NUMBER = "0771694307"
NEWCOMER = {"username": "new", "password": NEW}


@pytest.fixture(autouse=True)
def _pins_that_are_found(monkeypatch):
    """Six digits would be in any dump by chance: these texts are derived and sent as PINs are."""
    given = {}

    def pin_of(digest):
        return given.setdefault(digest, f"{digest[:6]}-pin-canary")

    monkeypatch.setattr("jwt_accounts.credentials.challenges.pin_of", pin_of)
    # And are typed as PINs are.
    monkeypatch.setattr(
        "jwt_accounts.http.inputs.Pin.to_internal_value", lambda _field, data: str(data)
    )


@pytest.fixture
def logged(db):
    handler = Everything()
    loggers = [
        logging.getLogger(name)
        for name in ("", "django", "jwt_accounts", "django.db.backends", LIBRARY)
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
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


class Story:
    """What was answered, and what was secret on the way. Dumps are made while it was live."""

    def __init__(self, ask):
        self.ask = ask
        self.secrets, self.answers, self.dumps = set(), [], []

    def post(self, path, body, **headers):
        with TestCase.captureOnCommitCallbacks(execute=True):
            response = self.ask("POST", path, body, **headers)
        for row in Challenge.objects.all():
            self.secrets |= {pin_for(row), secret_for(row).partition(".")[2]}
        self.answers.append(response)
        self.dumps.append(dump())
        return response

    def tokens(self, user):
        entered = {"identifier": identifier_of(user), "password": PASSWORD}
        return self.ask("POST", "/accounts/sign-in/", entered).json()

    def live_pin(self):
        (row,) = Challenge.objects.filter(user__isnull=False)
        return pin_for(row)


def dump():
    return {table: contents(table) for table in connection.introspection.table_names()}


def leaks(secrets, text):
    return {each for each in secrets if each in text}


@pytest.fixture
def story(ask, make_user, sms, logged):
    """Both contracts, each step, with wrong turns in between."""
    user = make_user("mike")
    give_phone(user, NUMBER)
    story = Story(ask)
    by_mail = {"type": "email", "value": "mike@example.com"}
    by_phone = {"type": "phone", "value": NUMBER}
    nobody = {"type": "email", "value": "nobody@example.com"}
    office, zero = "/authentication/", "/accounts/password/"

    for number, who in enumerate([by_mail, by_phone]):
        update = {**who, "password": f"{NEW} {number}"}
        story.post(f"{office}mail/", nobody)
        story.post(f"{office}mail/", who)
        story.post(f"{office}verify/", {**who, "pin": "000000"})
        story.post(f"{office}verify/", {**who, "pin": [story.live_pin()]})
        story.post(f"{office}update_user_password/", update)
        secret = story.post(f"{office}verify/", {**who, "pin": story.live_pin()})["X-Reset-Token"]
        assert story.post(f"{office}update_user_password/", update).status_code == 200
        story.post(f"{office}verify/", {**who, "pin": "000000"})
        story.post(f"{office}update_user_password/", update, **{"X-Reset-Token": secret})

    story.post(f"{zero}pin/", {"email": "mike@example.com"})
    verify = {"email": "mike@example.com", "pin": story.live_pin()}
    token = story.post(f"{zero}pin/verify/", verify).json()["reset_token"]
    story.post(f"{zero}pin/verify/", verify)
    for password in ("short", f"{NEW} 2"):
        story.post(f"{zero}set/", {"token": token, "password": password})
    story.post(f"{zero}set/", {"token": token, "password": NEW})

    # And the change of a password that must be changed.
    user.jwt_account.refresh_from_db()
    user.jwt_account.must_change_password = True
    user.jwt_account.save()
    entered = {"identifier": identifier_of(user), "password": f"{NEW} 2"}
    refusal = story.post("/accounts/sign-in/", entered).json()
    story.post(f"{zero}set/", {"token": refusal["change_token"], "password": f"{NEW} 3"})

    # A PIN that is still live at the end.
    story.post(f"{office}mail/", by_mail)
    assert len(story.secrets) >= 20
    return story


def test_no_answer_holds_a_pin(story):
    pins = {each for each in story.secrets if each.endswith("-pin-canary")}
    assert len(pins) > 8
    for answer in story.answers:
        assert leaks(pins, seen_of(answer)) == set(), answer.request["PATH_INFO"]


def test_the_secret_of_a_window_is_where_it_is_documented_to_be(story):
    secrets = {each for each in story.secrets if not each.endswith("-pin-canary")}
    found = [
        (answer.request["PATH_INFO"], where)
        for answer in story.answers
        for where, text in places(answer).items()
        if leaks(secrets, text)
    ]
    assert found == [
        ("/authentication/verify/", "header X-Reset-Token"),
        ("/authentication/verify/", "cookie reset_token"),
        ("/authentication/verify/", "header X-Reset-Token"),
        ("/authentication/verify/", "cookie reset_token"),
        ("/accounts/password/pin/verify/", "body"),
        ("/accounts/sign-in/", "body"),
    ]


def seen_of(answer):
    return repr(places(answer))


def places(answer):
    headers = {f"header {name}": value for name, value in answer.items()}
    cookies = {f"cookie {name}": str(value) for name, value in answer.cookies.items()}
    return {"body": answer.content.decode(), **headers, **cookies}


def test_nothing_of_it_is_in_any_table_at_any_moment(story):
    assert len(story.dumps) > 20
    for tables in story.dumps:
        found = {table: leaks(story.secrets, text) for table, text in tables.items()}
        assert {table: secrets for table, secrets in found.items() if secrets} == {}
    assert "mike@example.com" not in story.dumps[-1][Challenge._meta.db_table]


def test_nothing_of_it_is_logged(story, logged):
    text = "\n".join(logged)
    assert "jwt_accounts_challenge" in text  # the SQL is there
    assert leaks(story.secrets, text) == set()


def test_nothing_of_it_is_in_the_audit_trail_or_in_the_cache(story):
    events = repr(list(SecurityEvent.objects.values()))
    assert {"pin_verified", "password_recovered"} <= set(
        SecurityEvent.objects.values_list("kind", flat=True)
    )
    assert leaks(story.secrets, events) == set()
    assert leaks(story.secrets, repr(cache._cache)) == set()


def test_a_pin_is_in_the_message_to_its_owner_and_the_secret_in_none(story, mailoutbox, sms):
    texts = sms.new()
    mails = [str(each.message()) for each in mailoutbox]
    assert len(texts) == 1
    assert all(leaks(story.secrets, each) for each in texts)
    with_pin = [each for each in mailoutbox if leaks(story.secrets, str(each.message()))]
    assert {each.subject for each in with_pin} == {"Your PIN for a new password"}
    assert {tuple(each.recipients()) for each in mailoutbox} == {("mike@example.com",)}
    secrets = {each for each in story.secrets if not each.endswith("-pin-canary")}
    assert leaks(secrets, "".join([*texts, *mails])) == set()


def test_no_queue_holds_a_pin_or_a_secret(ask, make_user, settings):
    settings.TASKS = {"default": {"BACKEND": f"{LIBRARY}.backends.dummy.DummyBackend"}}
    make_user("mike")
    story = Story(ask)
    by_mail = {"type": "email", "value": "mike@example.com"}
    story.post("/authentication/mail/", by_mail)
    story.post("/authentication/verify/", {**by_mail, "pin": story.live_pin()})
    story.post("/authentication/update_user_password/", {**by_mail, "password": NEW})
    story.post("/accounts/register/", {**NEWCOMER, "email": "new@example.com"})
    story.post("/accounts/password/link/", {"email": "mike@example.com"})
    entries = queue._tasks.task_backends["default"].results
    assert [each.task.module_path.rpartition(".")[2] for each in entries] == [
        "send_pin",
        "send_note",
        "send_link",
        "send_link",
    ]
    kept = repr([(each.args, each.kwargs) for each in entries])
    assert leaks({*story.secrets, NEW}, kept) == set()
    # The notice goes to the address of that moment, so it must say which; a PIN looks it up.
    looked_up = repr([(each.args, each.kwargs) for each in (entries[0], *entries[2:])])
    assert "@example.com" not in looked_up


def test_codes_and_links_are_in_the_message_and_nowhere_else(
    ask, make_user, sms, logged, mailoutbox
):
    story = Story(ask)
    user = make_user("mike")
    access = story.tokens(user)["access"]

    def asked(path, body, to, token=""):
        sent = len(mailoutbox)
        assert story.post(path, body, token=token).status_code < 300, path
        # As it is read: how a long line travels is the mail library's business.
        messages = [f"To: {each.to[0]}\n\n{each.body}" for each in mailoutbox[sent:]] or sms.new()
        assert len(messages) == 1, path
        assert f"To: {to}\n" in messages[0], path
        assert leaks(story.secrets, messages[0]), path

    for number, path in enumerate(["/accounts/register/", "/api/register/"]):
        address = f"new{number}@example.com"
        asked(path, {**NEWCOMER, "email": address}, address)
    mike = {"email": "mike@example.com"}
    asked("/accounts/password/link/", mike, "mike@example.com")
    asked("/auth/users/reset_password/", mike, "mike@example.com")
    asked("/accounts/password/pin/", mike, "mike@example.com")
    own = {"current_password": PASSWORD}
    mine = {**own, "email": "kim@example.com"}
    asked("/accounts/email/change/", mine, "kim@example.com", access)
    asked("/accounts/phone/change/", {**own, "phone": "+40771694307"}, "+40771694307", access)
    for path, body in {
        "/accounts/email/confirm/": {"email": "new0@example.com", "code": "000000"},
        "/accounts/email/change/confirm/": {"code": "000000"},
        "/accounts/phone/change/confirm/": {"code": "000000"},
        "/accounts/email/resend/": {"email": "new0@example.com"},
    }.items():
        story.post(path, body, token=access)

    assert len(story.secrets) >= 14
    for answer in story.answers:
        assert leaks(story.secrets, seen_of(answer)) == set(), answer.request["PATH_INFO"]
    for tables in story.dumps:
        assert leaks(story.secrets, repr(tables)) == set()
    assert leaks(story.secrets, "\n".join(logged)) == set()
    assert leaks(story.secrets, repr(cache._cache)) == set()


def test_no_page_of_the_admin_shows_any(story, make_user):
    root = make_user("root", is_staff=True, is_superuser=True)
    client = Client()
    assert client.login(
        **{get_user_model().USERNAME_FIELD: identifier_of(root), "password": PASSWORD}
    )
    pages = ["/admin/"]
    index = client.get("/admin/").content.decode()
    for model in ("challenge", "account", "securityevent", "usersession", "rolesettings"):
        path = f"/admin/jwt_accounts/{model}/"
        assert (path in index) is (client.get(path).status_code == 200)
        if path in index:
            pages.append(path)
            pages += [f"{path}{row}/change/" for row in _keys(model)]
    text = "".join(client.get(page).content.decode() for page in pages)
    row = Challenge.objects.filter(user__isnull=False).first()
    assert leaks({*story.secrets, row.seed}, text) == set()


def _keys(model):
    return apps.get_model("jwt_accounts", model)._base_manager.values_list("pk", flat=True)[:20]


@pytest.mark.parametrize("of", ["flow", "model"])
def test_no_repr_shows_any(ctx, make_user, of):
    make_user("mike")
    who = {"kind": IdentifierKind.EMAIL, "value": "mike@example.com"}
    request_pin(ctx, **who)
    pin = pin_for(Challenge.objects.get())
    window = verify_pin(ctx, **who, pin=pin)
    row = Challenge.objects.get()
    shown = repr(window) if of == "flow" else f"{row!r} {row}"
    assert leaks({pin, row.seed, window.secret.partition(".")[2]}, shown) == set()
