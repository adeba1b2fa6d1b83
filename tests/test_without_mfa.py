"""A host without second factors: all else works, and what is about them is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jwt_accounts.http.mounted import urls
from tests.without_mfa import PACKAGES


@pytest.fixture(scope="module")
def seen():
    done = subprocess.run(
        [sys.executable, "-m", "tests.without_mfa"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_everything_else_works_without_the_packages(seen):
    statuses = seen["statuses"]
    gone = {name: statuses.pop(name) for name in ("second step", "factors", "their mfa")}
    assert set(gone.values()) == {404}
    assert statuses.pop("admin") == 302
    assert {name for name, status in statuses.items() if status not in {200, 202, 204}} == set()


def test_commands_and_migrations_need_none_of_them(seen):
    assert "no issues (0 silenced)" in seen["check"]
    assert "No changes detected" in seen["migrations"]
    assert seen["prune"].startswith("Deleted ")


def test_their_endpoints_are_absent_from_the_urls_and_from_the_document(seen):
    with_them = {url.name for url in urls() if url.contract is not None and url.name}
    absent = with_them - set(seen["names"])
    assert set(seen["names"]) < with_them
    assert {"second-step", "factors", "factor", "recovery-codes", "user-factors"} <= absent
    about = re.compile(r"factor|second-step|enrol|recovery-code|passkey|mfa|reauthenticate.send")
    assert [path for path in seen["paths"] if about.search(path)] == []
    assert "/accounts/reauthenticate/" in seen["paths"]
    assert [name for name in absent if not about.search(name)] == []


def test_a_role_that_asks_for_one_lets_nobody_in(seen):
    assert seen["demanded"] == [403, "mfa_enrolment_required", False]
    assert (seen["refreshed"], seen["let in"]) == (401, 200)
    assert "jwt_accounts.W044" in seen["warned"]


def test_the_packages_are_those_of_the_extras():
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    extras = re.search(r"^mfa = .*\n(passkeys = .*)", text, re.MULTILINE)[0]
    named = {name.replace("-", "_") for name in re.findall(r'"([\w-]+)>=', extras)}
    assert named == set(PACKAGES)
