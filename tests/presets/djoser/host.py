"""Run as ``python -m``: a host with a user model of its own, asked what standard input says.

A step is ``[method, path, body]``; ``{name}`` in it stands for what came under that name before.
Standard output gets ``[status, body]`` of each.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from tests import settings as ours

_APPS = ("auth", "contenttypes", "jwt_accounts", "badges")


def main() -> None:
    given = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
    settings.configure(
        **{
            **given,
            "INSTALLED_APPS": [
                "django.contrib.auth",
                "django.contrib.contenttypes",
                "rest_framework",
                "jwt_accounts",
                "tests.presets.djoser.badges",
            ],
            "AUTH_USER_MODEL": "badges.Keeper",
            "ROOT_URLCONF": "tests.oracle.our_urls",
            "MIDDLEWARE": [],
            "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            # Tables are made of the models, at once.
            "MIGRATION_MODULES": dict.fromkeys(_APPS),
        }
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)

    from tests.presets.djoser.badges.models import Team

    for title in ("red", "blue"):
        Team.objects.create(title=title)
    sys.stdout.write(json.dumps(list(_play(json.load(sys.stdin)))))


def _play(steps: list[Any]) -> Any:
    from django.test import Client

    client, known = Client(raise_request_exception=False), {}
    for step in steps:
        filled = re.sub(r"\{(\w+)\}", lambda found: str(known[found[1]]), json.dumps(step))
        method, path, body = json.loads(filled)
        headers = {"Authorization": f"Bearer {known['access']}"} if "access" in known else {}
        response = client.generic(
            method, f"/auth/{path}", json.dumps(body), "application/json", headers=headers
        )
        came = json.loads(response.content) if response.content else None
        known |= came if isinstance(came, dict) and response.status_code < 300 else {}
        yield [response.status_code, came]


if __name__ == "__main__":
    main()
