"""``manage.py demo``: a fresh database with something in it, served on this machine."""

import re
from argparse import ArgumentParser
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

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to serve, and where to keep the demo's files."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--data", help="folder for the database, mails and messages")
        parser.add_argument(
            "--pin-in-response",
            action="store_true",
            help="for the recovery endpoints, which this version does not mount yet",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Begin afresh and serve until interrupted."""
        folder = DATA
        begin_afresh(folder)
        call_command("migrate", verbosity=0)
        make()
        address = f"http://127.0.0.1:{options['port']}"
        try:
            server = waitress.create_server(
                application, host="127.0.0.1", port=options["port"], threads=16, backlog=1024
            )
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} cannot be used ({error.strerror}). Try --port 8001."
            ) from error
        self._introduce(address, folder)
        try:
            server.run()
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        finally:
            server.close()

    def _introduce(self, address: str, folder: Path) -> None:
        lines = [
            f"The demo is served at {address}/",
            f"  {address}/authentication/   the back-office contract",
            f"  {address}/accounts/         contract zero",
            f"  {address}/admin/            the Django admin",
            f"Files (database, mail, sms): {folder}",
            "",
            "Sign in as:",
            *(f"  {a.username:<10} {a.password:<17} {a.remark}" for a in ACCOUNTS),
            "",
            "Try:",
            *(f"  {line}" for line in tries(address)),
            "",
            "Ctrl-C stops it.",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def begin_afresh(folder: Path) -> None:
    """Remove what an earlier demo wrote into ``folder``, and nothing else."""
    manifest = folder / _MANIFEST
    if (folder / _DATABASE_FILES[0]).exists() and not manifest.exists():
        raise CommandError(
            f"{folder / _DATABASE_FILES[0]} was not made by the demo, so it stays. "
            "Name another folder with --data."
        )
    if manifest.exists():
        for name in _DATABASE_FILES:
            (folder / name).unlink(missing_ok=True)
        _empty(folder / "mail", _MAIL)
        _empty(folder / "sms", _SMS)
    for each in (folder, folder / "mail", folder / "sms"):
        each.mkdir(parents=True, exist_ok=True)
    manifest.write_text("The demo removes its own files in this folder when it starts.\n")


def _empty(folder: Path, names: re.Pattern[str]) -> None:
    for path in folder.glob("*") if folder.is_dir() else ():
        if names.fullmatch(path.name):
            path.unlink()
