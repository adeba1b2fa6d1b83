"""What each message says, with everything it may hold and with the least."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

import jwt_accounts
from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.templates import render
from tests.delivery.conftest import PIN

FOLDER = Path(jwt_accounts.__file__).parent / "templates" / "jwt_accounts"
LINK = "https://app.example.com/#/confirm?token=ab.cd&uid=MQ"
SITE = "Bolts & Nuts"
PARTS = ("subject.txt", "txt", "html")

CODE = {"pin": PIN, "minutes": 10}
CHALLENGE = {"link": LINK, "hours": 72, "site": SITE}
NOTE = {
    "at": datetime(2026, 7, 4, 22, 5, 9, tzinfo=UTC),
    "ip": "192.0.2.1",
    "place": "Cluj-Napoca",
    "site": SITE,
}

#: What `flows/messages.py` gives each of them, at most.
FULL = {
    "confirm_email": CHALLENGE | CODE,
    "change_email": CHALLENGE | CODE,
    "reset_link": CHALLENGE,
    "reset_username": CHALLENGE | {"username": "bob"},
    "invitation": CHALLENGE | {"username": "bob"},
    "tenant_invitation": CHALLENGE | {"tenant": "acme"},
    "address_taken": NOTE,
    "name_taken": NOTE | {"username": "bob"},
    "email_change_asked": NOTE | {"asked": "b***@example.org"},
    "email_changed": NOTE | {"value": "b***@example.org"},
    "phone_changed": NOTE | {"value": "***567"},
    "username_changed": NOTE | {"value": "robert"},
    "account_deleted": NOTE,
    "new_client": NOTE | {"client": "Firefox on Windows"},
    "sign_in_code": CHALLENGE | CODE | {"hours": 0},
    "presence_code": CODE | {"site": SITE},
    "factor_code": CODE | {"site": SITE},
    "factor_added": NOTE,
    "factor_removed": NOTE,
    "factors_reset_by_staff": NOTE,
    "factor_codes_exhausted": NOTE,
    "recovery_codes_made": NOTE,
    "recovery_code_used": NOTE | {"left": "9"},
}
#: What is missing or empty where the host or the request has none.
LEAST = {"link": "", "site": "", "ip": None, "place": "", "value": ""}
LINKED = [name for name in FULL if "link" in FULL[name]]
NOTES = [name for name in FULL if "at" in FULL[name]]

SUBJECTS = {
    "confirm_email": "Confirm your e-mail address for Bolts & Nuts",
    "change_email": "Confirm your new e-mail address for Bolts & Nuts",
    "reset_link": "Choose a new password for Bolts & Nuts",
    "reset_username": "Your user name at Bolts & Nuts",
    "invitation": "Your account at Bolts & Nuts",
    "tenant_invitation": "An invitation at Bolts & Nuts",
    "address_taken": "You already have an account at Bolts & Nuts",
    "name_taken": "Your registration at Bolts & Nuts needs another user name",
    "email_change_asked": "Another e-mail address for your account at Bolts & Nuts?",
    "email_changed": "Your e-mail address at Bolts & Nuts was changed",
    "phone_changed": "Your phone number at Bolts & Nuts was changed",
    "username_changed": "Your user name at Bolts & Nuts was changed",
    "account_deleted": "Your account at Bolts & Nuts was deleted",
    "new_client": "Somebody signed in to your account at Bolts & Nuts from a new client",
    "sign_in_code": "Sign in to Bolts & Nuts",
    "presence_code": "Confirm at Bolts & Nuts that it is you",
    "factor_code": "Your code for Bolts & Nuts",
    "factor_added": "A second factor was added at Bolts & Nuts",
    "factor_removed": "A second factor was removed at Bolts & Nuts",
    "factors_reset_by_staff": "Your second factors at Bolts & Nuts were taken away",
    "factor_codes_exhausted": "Somebody guesses the codes of your account at Bolts & Nuts",
    "recovery_codes_made": "You have new recovery codes at Bolts & Nuts",
    "recovery_code_used": "A recovery code was used at Bolts & Nuts",
}
NOT_YOU = {
    "confirm_email": "You did not register? Then ignore this message.",
    "change_email": "It was not you? Then ignore this message. Nothing changes.",
    "reset_link": "Then ignore this message. Your password stays as it is.",
    "reset_username": "Then ignore this message. Your user name stays as it is.",
    "invitation": "Then ignore this message, or ask whoever runs the site.",
    "tenant_invitation": "You expected no invitation? Then ignore this message.",
    "address_taken": "It was not you? Then ignore this message.",
    "name_taken": "It was not you? Then ignore this message.",
    "email_change_asked": "It was not you? Then somebody else is in your account.",
    "email_changed": "It was not you? Then somebody else is in your account.",
    "phone_changed": "It was not you? Then ask for a new password at once",
    "username_changed": "It was not you? Then ask for a new password at once",
    "account_deleted": "You did not ask for it? Then make sure",
    "new_client": "It was not you? Then somebody else is in your account. Change your password",
    "sign_in_code": "It was not you? Then ignore this message: without it nobody signs in.",
    "presence_code": "It was not you? Then somebody else is in your account: sign in and end",
    "factor_code": "It was not you? Then somebody may know your password: set a new one at once.",
    "factor_added": "It was not you? Then ask for a new password at once",
    "factor_removed": "It was not you? Then ask for a new password at once",
    "factors_reset_by_staff": "You did not ask for it? Then tell whoever runs the site at once",
    "factor_codes_exhausted": "It was not you? Then somebody knows your password: set a new one",
    "recovery_codes_made": "It was not you? Then ask for a new password at once",
    "recovery_code_used": "It was not you? Then ask for a new password at once",
}


class Html(HTMLParser):
    """A document as a browser reads it: its words, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.hrefs: list[str | None] = []
        self.tags: list[str] = []
        self.still_open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"])
        if tag not in {"meta", "link", "br"}:
            self.still_open.append(tag)

    def handle_endtag(self, tag):
        assert self.still_open.pop() == tag

    def handle_data(self, data):
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.fixture
def _told_of_holes(settings):
    """A variable that nobody gave is seen in the text."""
    [engine] = settings.TEMPLATES
    options = {**engine["OPTIONS"], "string_if_invalid": "HOLE"}
    settings.TEMPLATES = [{**engine, "OPTIONS": options}]


