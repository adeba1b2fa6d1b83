"""The page after a link was followed, and the code by SMS."""

from __future__ import annotations

import re

import pytest

from jwt_accounts.delivery.sms import send_sms
from jwt_accounts.delivery.templates import render
from tests.delivery import senders
from tests.delivery.conftest import PIN
from tests.delivery.test_messages import CODE, SITE, Html


def test_the_code_for_a_number_by_sms_fits_into_one(settings):
    settings.JWT_ACCOUNTS = {"SMS_SENDER": "tests.delivery.senders.ListSender"}
    senders.sent.clear()
    send_sms("+40721000001", "change_phone", CODE | {"site": SITE})
    text = (
        "Bolts & Nuts: somebody asked to make this the phone number of an account. "
        "Code: 042917, for 10 minutes. Tell it to nobody. Not you? Ignore this."
    )
    assert senders.sent == [("+40721000001", text)]
    # One message of the GSM alphabet.
    assert len(text) <= 160
    assert text.isascii()


def test_the_code_for_a_number_needs_no_name_of_a_site():
    text = render("jwt_accounts/sms/change_phone.txt", {"pin": PIN, "minutes": 1, "site": ""})
    assert text == (
        "Somebody asked to make this the phone number of an account. "
        "Code: 042917, for 1 minute. Tell it to nobody. Not you? Ignore this."
    )


def page(**more):
    said = {"title": "Your e-mail address is confirmed", "text": "You can close this page."}
    return render("jwt_accounts/pages/message.html", said | {"site": SITE} | more)


@pytest.mark.parametrize("site", [SITE, ""])
def test_the_page_says_what_happened(site):
    html = Html(page(site=site))
    title = "Your e-mail address is confirmed"
    head, body = (f"{title} - {site}", f"{site} {title}") if site else (title, title)
    assert html.text == f"{head} {body} You can close this page."
    assert html.still_open == []


def test_the_page_tells_nobody_its_address_and_needs_nothing_from_elsewhere():
    text = page()
    assert text.startswith('<!doctype html>\n<html lang="en" dir="auto">')
    assert '<meta name="referrer" content="no-referrer">' in text
    assert '<meta name="robots" content="noindex, nofollow">' in text
    # A browser that is given no icon asks for one.
    assert '<link rel="icon" href="data:,">' in text
    assert not re.search(r"://|<script|<style|<a\b|\b(?:src|url|on\w+)\s*[=(]", text)


def test_the_page_is_for_telephones_and_the_dark():
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page()
    assert '<meta name="color-scheme" content="light dark">' in page()


def test_the_page_escapes_what_it_is_given():
    evil = "</title><script>alert('x')</script>"
    html = Html(page(title=evil, text=evil, site=evil))
    assert "script" not in html.tags
    assert html.text.count(evil) == 5


def test_a_host_has_a_page_of_its_own(write_template):
    write_template("pages/message.html", "<h1>{{ title }}</h1>{{ text }}")
    assert page() == "<h1>Your e-mail address is confirmed</h1>You can close this page."
