"""The preset against the real djoser: the same requests, the same answers, but for the differences
that the preset's page lists."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from jwt_accounts.flows.revoke_token import revoke_token
from jwt_accounts.types import RequestContext
from tests.oracle.playing import Player, disagreement, fits
from tests.oracle.transcripts import HOSTS, VALIDATORS, laid_out, read_all

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "presets" / "djoser.md"

ALL = read_all()
OF_THIS_MODEL = [each for each in ALL if HOSTS[each.host] == django_settings.AUTH_USER_MODEL]

#: Every endpoint, with what it answers at least.
ENDPOINTS = {
    "POST users/": {201, 400},
    "GET users/": {200, 401},
    "GET users/ID/": {200, 401, 404},
    "PUT users/ID/": {200, 400, 401, 404},
    "PATCH users/ID/": {200, 400, 401, 404},
    "DELETE users/ID/": {204, 400, 401, 403, 404},
    "GET users/me/": {200, 401},
    "PUT users/me/": {200, 400, 401},
    "PATCH users/me/": {200, 400, 401},
    "DELETE users/me/": {204, 400, 401},
    "POST users/activation/": {204, 400, 403},
    "POST users/resend_activation/": {204, 400},
    "POST users/set_password/": {204, 400, 401},
    "POST users/reset_password/": {204, 400, 500},
    "POST users/reset_password_confirm/": {204, 400},
    "POST users/set_username/": {204, 400, 401},
    "POST users/reset_username/": {204, 400},
    "POST users/reset_username_confirm/": {204, 400},
    "POST users/set_email/": {204, 400, 401},
    "POST users/reset_email/": {204, 400},
    "POST users/reset_email_confirm/": {204, 400},
    "POST jwt/create/": {200, 400, 401},
    "POST jwt/refresh/": {200, 400, 401, 500},
    "POST jwt/verify/": {200, 400, 401},
}


def test_every_endpoint_is_asked_for_everything_it_answers():
    asked = defaultdict(set)
    for step in (step for each in ALL for step in each.steps if "ask" in step):
        endpoint = re.sub(r"/(\{\w+\.id\}|9+)/", "/ID/", step["ask"])
        asked[endpoint].add(step["answer"]["status"])
    missing = {name: found - asked[name] for name, found in ENDPOINTS.items()}
    assert missing == {name: set() for name in ENDPOINTS}


@pytest.mark.parametrize("transcript", ALL, ids=lambda each: each.name)
def test_a_transcript_is_laid_out_as_it_is_recorded_and_its_differences_differ(transcript):
    assert transcript.path.read_text(encoding="utf-8") == laid_out(transcript)
    for step in transcript.steps:
        assert ("difference" in step) is ("ours" in step)
        assert "ours" not in step or not fits(step["answer"], step["ours"]), step


@pytest.fixture(scope="module")
def of_djoser() -> dict[str, list[str]]:
    """What the real djoser answers otherwise than it is written; nothing, where it does not."""
    return {
        name: found
        for process in [_playing(host) for host in HOSTS]
        for name, found in _played(process).items()
    }


def _playing(host: str) -> subprocess.Popen[str]:
    """djoser reads settings when it is imported: each host is a process of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.oracle.djoser_settings",
        "ORACLE_HOST": host,
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "tests.oracle.djoser_host"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _played(process: subprocess.Popen[str]) -> dict[str, list[str]]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, list[str]] = json.loads(output)
    return found


@pytest.mark.parametrize("name", [each.name for each in ALL])
def test_the_real_djoser_answers_as_it_is_written(of_djoser, name):
    assert of_djoser[name] == []


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("transcript", OF_THIS_MODEL, ids=lambda each: each.name)
def test_ours_answers_the_same_but_for_the_differences(transcript, settings):
    settings.ROOT_URLCONF = "tests.oracle.our_urls"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.AUTH_PASSWORD_VALIDATORS = VALIDATORS
    assert Player(transcript, revoke=_revoke).disagreements(ours=True) == []


def _revoke(token: str) -> None:
    revoke_token(RequestContext(now=datetime.now(UTC), ip=None, user_agent=""), token=token)


def test_the_differences_are_those_that_the_page_lists():
    section = re.search(
        r"^(#+) [^\n]*differ[^\n]*\n(.*?)(?=^\1 |\Z)",
        PAGE.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    assert section is not None
    listed = re.findall(r"^\| `([\w-]+)` +\|", section[2], flags=re.MULTILINE)
    assert sorted(listed) == sorted(set().union(*(each.differences for each in ALL)))


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"status": 204}, {"status": 204, "body": {}}),
        ({"status": 200, "body": {"id": 1}}, {"status": 200, "body": {"id": "1"}}),
        ({"status": 200, "body": [1]}, {"status": 200, "body": [1, 2]}),
        ({"status": 200, "body": {}}, {"status": 200, "body": {"is_staff": False}}),
        ({"status": 204}, {"status": 204, "links": ["password to ann@example.com"]}),
        ({"status": 200, "body": {"access": {"any": "jwt"}}}, {"status": 200, "body": {}}),
        ({"status": 200, "body": {"any": "jwt"}}, {"status": 200, "body": "no token"}),
        ({"status": 201, "body": {"any": "id"}}, {"status": 201, "body": True}),
        ({"status": 200, "body": {"any": "object"}}, {"status": 200, "body": []}),
    ],
)
def test_an_answer_that_is_not_the_expected_one_is_told(expected, came):
    assert "instead of" in disagreement({"ask": "GET x/"}, expected, came)
    assert disagreement({}, came, came) == ""
