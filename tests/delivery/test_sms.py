"""What leaves by SMS, and who sends it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured

from jwt_accounts.conf import settings as our_settings
from jwt_accounts.delivery.sms import (
    ConsoleSender,
    FileSender,
    send_sms,
    sms_sender,
    sms_sender_factory,
)
from tests.delivery import senders
from tests.delivery.conftest import PIN

CONSOLE = "jwt_accounts.delivery.sms.ConsoleSender"
FILE = "jwt_accounts.delivery.sms.FileSender"
TO = "+40721000001"


@pytest.fixture
def choose(settings):
    def choose(sender):
        settings.JWT_ACCOUNTS = {"SMS_SENDER": sender}

    return choose


@pytest.fixture
def sent():
    senders.sent.clear()
    return senders.sent


def test_a_file_holds_one_message(tmp_path):
    folder = tmp_path / "var" / "sms"
    with time_machine.travel("2026-07-04 13:05:09+02:00", tick=False):
        FileSender(folder).send(TO, "Grüße\nPIN: 042917")
    [path] = folder.iterdir()
    assert re.fullmatch(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{32}\.txt", path.name)
    assert path.name.startswith("20260704T110509-")
    assert path.read_bytes() == f"To: {TO}\n\nGrüße\nPIN: 042917\n".encode()


def test_a_file_is_for_the_process_alone(tmp_path):
    before = os.umask(0)
    try:
        FileSender(str(tmp_path)).send(TO, "text")
    finally:
        os.umask(before)
    [path] = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_messages_of_one_second_are_files_apart(tmp_path):
    sender = FileSender(tmp_path)
    with time_machine.travel("2026-07-04 13:05:09+00:00", tick=False):
        for text in "abc":
            sender.send(TO, text)
    texts = sorted(path.read_text() for path in tmp_path.glob("*.txt"))
    assert texts == [f"To: {TO}\n\n{text}\n" for text in "abc"]


def test_a_file_gets_its_name_when_it_is_whole(tmp_path, monkeypatch):
    seen = []
    rename = Path.rename

    def watch(part, whole):
        seen.append((part.read_text(), [each.name for each in tmp_path.glob("[!.]*")]))
        return rename(part, whole)

    monkeypatch.setattr(Path, "rename", watch)
    FileSender(tmp_path).send(TO, "text")
    assert seen == [(f"To: {TO}\n\ntext\n", [])]


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        FileSender(tmp_path).send(TO, "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_the_console_shows_the_message(capsys):
    ConsoleSender().send(TO, "PIN: 042917")
    assert capsys.readouterr().out == f"To: {TO}\n\nPIN: 042917\n{'-' * 79}\n"


def test_nothing_is_sent_unless_the_host_says_how(choose, recovery, settings):
    settings.JWT_ACCOUNTS = {}
    assert sms_sender() is sms_sender_factory() is None
    choose(None)
    assert sms_sender() is None
    send_sms(TO, "recovery_pin", recovery)


@pytest.mark.parametrize(
    "sender", [CONSOLE, {"BACKEND": CONSOLE}, {"BACKEND": CONSOLE, "OPTIONS": {}}], ids=str
)
def test_a_sender_is_a_path_or_a_dict(sender, choose):
    choose(sender)
    assert isinstance(sms_sender(), ConsoleSender)
    assert sms_sender_factory() is ConsoleSender


def test_options_are_the_arguments(choose, tmp_path, recovery):
    choose({"BACKEND": FILE, "OPTIONS": {"folder": tmp_path}})
    send_sms(TO, "recovery_pin", recovery)
    [path] = tmp_path.iterdir()
    assert f"PIN: {PIN}," in path.read_text()


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "ConsoleSender",
        "a..b",
        "a.b.",
        "a b.c",
        "a.1b",
        7,
        True,
        [CONSOLE],
        ConsoleSender,
        {},
        {"OPTIONS": {}},
        {"BACKEND": None},
        {"BACKEND": CONSOLE, "OPTIONS": None},
        {"BACKEND": CONSOLE, "OPTIONS": ["folder"]},
        {"BACKEND": CONSOLE, "OPTIONS": {1: 2}},
        {"BACKEND": CONSOLE, "folder": "sms"},
    ],
    ids=str,
)
def test_a_sender_of_another_form_is_named(sender, choose):
    choose(sender)
    with pytest.raises(ImproperlyConfigured, match=r"^JWT_ACCOUNTS\['SMS_SENDER'\] must be a dott"):
        assert our_settings.SMS_SENDER


@pytest.mark.parametrize("path", ["no_such.module.Sender", "tests.delivery.senders.Gone"])
def test_a_sender_that_is_not_there_is_named(path, choose):
    choose(path)
    assert our_settings.SMS_SENDER.path == path
    for ask in (sms_sender, sms_sender_factory):
        with pytest.raises(ImproperlyConfigured, match=r"SMS_SENDER'\] cannot be imported: "):
            ask()


@pytest.mark.parametrize(
    ("sender", "told"),
    [
        (FILE, "cannot be made: .*folder"),
        ({"BACKEND": CONSOLE, "OPTIONS": {"folder": "x"}}, "cannot be made: "),
        ("tests.delivery.senders.NoSender", "has no method `send`"),
    ],
    ids=["an argument too few", "an argument too many", "no sender"],
)
def test_a_sender_that_cannot_be_made_is_named(sender, told, choose):
    choose(sender)
    assert sms_sender_factory() is not None
    with pytest.raises(ImproperlyConfigured, match=told):
        sms_sender()


def test_a_host_sends_its_own_way(choose, sent, write_template, recovery):
    choose("tests.delivery.senders.ListSender")
    write_template("sms/recovery_pin.txt", "{{ site }}: {{ pin }}\n")
    send_sms(TO, "recovery_pin", recovery)
    assert sent == [(TO, f"Bolts & Nuts: {PIN}")]
