"""``manage.py doctor``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jwt_accounts.flows.examine_accounts import adopt_strangers, examine_accounts, repair


class Command(BaseCommand):
    """List the identifiers that sign nobody in, and why."""

    help = (
        "Make the accounts of users made elsewhere, and list the user names, e-mails and phone "
        "numbers that sign nobody in because several users have them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to mend what can be mended."""
        parser.add_argument(
            "--repair",
            action="store_true",
            help="let users sign in by what is written on them alone; a phone or e-mail that was "
            "meant as a mere contact becomes a way in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine, list, and mend where asked to."""
        self.stdout.write(f"{adopt_strangers()} accounts made.")
        shared = free = mended = 0
        for finding in examine_accounts():
            name = f"user {finding.user_id}: {finding.kind} {finding.value!r}"
            if finding.shared_with:
                shared += 1
                others = ", ".join(map(str, finding.shared_with))
                self.stdout.write(f"{name} signs nobody in: user {others} has it too.")
            elif options["repair"]:
                mended += repair(finding)
                self.stdout.write(f"{name} signs in again.")
            else:
                free += 1
                self.stdout.write(f"{name} is a contact, no way in; --repair makes it one.")
        self.stdout.write(f"{shared} shared, {free} contacts, {mended} mended.")
