"""``manage.py demo``: a fresh database with something in it, served on this machine."""

import re
import socket
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

import waitress
from demo_site.accounts import ACCOUNTS
from demo_site.settings import DATA
from demo_site.tries import tries
from demo_site.wsgi import application
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from people.demo_data import make

_MANIFEST = ".made-by-the-demo"
_DATABASE_FILES = ("demo.sqlite3", "demo.sqlite3-wal", "demo.sqlite3-shm", "demo.sqlite3-journal")
_MAIL = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]+\.log")
_SMS = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{32}\.txt")


class Command(BaseCommand):
    """Serve the example project."""

    help = "Make a fresh database with demo data and serve the example project on this machine."

    # Some checks ask the database, whose folder is made first.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve, and where to keep the demo's files."""
        parser.add_argument("--port", type=_port, default=8000)
        parser.add_argument("--data", help="folder for the database, mails and messages")
        parser.add_argument(
            "--pin-in-response",
            action="store_true",
            help="answer a request for a PIN with the PIN, as the back office's document says",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin afresh and serve until interrupted."""
        folder = DATA
        # The port first: a start that fails leaves a running demo and its files alone.
        port = _reserve(options["port"])
        begin_afresh(folder)
        self.check()
        call_command("migrate", verbosity=0)
        make()
        server = waitress.create_server(application, sockets=[port], threads=16, backlog=1024)
        self._introduce(f"http://127.0.0.1:{options['port']}", folder)
        try:
            server.run()
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        finally:
            server.close()

    def _introduce(self, address: str, folder: Path) -> None:
        lines = [
            f"The demo is served at {address}/",
            f"  {address}/accounts/         contract zero",
            f"  {address}/authentication/   the back-office contract",
            f"  {address}/auth/             djoser",
            f"  {address}/api/              the device API, the chat contract, the tenant portal",
            f"  {address}/dj-rest-auth/     dj-rest-auth",
            f"  {address}/admin/            the Django admin",
            f"Files (database, mail, sms): {folder}",
            "",
            "Sign in as:",
            *(f"  {a.username:<10} {a.password:<17} {a.remark}" for a in ACCOUNTS),
            "",
            "Try:",
            *(
                line
                for group in tries(address)
                for line in (f"  {group.contract}", *(f"    {each}" for each in group.lines))
            ),
            "",
            "Ctrl-C stops it.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _reserve(port: int) -> socket.socket:
    """Take the port without listening: nobody is let in before the data is there."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind(("127.0.0.1", port))
    except OSError as error:
        reserved.close()
        raise CommandError(
            f"Port {port} cannot be used ({error.strerror}). Try another, such as --port 8001."
        ) from error
    return reserved


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"{text} is no port: a number from 1 to 65535 is")
    return int(text)


def begin_afresh(folder: Path) -> None:
    """Remove what an earlier demo wrote into ``folder``, and nothing else.

    The manifest lists what lay in the mail and sms folders before the demo wrote there.
    """
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder} is a file. Name a folder with --data.")
    manifest = folder / _MANIFEST
    if (folder / _DATABASE_FILES[0]).exists() and not manifest.exists():
        raise CommandError(
            f"{folder / _DATABASE_FILES[0]} was not made by the demo, so it stays. "
            "Name another folder with --data."
        )
    if manifest.exists():
        foreign = set(manifest.read_text().splitlines())
        for name in _DATABASE_FILES:
            (folder / name).unlink(missing_ok=True)
        for path, name in _messages(folder):
            if name not in foreign:
                path.unlink()
    for each in (folder, folder / "mail", folder / "sms"):
        each.mkdir(parents=True, exist_ok=True)
    manifest.write_text("".join(f"{name}\n" for _, name in _messages(folder)))


def _messages(folder: Path) -> list[tuple[Path, str]]:
    """What looks like a message of a demo, and its name below the folder."""
    found = [*(folder / "mail").glob("*"), *(folder / "sms").glob("*")]
    return [
        (path, f"{path.parent.name}/{path.name}")
        for path in found
        if (_MAIL if path.parent.name == "mail" else _SMS).fullmatch(path.name) and path.is_file()
    ]
