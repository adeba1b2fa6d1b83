"""A forgotten password, from the first request to the last, in the words of both contracts."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from jwt_accounts.models import Account
from tests.conftest import PASSWORD, identifier_of
from tests.recovery import Texts, give_phone, mailed, pin_in, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NEW, NEWER = "a much better password", "an even better password"


class Person:
    """A client with a cookie jar of its own, and what it is answered."""

    def __init__(self, mounted_at, **environ):
        self.client, self.path, self.environ = Client(), mounted_at, environ

    def __call__(self, method, path, body=None, token=""):
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        raw = b"" if body is None else json.dumps(body).encode()
        response = self.client.generic(
            method, self.path + path, raw, "application/json", **self.environ, **header
        )
        return response.status_code, json.loads(response.content or b"null")

    def mails(self, *request):
        """The answer, and what went out."""
        answers = []
        mails = mailed(lambda: answers.append(self(*request)))
        return answers[0], mails


def test_the_back_office(make_user, make_role, settings, tmp_path):
    sms = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**sms.settings, "SITE_NAME": "Bolts & Nuts"}
    gica = make_user("gica", groups=[make_role("Cashier", contain_number=True).name])
    give_phone(gica, "0771694307")
    name = identifier_of(gica)
    here = Person("/authentication/", REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT="till")
    villain = Person("/authentication/", REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="villain")
    who = {"type": "email", "value": "gica@example.com"}

    # Gica is logged in at the till, and has forgotten the password at home.
    _, session = here("POST", "login/", {"username": name, "password": PASSWORD})
    for _ in range(5):
        status, _ = here("POST", "login/", {"username": name, "password": "wrong"})
        assert status == 401
    assert here("POST", "login/", {"username": name, "password": PASSWORD}) == (423, {"code": 3})

    # A PIN goes out to the address that is stored. The answer does not hold it.
    answer, (message,) = here.mails("POST", "mail/", {**who, "value": "GICA@example.com"})
    assert answer == (200, {"pin": None})
    pin = pin_in(message.body)
    assert message.recipients() == ["gica@example.com"]
    assert message.subject == "Your PIN for a new password at Bolts & Nuts"
    assert message.body == (
        "Somebody asked for a new password for your account at Bolts & Nuts.\n\n"
        f"Your PIN: {pin}\n\n"
        "It holds for 10 minutes. Tell it to nobody: nobody but the page where you asked for it"
        " needs it.\n\n"
        "You did not ask for a new password? Then ignore this message. Your password stays as it"
        " is.\n"
    )
    ((html, kind),) = [(each.content, each.mimetype) for each in message.alternatives]
    assert (kind, pin_in(html), "Bolts &amp; Nuts" in html) == ("text/html", pin, True)
    assert message.extra_headers == {"Auto-Submitted": "auto-generated"}

    # Somebody else asks for an address that nobody has, and sees the same.
    answer, mails = villain.mails("POST", "mail/", {**who, "value": "nobody@example.com"})
    assert (answer, mails) == ((200, {"pin": None}), [])

    # A slip of the finger, then the PIN, as a number. The villain, who was watching, is too late.
    assert here("POST", "verify/", {**who, "pin": wrong(pin)}) == (404, {"code": 1})
    assert here("POST", "verify/", {**who, "pin": int(pin)}) == (200, {})
    assert villain("POST", "verify/", {**who, "pin": int(pin)}) == (404, {"code": 1})
    take = {**who, "password": "the villain's own 1"}
    assert villain("POST", "update_user_password/", take) == (404, {"code": 1})

    # The old password will not do, nor one without a number.
    update = {**who, "password": PASSWORD}
    assert here("POST", "update_user_password/", update) == (400, {"code": 5})
    status, refusal = here("POST", "update_user_password/", {**who, "password": NEW})
    assert (status, refusal) == (400, {"password": ["A password needs a number."]})

    # This one does. It is told to the owner, and every session is over.
    update = {**who, "password": f"{NEW} 1"}
    answer, (notice,) = here.mails("POST", "update_user_password/", update)
    assert answer == (200, {})
    assert (notice.recipients(), notice.subject) == (
        ["gica@example.com"],
        "Your password at Bolts & Nuts was changed",
    )
    assert "192.0.2.1" in notice.body
    assert here("POST", "token/refresh/", {"refresh": session["refresh"]})[0] == 401
    assert here("GET", "users", token=session["access"])[0] == 401

    # The lock is gone; the window, the PIN and the old password are worth nothing any more.
    assert here("POST", "login/", {"username": name, "password": f"{NEW} 1"})[0] == 200
    assert here("POST", "login/", {"username": name, "password": PASSWORD})[0] == 401
    assert here("POST", "update_user_password/", {**who, "password": f"{NEWER} 2"})[0] == 404
    assert here("POST", "verify/", {**who, "pin": pin}) == (404, {"code": 1})

    # Next time by telephone. The first PIN is let lie for too long.
    by_phone = {"type": "phone", "value": "0771 694 307"}
    answer, mails = here.mails("POST", "mail/", by_phone)
    (text,) = sms.new()
    assert (answer, mails) == ((200, {"pin": None}), [])
    pin = pin_in(text.partition("\n")[2])
    assert text == (
        "To: 0771694307\n\n"
        f"Bolts & Nuts: somebody asked for a new password. PIN: {pin}, for 10 minutes."
        " Tell it to nobody. Not you? Ignore this.\n"
    )
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert here("POST", "verify/", {**by_phone, "pin": pin}) == (404, {"code": 2})
        here.mails("POST", "mail/", by_phone)
        (text,) = sms.new()
        pin = pin_in(text.partition("\n")[2])
        assert here("POST", "verify/", {**by_phone, "pin": pin}) == (200, {})
        update = {**by_phone, "password": f"{NEWER} 2"}
        assert here("POST", "update_user_password/", update) == (200, {})
        assert here("POST", "login/", {"username": name, "password": f"{NEWER} 2"})[0] == 200


def test_contract_zero(make_user):
    ann = make_user("ann")
    here, villain = Person("/accounts/"), Person("/accounts/", REMOTE_ADDR="203.0.113.9")
    who = {"email": "ann@example.com"}
    right = {"identifier": identifier_of(ann), "password": PASSWORD}
    _, session = here("POST", "sign-in/", right)

    # The form draws the rules; whoever asks, the answer is empty.
    assert here("GET", "password/rules/")[1]["default"]["minimum_characters"] == 8
    answer, (message,) = here.mails("POST", "password/pin/", who)
    assert answer == (202, None)
    assert villain("POST", "password/pin/", {"email": "nobody@example.com"}) == (202, None)

    # A villain guesses; Ann has a try left.
    pin = pin_in(message.body)
    for step in range(1, 5):
        status, refusal = villain("POST", "password/pin/verify/", {**who, "pin": wrong(pin, step)})
        assert (status, refusal["code"]) == (404, "pin_invalid")
    status, window = here("POST", "password/pin/verify/", {**who, "pin": pin})
    assert (status, window["expires_in"]) == (200, 120)

    # The token sets a password, once, and opens no session.
    set_ = {"token": window["reset_token"], "password": NEW}
    status, refusal = here("POST", "password/set/", {**set_, "password": "password1"})
    assert (status, refusal["errors"][0]["code"]) == (400, "password_too_common")
    answer, (notice,) = here.mails("POST", "password/set/", set_)
    assert (answer, notice.subject) == ((204, None), "Your password was changed")
    assert here("POST", "password/set/", {**set_, "password": NEWER})[1]["code"] == "reset_invalid"
    assert here("GET", "me/", token=session["access"])[0] == 401
    assert here("POST", "sign-in/", right)[0] == 401

    # Months later staff asks for a change: the sign-in says so and lets her do that alone.
    status, _ = here("POST", "sign-in/", {**right, "password": NEW})
    assert status == 200
    Account.objects.filter(user=ann).update(must_change_password=True)
    status, refusal = here("POST", "sign-in/", {**right, "password": NEW})
    assert (status, refusal["reason"]) == (403, "demanded")
    assert here("GET", "me/", token=refusal["change_token"])[0] == 401
    change = {"token": refusal["change_token"], "password": NEWER}
    assert here("POST", "password/set/", change) == (204, None)

    # Signed in again, she changes it once more herself, and stays signed in here.
    _, session = here("POST", "sign-in/", {**right, "password": NEWER})
    change = {"current_password": NEWER, "password": "the best of passwords"}
    assert here("POST", "password/change/", change, session["access"]) == (204, None)
    assert here("GET", "me/", token=session["access"])[0] == 200
