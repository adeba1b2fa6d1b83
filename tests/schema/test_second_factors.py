"""What the document says of second factors: what a client must know to take the second step, and
nothing that it need not send."""

from __future__ import annotations

import subprocess
import sys

import pytest

STEP = {"challenge_token", "factors", "expires_in"}


def refusals(document, path, status):
    """The examples of what an operation may be refused with, by their codes."""
    answer = document.operations[path, "POST"]["responses"][status]
    (said,) = answer["content"].values()
    return {code: each["value"] for code, each in said["examples"].items()}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/accounts/sign-in/", "403"), ("/auth/jwt/create", "401"), ("/api/token/", "401")],
)
def test_a_refused_first_step_is_shown_with_what_the_second_one_needs(document, path, status):
    shown = refusals(document, path, status)
    assert set(shown["mfa_required"]) >= STEP
    assert STEP & set(shown.pop("mfa_required")) == STEP
    assert STEP & set(shown.pop("mfa_enrolment_required")) == {"challenge_token", "expires_in"}
    assert {code for code, each in shown.items() if STEP & set(each)} == set()


def test_too_many_wrong_codes_say_when_to_come_back(document):
    step = document.operations["/accounts/sign-in/second-step/", "POST"]
    assert "Retry-After" in step["responses"]["429"]["headers"]
    shown = refusals(document, "/accounts/sign-in/second-step/", "429")
    assert shown["codes_exhausted"]["retry_after"] > 0


def test_a_code_is_sent_and_never_read_and_a_credential_is_an_object(document):
    schemas = document.content["components"]["schemas"]
    for name in ("SecondStep", "Reauthenticate"):
        fields = schemas[f"JwtAccounts{name}Request"]["properties"]
        assert fields["code"]["writeOnly"] is True
        assert fields["credential"] == {"type": "object", "additionalProperties": {}}
    assert schemas["JwtAccountsReauthenticateRequest"].get("required", []) == []
    assert schemas["JwtAccountsSecondStepRequest"]["required"] == ["challenge_token"]


def test_without_the_app_nothing_of_it_is_there():
    script = """
from tests import settings
settings.INSTALLED_APPS = [
    app for app in settings.INSTALLED_APPS if "otp" not in app and not app.endswith("mfa")
]
settings.ROOT_URLCONF = "without_mfa"
import sys, types
sys.modules["django_otp"] = sys.modules["segno"] = None  # a host that has not installed them
import django
django.setup()
from django.urls import include, path
host = types.ModuleType("without_mfa")
host.urlpatterns = [path("accounts/", include("jwt_accounts.urls"))]
sys.modules["without_mfa"] = host
from django.core.management import call_command
call_command("check")
from tests.schema.conftest import SchemaGenerator
paths = SchemaGenerator(urlconf="without_mfa").get_schema(request=None, public=True)["paths"]
found = [each for each in paths if "factor" in each or "second-step" in each or "enrol" in each]
print("found", found, "/accounts/sign-in/" in paths, "/accounts/reauthenticate/" in paths)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines()[-1:] == ["found [] True True"], done.stderr
