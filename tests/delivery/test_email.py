"""What leaves by e-mail."""

from __future__ import annotations

import pytest
from django.template import TemplateDoesNotExist

from jwt_accounts.delivery.email import send_email
from tests.delivery.conftest import PIN


def test_a_message_has_a_text_and_an_html_part(mailoutbox, recovery, settings):
    settings.DEFAULT_FROM_EMAIL = "Shop <shop@example.com>"
    send_email("bob@example.com", "recovery_pin", recovery)
    [message] = mailoutbox
    assert (message.from_email, message.to) == ("Shop <shop@example.com>", ["bob@example.com"])
    assert message.subject == "Your PIN for a new password at Bolts & Nuts"
    assert f"Your PIN: {PIN}\n" in message.body
    [html] = message.alternatives
    assert html.mimetype == "text/html"
    assert f">{PIN}</p>" in html.content
    assert "Bolts &amp; Nuts" in html.content


def test_what_goes_over_the_wire(mailoutbox, change):
    send_email("bob@example.com", "password_changed", change)
    wire = mailoutbox[0].message()
    assert wire["Auto-Submitted"] == "auto-generated"
    assert wire["Subject"] == "Your password at Bolts & Nuts was changed"
    assert wire.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in wire.get_payload()] == ["text/plain", "text/html"]


def test_a_subject_never_shows_the_pin(mailoutbox, recovery):
    send_email("bob@example.com", "recovery_pin", recovery)
    assert PIN not in mailoutbox[0].subject


@pytest.mark.parametrize(
    "newline",
    ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"],
    ids=["LF", "CRLF", "CR", "VT", "NEL", "LS"],
)
@pytest.mark.parametrize("template", ["recovery_pin", "password_changed"])
def test_a_newline_in_the_name_of_the_site_makes_no_header(
    newline, template, mailoutbox, recovery, change
):
    site = f"Bolts{newline}Bcc: eve@example.com{newline}{newline}Hello"
    send_email("bob@example.com", template, {**recovery, **change, "site": site})
    [message] = mailoutbox
    wire = message.message()
    assert "Bolts Bcc: eve@example.com Hello" in message.subject
    assert wire["Bcc"] is None
    assert len(wire.get_payload()) == 2
    assert message.recipients() == ["bob@example.com"]


@pytest.mark.parametrize("newline", ["\n", "\r"], ids=["LF", "CR"])
def test_a_newline_in_the_address_is_refused(newline, mailoutbox, recovery):
    with pytest.raises(ValueError, match=r"(?i)header|newline|linefeed|invalid"):
        send_email(f"bob@example.com{newline}Bcc: eve@example.com", "recovery_pin", recovery)
    assert mailoutbox == []


def test_a_host_has_a_subject_of_its_own(mailoutbox, write_template, recovery):
    write_template("email/recovery_pin.subject.txt", "\n  {{ site }}:\n  new password\n")
    send_email("bob@example.com", "recovery_pin", recovery)
    assert mailoutbox[0].subject == "Bolts & Nuts: new password"


def test_a_host_without_engines_sends_the_same(mailoutbox, recovery, settings):
    send_email("bob@example.com", "recovery_pin", recovery)
    settings.TEMPLATES = []
    send_email("bob@example.com", "recovery_pin", recovery)
    usual, bare = mailoutbox
    assert (usual.subject, usual.body) == (bare.subject, bare.body)
    assert usual.alternatives == bare.alternatives


def test_a_template_that_nobody_wrote_sends_nothing(mailoutbox):
    with pytest.raises(TemplateDoesNotExist):
        send_email("bob@example.com", "no_such", {})
    assert mailoutbox == []
