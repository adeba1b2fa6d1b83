"""``manage.py reencrypt``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jwt_accounts.flows.reencrypt import reencrypt


class Command(BaseCommand):
    """Encrypt all secrets with the first of ``ENCRYPTION_KEYS``, so that the others can go."""

    help = "Encrypt all secrets with the first of ENCRYPTION_KEYS, so that the others can go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The size of a batch."""
        parser.add_argument("--batch", type=int, default=500, help="rows a statement")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how much. Fails where something was left as it was."""
        done = reencrypt(batch=max(1, options["batch"]))
        for each in done:
            self.stdout.write(f"{each.column}: {each.sealed} encrypted anew.")
            for key in each.broken:
                self.stderr.write(f"{each.column} of {key}: none of the keys opens it.")
        left = sum(len(each.broken) for each in done)
        if left:
            raise CommandError(
                f"{left} secrets were left as they were: put the key back that they were encrypted "
                "with, and run this again."
            )
