"""Where texts come from, and what is escaped in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.utils import translation

import jwt_accounts
from jwt_accounts.delivery.templates import render
from tests.delivery.conftest import PIN

FOLDER = Path(jwt_accounts.__file__).parent / "templates"
HTML = ["recovery_pin", "password_changed"]
EVERY_NAME = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*"))


@pytest.fixture
def everything(recovery, change):
    return {**recovery, **change}


def test_the_pin_by_email_in_full(recovery):
    assert render("jwt_accounts/email/recovery_pin.txt", recovery) == (
        "Somebody asked for a new password for your account at Bolts & Nuts.\n"
        "\n"
        "Your PIN: 042917\n"
        "\n"
        "It holds for 15 minutes. Tell it to nobody: nobody but the page where you asked for it "
        "needs it.\n"
        "\n"
        "You did not ask for a new password? Then ignore this message. Your password stays as it "
        "is."
    )


def test_the_news_of_a_changed_password_in_full(change):
    assert render("jwt_accounts/email/password_changed.txt", change) == (
        "The password of your account at Bolts & Nuts was changed.\n"
        "\n"
        "When: 2026-07-04 22:05 UTC\n"
        "From the address: 192.0.2.1\n"
        "\n"
        "Other devices were signed out: they have to sign in again with the new password.\n"
        "\n"
        "It was you? Then there is nothing to do.\n"
        "\n"
        "It was not you? Then ask for a new password at once, make sure that nobody else reads "
        "your e-mail, and tell whoever runs the site."
    )


def test_the_pin_by_sms_fits_into_one(recovery):
    text = render("jwt_accounts/sms/recovery_pin.txt", recovery)
    assert text == (
        "Bolts & Nuts: somebody asked for a new password. PIN: 042917, for 15 minutes. "
        "Tell it to nobody. Not you? Ignore this."
    )
    assert len(text) <= 160


@pytest.mark.parametrize("name", EVERY_NAME)
def test_no_site_and_no_address_leave_no_hole(name, everything):
    text = render(name, {**everything, "site": "", "ip": None, "minutes": 1})
    assert not re.search(r" at[.]| at$|None|  |From|minutes|^:", re.sub(r"<[^>]*>", "", text))
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", EVERY_NAME)
def test_only_html_is_escaped(name, everything):
    text = render(name, {**everything, "site": "<b>&'"})
    assert "<b>" not in text if name.endswith(".html") else "&amp;" not in text
    if name.endswith("recovery_pin.html"):
        assert "&lt;b&gt;&amp;&#x27;" in text
    if name.endswith(".txt") and "/base_" not in name:
        assert "<b>&'" in text


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("name", ["password_changed.txt", "password_changed.html"])
def test_the_time_is_utc_wherever_the_host_is(name, zone, change, settings):
    settings.TIME_ZONE = zone
    assert "2026-07-04 22:05 UTC" in render(f"jwt_accounts/email/{name}", change)


@pytest.mark.parametrize("template", HTML)
def test_html_needs_nothing_from_elsewhere(template, everything):
    text = render(f"jwt_accounts/email/{template}.html", everything)
    assert text.startswith('<!doctype html>\n<html lang="en" dir="auto">')
    assert text.endswith("</html>")
    assert not re.search(r"://|\b(?:src|href|url|class|script|link)\b", text)
    assert 'name="viewport"' in text


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_language_said_is_the_language_of_the_text(language, everything):
    with translation.override(language):
        text = render("jwt_accounts/email/recovery_pin.html", everything)
    assert 'lang="en"' in text
    assert "Somebody asked" in text


DJANGO = "django.template.backends.django.DjangoTemplates"
DUMMY = "django.template.backends.dummy.TemplateStrings"


@pytest.mark.parametrize(
    "engines",
    [
        [],
        [{"BACKEND": DJANGO}],
        [{"BACKEND": DUMMY}],
        [{"BACKEND": DJANGO, "APP_DIRS": True, "OPTIONS": {"autoescape": False}}],
    ],
    ids=["none", "not the apps", "another language", "escapes nothing"],
)
@pytest.mark.parametrize("name", EVERY_NAME)
def test_texts_are_the_same_whatever_engines_the_host_has(engines, name, everything, settings):
    usual = render(name, everything)
    settings.TEMPLATES = engines
    assert render(name, everything) == usual


def test_a_host_has_texts_of_its_own(write_template, recovery):
    write_template("email/recovery_pin.txt", "\n{{ site }} says {{ pin }}.\n")
    assert render("jwt_accounts/email/recovery_pin.txt", recovery) == f"Bolts & Nuts says {PIN}."
    assert "Somebody asked" in render("jwt_accounts/email/recovery_pin.html", recovery)


def test_a_host_frames_every_html_text(write_template, settings, recovery):
    write_template("email/base.html", "<p>Bolts</p>{% block content %}{% endblock %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": True}]
    text = render("jwt_accounts/email/recovery_pin.html", recovery)
    assert text.startswith("<p>Bolts</p>")
    assert PIN in text


def test_a_host_writes_in_another_language(write_template, settings, recovery):
    write_template("email/recovery_pin.txt", "$site: $pin\n")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "BACKEND": DUMMY}]
    # This engine escapes always.
    assert render("jwt_accounts/email/recovery_pin.txt", recovery) == f"Bolts &amp; Nuts: {PIN}"


@pytest.mark.parametrize("engines", [[], [{"BACKEND": DJANGO}]], ids=["none", "one"])
def test_a_text_that_nobody_wrote_is_an_error(engines, settings):
    settings.TEMPLATES = engines
    with pytest.raises(TemplateDoesNotExist, match="no_such"):
        render("jwt_accounts/email/no_such.txt", {})