def email(name, part="txt", **more):
    return render(f"jwt_accounts/email/{name}.{part}", FULL[name] | more)


def least(name):
    return {key: LEAST.get(key, value) for key, value in FULL[name].items() if key not in CODE}


def test_every_message_is_in_the_package():
    usual = {*FULL, "recovery_pin", "password_changed"}
    emails = {f"{name}.{part}" for name in usual for part in PARTS}
    frames = {"base.html", *(f"base_{each}" for each in ("link.html", "link.txt"))}
    frames |= {"base_note.html", "base_note.txt"}
    assert {path.name for path in (FOLDER / "email").iterdir()} == emails | frames
    assert {path.name for path in (FOLDER / "sms").iterdir()} == {
        "change_phone.txt",
        "factor_code.txt",
        "recovery_pin.txt",
    }
    assert {path.name for path in (FOLDER / "pages").iterdir()} == {"message.html"}


def test_the_request_to_confirm_in_full():
    assert email("confirm_email") == (
        "Somebody registered at Bolts & Nuts with this e-mail address.\n"
        "\n"
        "It was you? Then confirm the address by this link:\n"
        "https://app.example.com/#/confirm?token=ab.cd&uid=MQ\n"
        "\n"
        "The link holds for 3 days. Pass it on to nobody.\n"
        "\n"
        "Or confirm it by this code:\n"
        "042917\n"
        "\n"
        "It holds for 10 minutes. Tell it to nobody: nobody but the page where you asked for it "
        "needs it.\n"
        "\n"
        "You did not register? Then ignore this message. The address stays unconfirmed."
    )


def test_the_user_name_in_full():
    assert email("reset_username") == (
        "Somebody asked for the user name of your account at Bolts & Nuts.\n"
        "\n"
        "Your user name: bob\n"
        "\n"
        "You want another one? Then choose it by this link:\n"
        "https://app.example.com/#/confirm?token=ab.cd&uid=MQ\n"
        "\n"
        "The link holds for 3 days. Pass it on to nobody.\n"
        "\n"
        "You did not ask for it? Then ignore this message. Your user name stays as it is."
    )


def test_the_news_of_a_changed_address_in_full():
    assert email("email_changed") == (
        "The e-mail address of your account at Bolts & Nuts was changed.\n"
        "\n"
        "Now: b***@example.org\n"
        "When: 2026-07-04 22:05 UTC\n"
        "From the address: 192.0.2.1 (Cluj-Napoca)\n"
        "\n"
        "Messages about the account go to the new address from now on.\n"
        "\n"
        "It was you? Then there is nothing to do.\n"
        "\n"
        "It was not you? Then somebody else is in your account. Tell whoever runs the site at "
        "once: by this address you can no longer ask for a new password."
    )


def test_the_news_of_a_new_client_in_full():
    assert email("new_client") == (
        "Somebody signed in to your account at Bolts & Nuts from a client that was not used for it "
        "lately: Firefox on Windows.\n"
        "\n"
        "When: 2026-07-04 22:05 UTC\n"
        "From the address: 192.0.2.1 (Cluj-Napoca)\n"
        "\n"
        "It was you? Then there is nothing to do.\n"
        "\n"
        "It was not you? Then somebody else is in your account. Change your password now: that "
        "ends their session."
    )


