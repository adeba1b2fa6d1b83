"""``manage.py prune``."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jwt_accounts.flows.prune import prune
from jwt_accounts.types import RequestContext


class Command(BaseCommand):
    """Delete what is dead, and users who never confirmed. Run it daily."""

    help = (
        "Delete dead sessions, attempts and challenges, old events, users who never confirmed, "
        "signing keys that count no more, and second factors that were never confirmed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The size of a batch."""
        parser.add_argument("--batch", type=int, default=1000, help="rows a statement")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prune, and say how much."""
        done = prune(RequestContext(now=timezone.now()), batch=max(1, options["batch"]))
        counts = ", ".join(f"{count} {name}" for name, count in asdict(done).items())
        self.stdout.write(f"Deleted {counts}.")
