"""Every sentence reaches who translates, and comes back."""

from __future__ import annotations

import re
import struct
from ast import literal_eval
from functools import cache

import pytest
from django.utils import translation
from django.utils.translation.template import templatize

from jwt_accounts.delivery.templates import render
from tests.delivery.test_messages import FOLDER, FULL, LINK, Html

#: As `makemessages` hands it to xgettext.
CALL = re.compile(r"""\b(n|p|)gettext\((u?(?:'[^']*'|"[^"]*"))(?:, (u?(?:'[^']*'|"[^"]*")))?""")
#: Nothing of this is a letter.
VALUES = {
    "site": "№ 1",
    "username": "4711",
    "tenant": "4712",
    "asked": "***",
    "value": "***",
    "ip": "192.0.2.1",
    "place": "***",
    "client": "4713",
}
PAGES = ("pages/message.html", "sms/change_phone.txt", "sms/recovery_pin.txt")
NAMES = (*(f"email/{name}.{part}" for name in FULL for part in ("subject.txt", "txt", "html")),)


def foreign(sentence: str) -> str:
    """The sentence with each letter another one, and its variables as they are."""
    return re.sub(r"(%\(\w+\)s)|[A-Za-z]", lambda found: found[1] or "ж", sentence)


@cache
def catalogue() -> bytes:
    """A compiled catalogue of every sentence of the templates."""
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=n != 1;\n"
    entries = {"": head}
    for path in FOLDER.rglob("*.*"):
        for kind, first, second in CALL.findall(templatize(path.read_text(encoding="utf-8"))):
            given = [literal_eval(each) for each in (first, second) if each]
            joint = {"n": "\0", "p": "\4", "": ""}[kind]
            said = given[1:] if kind == "p" else given
            entries[joint.join(given)] = joint.join(foreign(each) for each in said)
    return compiled({key.encode(): value.encode() for key, value in sorted(entries.items())})


def compiled(entries: dict[bytes, bytes]) -> bytes:
    """GNU's format: two tables of lengths and places, then the texts."""
    texts = [*entries, *entries.values()]
    start, places, size = 28 + 8 * len(texts), [], 0
    for text in texts:
        places.append(struct.pack("<2I", len(text), start + size))
        size += len(text) + 1
    count = len(entries)
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    return head + b"".join(places) + b"".join(text + b"\0" for text in texts)


@pytest.fixture
def _foreign(tmp_path, settings):
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(catalogue())
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override("de"):
        yield


def letters(name: str, context) -> list[str]:
    """The English that is left."""
    text = render(f"jwt_accounts/{name}", context)
    if name.endswith(".html"):
        text = Html(text).text
    return re.findall(r"[A-Za-z]+", text.replace(LINK, ""))


@pytest.mark.usefixtures("_foreign")
def test_no_word_of_a_message_stays_english():
    for name in NAMES:
        full = FULL[name.split("/")[1].split(".")[0]]
        context = {key: VALUES.get(key, value) for key, value in full.items()}
        bare = {key: "" if key in {*VALUES, "link"} else value for key, value in context.items()}
        spare = {key: value for key, value in bare.items() if key != "pin"}
        for given in (context, bare, spare, {**context, "hours": 1, "minutes": 1}):
            assert (name, letters(name, given)) == (name, [])


@pytest.mark.usefixtures("_foreign")
@pytest.mark.parametrize("minutes", [1, 10])
@pytest.mark.parametrize("site", ["№ 1", ""])
@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_a_page_or_an_sms_stays_english(name, site, minutes):
    context = {"title": "42", "text": "43", "pin": "042917", "minutes": minutes, "site": site}
    assert letters(name, context) == []


@pytest.mark.usefixtures("_foreign")
@pytest.mark.parametrize("name", ["pages/message.html", "email/confirm_email.html"])
def test_the_language_said_is_the_one_of_the_catalogue(name):
    assert 'lang="жж"' in render(f"jwt_accounts/{name}", FULL["confirm_email"])