def test_the_message_to_sign_in_by_in_full():
    assert email("sign_in_code") == (
        "Somebody wants to sign in to your account at Bolts & Nuts.\n"
        "\n"
        "It was you? Then sign in by this link:\n"
        "https://app.example.com/#/confirm?token=ab.cd&uid=MQ\n"
        "\n"
        "Or sign in by this code:\n"
        "042917\n"
        "\n"
        "It holds for 10 minutes. Tell it to nobody: nobody but the page where you asked for it "
        "needs it.\n"
        "\n"
        "The link holds as long as the code. Whoever has one of the two is in your account: pass "
        "neither on.\n"
        "\n"
        "It was not you? Then ignore this message: without it nobody signs in."
    )


def test_the_least_of_a_note_in_full():
    assert render("jwt_accounts/email/name_taken.txt", least("name_taken")) == (
        "Somebody, perhaps you, tried to register with this e-mail address. Somebody else has the "
        "user name that was asked for, so no account was made.\n"
        "\n"
        "When: 2026-07-04 22:05 UTC\n"
        "\n"
        "It was you? Then register again with another user name.\n"
        "\n"
        "It was not you? Then ignore this message."
    )


@pytest.mark.usefixtures("_told_of_holes")
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", FULL)
def test_nothing_is_missing(name, part):
    for context in (FULL[name], least(name)):
        text = render(f"jwt_accounts/email/{name}.{part}", context)
        assert not re.search(r"HOLE|None|\{\{|\{%|\}\}|%\}|%\(|\n\n\n", text)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", FULL)
def test_what_nobody_knows_leaves_no_hole(name, part):
    text = render(f"jwt_accounts/email/{name}.{part}", least(name))
    said = Html(text).text if part == "html" else text
    assert not re.search(r" (?:at|for)[.:]|(?: at| for|:)$| {2}", said, re.MULTILINE)
    assert not re.search(r"From|Now|<p></p>", text)


@pytest.mark.parametrize("name", FULL)
def test_the_parts_say_the_same(name):
    for context in (FULL[name], least(name)):
        plain, html = (render(f"jwt_accounts/email/{name}.{part}", context) for part in PARTS[1:])
        read = Html(html).text
        assert [line for line in plain.splitlines() if line not in read] == []


@pytest.mark.parametrize("name", FULL)
def test_the_html_is_whole_and_needs_nothing_from_elsewhere(name):
    text = email(name, "html")
    html = Html(text)
    assert html.still_open == []
    assert not {"script", "style", "link", "img", "iframe", "form"} & set(html.tags)
    assert not re.search(r"\b(?:src|url|class|on\w+)\s*[=(]", text)
    assert 'lang="en"' in text


@pytest.mark.parametrize("name", FULL)
def test_a_subject_is_one_line_without_a_secret(name, mailoutbox):
    send_email("bob@example.com", name, FULL[name])
    send_email("bob@example.com", name, FULL[name] | {"site": f"{SITE}\nBcc: eve@example.com"})
    usual, split = (message.subject for message in mailoutbox)
    assert usual == SUBJECTS[name]
    assert split == SUBJECTS[name].replace(SITE, f"{SITE} Bcc: eve@example.com")


@pytest.mark.parametrize("name", FULL)
def test_each_says_what_to_do_if_it_was_not_you(name):
    assert NOT_YOU[name] in email(name)
    assert NOT_YOU[name] in render(f"jwt_accounts/email/{name}.txt", least(name))


@pytest.mark.parametrize("name", FULL)
def test_only_html_is_escaped(name):
    evil = "<b>&'"
    said = {"site", "username", "value", "ip", "place", "client"}
    strange = dict.fromkeys(said & FULL[name].keys(), evil)
    html = email(name, "html", **strange)
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;&#x27;" in html
    assert evil in email(name, **strange)
    assert evil in email(name, "subject.txt", **strange)


@pytest.mark.parametrize("name", ["confirm_email", "change_email", "address_taken", "name_taken"])
def test_a_stranger_cannot_put_words_into_our_mail(name):
    # Whoever registers chooses the user name, and the address that gets the message.
    for part in PARTS:
        assert "evil.example" not in email(name, part, username="evil.example")


@pytest.mark.parametrize("name", FULL)
def test_a_host_says_each_in_its_own_words(name, write_template, mailoutbox):
    for part in PARTS:
        write_template(f"email/{name}.{part}", f"{part} of {{{{ site }}}}")
    send_email("bob@example.com", name, FULL[name])
    [message] = mailoutbox
    assert message.subject == "subject.txt of Bolts & Nuts"
    assert message.body == "txt of Bolts & Nuts\n"
    assert message.alternatives[0].content == "html of Bolts &amp; Nuts\n"


@pytest.mark.parametrize(("frame", "names"), [("base_link", LINKED), ("base_note", NOTES)])
@pytest.mark.parametrize("part", ["txt", "html"])
def test_a_host_frames_all_of_a_kind(frame, names, part, write_template, settings):
    text = "Bolts: {% block before %}{% endblock %} - {% block after %}{% endblock %}"
    write_template(f"email/{frame}.{part}", text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": True}]
    for name in names:
        assert email(name, part).startswith("Bolts: ")
        assert NOT_YOU[name] in email(name, part)
