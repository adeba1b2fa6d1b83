"""Run as ``python -m``: a host with a user model of its own, asked what standard input says.

A step is ``[method, path, body]``, sent with the token of the last log-in. Standard output gets
``[status, body]`` of each, and for the method ``MAILS`` whom was written to.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.test.utils import setup_test_environment

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
            "ROOT_URLCONF": "tests.oracle.our_djoser_urls",
            "MIDDLEWARE": [],
            "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            # Tables are made of the models, at once.
            "MIGRATION_MODULES": dict.fromkeys(_APPS),
        }
    )
    django.setup()
    setup_test_environment()
    call_command("migrate", run_syncdb=True, verbosity=0)

    from tests.presets.djoser.badges.models import Team

    for title in ("red", "blue"):
        Team.objects.create(title=title)
    sys.stdout.write(json.dumps(list(_play(json.load(sys.stdin)))))


def _play(steps: list[Any]) -> Any:
    from django.core import mail
    from django.test import Client

    client, headers = Client(raise_request_exception=False), {}
    for method, path, body in steps:
        if method == "MAILS":
            yield [each.to for each in mail.outbox]
            continue
        response = client.generic(
            method, f"/auth/{path}", json.dumps(body), "application/json", headers=headers
        )
        is_json = response.get("Content-Type") == "application/json"
        came = json.loads(response.content) if is_json else None
        if path == "jwt/create/":
            headers = {"Authorization": f"Bearer {came['access']}"}
        yield [response.status_code, came]


if __name__ == "__main__":
    main()
