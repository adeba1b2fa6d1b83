"""``manage.py signing_keys``."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.errors import AccountError
from jwt_accounts.flows.signing_keys import (
    ListedKey,
    add_key,
    list_keys,
    promote_key,
    retire_key,
)
from jwt_accounts.policies.signing_keys import KeyAlgorithm, KeyState
from jwt_accounts.types import RequestContext

_WORDS = {
    KeyState.WAITING: "waits to be promoted",
    KeyState.SIGNING: "signs",
    KeyState.VERIFYING: "verifies",
    KeyState.RETIRED: "retired, verifies until {}",
    KeyState.ENDED: "counts no more",
}


class Command(BaseCommand):
    """The keys of the ring: list, add, promote and retire them."""

    help = "List, add, promote and retire the keys that access tokens are signed with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One act, and its key."""
        acts = parser.add_subparsers(dest="act", required=True)
        listing = acts.add_parser("list", help="all keys, oldest first")
        listing.add_argument("--json", action="store_true", help="for scripts")
        adding = acts.add_parser("add", help="make one, which is published and waits")
        adding.add_argument(
            "--algorithm",
            choices=[str(each) for each in KeyAlgorithm],
            default=str(KeyAlgorithm.ES256),
            help="what it signs with",
        )
        promoting = acts.add_parser("promote", help="sign with one from now on")
        promoting.add_argument("kid", metavar="KID")
        promoting.add_argument(
            "--force", action="store_true", help="even if others may not know it yet"
        )
        retiring = acts.add_parser("retire", help="let one go when what it signed has expired")
        retiring.add_argument("kid", metavar="KID")
        retiring.add_argument(
            "--at-once",
            action="store_true",
            help="for a key that leaked: refuse what it signed from now on",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what came of it."""
        ctx = RequestContext(now=timezone.now())
        acts = {
            "list": self._list,
            "add": self._add,
            "promote": self._promote,
            "retire": self._retire,
        }
        if settings.KEY_RING is False:
            self.stderr.write("KEY_RING is off: the key of SIMPLE_JWT signs until it is on.")
        try:
            acts[options["act"]](ctx, options)
        except AccountError as error:
            raise CommandError(error.text) from error
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error

    def _list(self, ctx: RequestContext, options: dict[str, Any]) -> None:
        keys = list_keys(ctx)
        if options["json"]:
            rows = [asdict(key) for key in keys]
            self.stdout.write(json.dumps(rows, cls=DjangoJSONEncoder, indent=2))
            return
        for key in keys:
            self.stdout.write(_line(key))
        if not keys:
            self.stdout.write("No keys.")

    def _add(self, ctx: RequestContext, options: dict[str, Any]) -> None:
        kid = add_key(ctx, algorithm=KeyAlgorithm(options["algorithm"]))
        self.stdout.write(f"{kid}: added, and waits to be promoted.")

    def _promote(self, ctx: RequestContext, options: dict[str, Any]) -> None:
        promote_key(ctx, kid=options["kid"], force=options["force"])
        self.stdout.write(f"{options['kid']}: signs.")

    def _retire(self, ctx: RequestContext, options: dict[str, Any]) -> None:
        kid, at_once = options["kid"], options["at_once"]
        end = retire_key(ctx, kid=kid, at_once=at_once)
        told = "gone, and what it signed" if at_once else f"retired, verifies until {_moment(end)}"
        self.stdout.write(f"{kid}: {told}.")


def _line(key: ListedKey) -> str:
    state = _WORDS[key.state].format("" if key.ends_at is None else _moment(key.ends_at))
    promoted = "never" if key.promoted_at is None else _moment(key.promoted_at)
    dates = f"added {_moment(key.created_at)}, promoted {promoted}"
    return f"{key.kid} {key.algorithm}: {state}; {dates}."


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC"
