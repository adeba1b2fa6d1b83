"""``manage.py unlock USER``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from jwt_accounts.errors import InvalidInput, NotFound
from jwt_accounts.flows.unlock_by_name import unlock_by_name
from jwt_accounts.types import RequestContext


class Command(BaseCommand):
    """End the lock that wrong passwords began."""

    help = "End the lock that wrong passwords began, and forget them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One user, and whether a lock by staff ends too."""
        parser.add_argument("user", help="a user name, an e-mail or a phone number")
        parser.add_argument(
            "--staff-lock", action="store_true", help="lift a lock by staff as well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Unlock, and say what was ended."""
        ctx = RequestContext(now=timezone.now())
        name = options["user"]
        try:
            done = unlock_by_name(ctx, identifier=name, staff_lock=options["staff_lock"])
        except InvalidInput as error:
            raise CommandError("Nobody can have such a name.") from error
        except NotFound as error:
            raise CommandError(f"Nobody signs in as {name!r}, and nobody tried.") from error
        self.stdout.write(f"{name}: wrong passwords are forgotten.")
        if done.staff_lock_lifted:
            self.stdout.write(f"{name}: the lock by staff is lifted.")
        elif done.is_locked_by_staff:
            hint = "it is still locked by staff; add --staff-lock to lift that too."
            self.stdout.write(self.style.WARNING(f"{name}: {hint}"))
