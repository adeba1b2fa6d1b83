"""Each start begins afresh and removes what the demo wrote, and nothing else."""

from __future__ import annotations

import sqlite3

import pytest

from tests.demo.conftest import MANAGE, free_port, run_demo
from tests.presets.back_office.documented import NEW_PASSWORD, Names

FOREIGN = {
    "notes.txt": "mine",
    "demo.sqlite3.bak": "mine",
    "mail/letter.txt": "mine",
    "mail/inbox.log": "mine",
    "mail/20260101/1.log": "mine",
    "sms/draft.txt": "mine",
    "sms/readme": "mine",
    "photos/demo.sqlite3": "mine",
}
OF_A_DEMO = {
    "mail/20260102-030405-140234866534416.log": "a mail",
    "sms/20260102T030405-0123456789abcdef0123456789abcdef.txt": "a message",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def kept(folder, files) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in files if (folder / name).exists()}


def usernames(names) -> list[str]:
    bearer = {"Authorization": f"Bearer {names.value('admin')}"}
    return [
        user["username"] for user in names.send("GET", "/authentication/users", bearer, b"").json()
    ]


def test_a_second_start_begins_afresh_and_keeps_what_is_not_its_own(start, tmp_path):
    folder = tmp_path / "data"
    write(folder, FOREIGN)
    first = start(folder)
    names = Names(first.send)
    names.create(username="gica", password=NEW_PASSWORD)
    tokens = names.log_in("gica", NEW_PASSWORD)
    first.process.send_signal(2)
    assert first.process.wait(20) == 0
    write(folder, OF_A_DEMO)

    second = start(folder, manage=MANAGE)
    assert usernames(Names(second.send)) == [
        "eurogames",
        "admin",
        "manager",
        "attendant",
        "expired",
        "stranger",
        "mira",
        "auditor",
    ]
    stale = {"Authorization": f"Bearer {tokens['access']}"}
    assert second.send("GET", "/authentication/users", stale, b"").status == 401
    assert kept(folder, FOREIGN) == FOREIGN
    assert kept(folder, OF_A_DEMO) == {}


def test_a_database_that_the_demo_did_not_make_stops_the_start(tmp_path):
    database = tmp_path / "demo.sqlite3"
    with sqlite3.connect(database) as foreign:
        foreign.execute("CREATE TABLE mine (precious)")
    before = database.read_bytes()
    write(tmp_path, FOREIGN)
    done = run_demo(free_port(), tmp_path)
    assert done.returncode != 0
    assert str(database) in done.stderr
    assert "Traceback" not in done.stderr
    assert database.read_bytes() == before
    assert kept(tmp_path, FOREIGN) == FOREIGN
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        {"demo.sqlite3", *(name.split("/")[0] for name in FOREIGN)}
    )


def test_mails_that_were_there_before_the_demo_stay(start, tmp_path):
    """Django's file-based backend of another project names its files the same."""
    folder = tmp_path / "data"
    write(folder, OF_A_DEMO)
    for _ in range(2):
        running = start(folder)
        running.process.send_signal(2)
        running.process.wait(20)
    assert kept(folder, OF_A_DEMO) == OF_A_DEMO


def test_a_start_on_a_port_in_use_says_so_and_leaves_the_running_demo_alone(start, tmp_path):
    running = start(tmp_path / "data")
    names = Names(running.send)
    names.create(username="gica", password=NEW_PASSWORD)
    done = run_demo(running.port, running.folder)
    assert done.returncode != 0
    assert f"Port {running.port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "gica" in usernames(names)


@pytest.mark.parametrize(
    "port",
    [
        "70000",
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in ("http", "-1", "0", "\N{SUPERSCRIPT TWO}")
        ),
    ],
)
def test_a_port_that_is_none_is_said_in_a_sentence(tmp_path, port):
    done = run_demo(port, tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "port" in done.stderr
    assert list(tmp_path.iterdir()) == []
