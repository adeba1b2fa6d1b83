"""Run as ``python -m``: a host without second factors, on whose machine none of their packages is.

Standard output gets what was seen, as JSON.
"""

from __future__ import annotations

import json
import sys
from io import StringIO
from typing import Any

PACKAGES = ("cryptography", "django_otp", "segno", "webauthn")
PASSWORD, OTHER = "correct horse battery", "battery horse correct"


def main() -> None:
    for name in PACKAGES:
        sys.modules[name] = None  # type: ignore[assignment] # how Python says "not to be had"
    import django
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from tests import settings as ours

    given = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
    mfa = ("django_otp", "jwt_accounts.contrib.mfa")
    given["INSTALLED_APPS"] = [app for app in ours.INSTALLED_APPS if not app.startswith(mfa)]
    given["DATABASES"] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    given["REST_FRAMEWORK"] = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
    settings.configure(**given)
    django.setup()
    setup_test_environment()
    sys.stdout.write(json.dumps({**_commands(), **_urls(), **_walk(), **_demand()}))


def _said(*command: str, **options: Any) -> str:
    from django.core.management import call_command

    out = StringIO()
    call_command(*command, stdout=out, stderr=out, **options)
    return out.getvalue()


def _commands() -> dict[str, Any]:
    _said("migrate", verbosity=0)
    return {
        "check": _said("check", databases=["default"]),
        "migrations": _said("makemigrations", check=True, dry_run=True),
        "prune": _said("prune"),
    }


def _urls() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator

    from jwt_accounts.http.mounted import urls

    return {
        "names": sorted({url.name for url in urls() if url.contract is not None and url.name}),
        "paths": sorted(SchemaGenerator().get_schema(request=None, public=True)["paths"]),
    }


def _walk() -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    user = get_user_model().objects.create_user("ann", "ann@example.com", PASSWORD)
    user.is_staff = user.is_superuser = True
    user.save()
    signed_in = _ask("sign-in/", {"identifier": "ann", "password": PASSWORD})
    refreshed = _ask("token/refresh/", {"refresh": signed_in[1]["refresh"]})
    access = refreshed[1]["access"]
    change = {"current_password": PASSWORD, "password": OTHER}
    steps = {
        "sign-in": signed_in,
        "refresh": refreshed,
        "me": _ask("me/", None, access),
        "reauthenticate": _ask("reauthenticate/", {"current_password": PASSWORD}, access),
        "change": _ask("password/change/", change, access),
        "pin": _ask("password/pin/", {"email": "ann@example.com"}),
        "second step": _ask("sign-in/second-step/", {"challenge_token": "x", "code": "123456"}),
        "factors": _ask("factors/", None, access),
        "their mfa": _ask("status/", None, access, "/dj-rest-auth/mfa/"),
        "admin": [_log_in("ann", OTHER)],
    }
    return {"statuses": {name: answer[0] for name, answer in steps.items()}}


def _demand() -> dict[str, Any]:
    """A role asks for what nobody keeps."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group

    from jwt_accounts.models import RoleSettings

    user = get_user_model().objects.create_user("bob", "bob@example.com", PASSWORD, is_staff=True)
    before = _ask("sign-in/", {"identifier": "bob", "password": PASSWORD})
    role = Group.objects.create(name="Careful")
    RoleSettings.objects.create(role=role, require_mfa=True)
    user.groups.add(role)
    after = _ask("sign-in/", {"identifier": "bob", "password": PASSWORD})
    return {
        "demanded": [after[0], after[1]["code"], "challenge_token" in after[1]],
        "refreshed": _ask("token/refresh/", {"refresh": before[1]["refresh"]})[0],
        "let in": _log_in("bob", PASSWORD),
        "warned": _said("check", databases=["default"]),
    }


def _ask(path: str, body: Any, access: str = "", root: str = "/accounts/") -> list[Any]:
    from django.test import Client

    headers = {"Authorization": f"Bearer {access}"} if access else {}
    client = Client(raise_request_exception=False)
    if body is None:
        answer = client.get(root + path, headers=headers)
    else:
        answer = client.post(root + path, json.dumps(body), "application/json", headers=headers)
    is_json = answer.get("Content-Type", "").endswith("json")
    return [answer.status_code, json.loads(answer.content) if is_json and answer.content else None]


def _log_in(name: str, password: str) -> int:
    from django.test import Client

    form = {"username": name, "password": password}
    return Client().post("/admin/login/?next=/admin/", form).status_code


if __name__ == "__main__":
    main()
