"""Links and codes in messages."""

from __future__ import annotations

import re
from html import unescape

import pytest

from jwt_accounts.delivery.templates import render
from tests.delivery.conftest import PIN
from tests.delivery.test_messages import CODE, FULL, LINK, LINKED, NOTES, PARTS, Html, email


@pytest.mark.parametrize("name", LINKED)
def test_the_link_is_the_one_that_was_given_and_no_other(name):
    assert f"\n{LINK}\n" in email(name)
    text = email(name, "html")
    assert Html(text).hrefs == [LINK]
    assert LINK in Html(text).words
    assert LINK.replace("&", "&amp;") in text
    for part in PARTS:
        plain = unescape(email(name, part)) if part == "html" else email(name, part)
        assert "://" not in plain.replace(LINK, "")


@pytest.mark.parametrize("name", LINKED)
def test_a_link_cannot_leave_its_attribute(name):
    link = 'https://app.example.com/"onclick="x"><b>'
    html = Html(email(name, "html", link=link))
    assert html.hrefs == [link]
    assert "b" not in html.tags


@pytest.mark.parametrize("name", LINKED)
def test_without_a_link_none_is_spoken_of(name):
    for part in PARTS:
        text = email(name, part, link="")
        assert "://" not in text
        assert "<a" not in text
        assert "by this link" not in text


@pytest.mark.parametrize("name", NOTES)
def test_a_note_holds_no_link(name):
    for part in PARTS:
        assert not re.search(r"://|<a\b", email(name, part))


@pytest.mark.parametrize("name", ["confirm_email", "change_email"])
@pytest.mark.parametrize("part", ["txt", "html"])
def test_a_link_a_code_both_or_neither(name, part):
    def said(link, code):
        given = {key: value for key, value in FULL[name].items() if code or key not in CODE}
        return render(f"jwt_accounts/email/{name}.{part}", given | {"link": LINK if link else ""})

    by_link, by_code, too_late = "address by this link:", "address by this code:", "too late"
    by_both = "Or confirm it by this code:"
    for link, code, wanted in [
        (True, True, {by_link, by_both, PIN}),
        (True, False, {by_link}),
        (False, True, {by_code, PIN}),
        (False, False, {too_late}),
    ]:
        text = said(link, code)
        assert {x for x in (by_link, by_code, too_late, by_both, PIN) if x in text} == wanted


@pytest.mark.parametrize(
    ("hours", "time"),
    [
        (1, "1 hour"),
        (24, "24 hours"),
        (48, "2 days"),
        (71, "71 hours"),
        (72, "3 days"),
        (168, "7 days"),
    ],
)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_whole_days_are_said_in_days(hours, time, part):
    assert f"The link holds for {time}. " in email("reset_link", part, hours=hours)


def test_one_minute_is_not_several():
    assert "It holds for 1 minute. " in email("confirm_email", minutes=1)
