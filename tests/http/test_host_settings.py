"""The host's ``REST_FRAMEWORK`` settings neither break a contract nor are broken by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def transcript(settings: str) -> dict[str, list]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.http.transcript"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": settings, "TEST_DATABASE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def stock() -> dict[str, list]:
    return transcript("tests.settings")


@pytest.fixture(scope="module")
def odd() -> dict[str, list]:
    return transcript("tests.http.host_settings")


def of_the_host(name: str) -> bool:
    return name.startswith("GET /hello/")


def test_every_answer_is_the_same_byte_for_byte_and_header_for_header(stock, odd):
    ours = {name: answer for name, answer in stock.items() if not of_the_host(name)}
    assert {status for status, *_ in ours.values()} >= {200, 400, 401, 404, 405, 415}
    for name, answer in ours.items():
        status, headers, text = odd[name]
        # See the next test.
        assert [status, headers, text.replace("host_errors", "non_field_errors")] == answer, name


def test_the_hosts_name_for_errors_without_a_field_is_not_used(odd):
    assert "host_errors" not in json.dumps(odd)


def test_the_hosts_own_view_still_has_the_hosts_own_ways(odd):
    ((status, headers, text),) = (answer for name, answer in odd.items() if of_the_host(name))
    assert status == 418
    assert headers["Content-Type"].startswith("application/x-shout")
    assert text == "HOST SAYS {'host': 'NotFound'}"
