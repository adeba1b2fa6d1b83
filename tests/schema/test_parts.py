"""What a document is made of, where no contract of ours shows it."""

from __future__ import annotations

import doctest
import subprocess
import sys

from jwt_accounts.schema import names
from jwt_accounts.schema.examples import sample
from jwt_accounts.schema.mounted import Place, place_of


def test_names_are_as_their_examples_say():
    results = doctest.testmod(names)
    assert (results.failed, results.attempted > 5) == (0, True)


def test_of_an_urlconf_that_is_not_the_hosts_one_form_of_a_path_is_known():
    assert place_of("/elsewhere/", "elsewhere/") == Place(name="elsewhere")
    assert place_of("/elsewhere", "elsewhere") is None


def test_a_sample_is_of_the_right_type():
    def plain(schema):
        return schema

    assert sample({"type": "integer"}, plain, "id") == 7
    assert sample({"type": "string", "format": "uuid"}, plain, "id").count("-") == 4
    assert sample({"type": ["string", "null"]}, plain, "nobody_knows") == "text"
    assert sample({"type": "array", "items": {"type": "string"}}, plain, "roles") == ["Manager"]


def test_without_the_extra_all_else_works():
    """A host that has not installed drf-spectacular."""
    script = """
import sys
sys.modules["drf_spectacular"] = None
import django
from tests import settings
settings.INSTALLED_APPS.remove("drf_spectacular")
django.setup()
from django.core.management import call_command
call_command("check")
from django.urls import reverse
print(reverse("jwt_accounts:sign-in"), "jwt_accounts.schema.extensions" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [
        *("System", "check", "identified", "no", "issues", "(0", "silenced)."),
        *("/accounts/sign-in/", "False"),
    ], done.stderr
