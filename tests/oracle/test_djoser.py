"""The preset against the real djoser: the same requests, the same answers, but for the differences
that the preset's page lists."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from django.conf import settings as django_settings

from tests.oracle.comparing import listed_differences, played_at_the_real, revoke
from tests.oracle.djoser_host import links_of, tokens_of
from tests.oracle.peers import DJOSER, VALIDATORS
from tests.oracle.playing import Player, Side
from tests.oracle.transcripts import read_all

ALL = read_all(DJOSER)
OF_THIS_MODEL = [each for each in ALL if each.user_model == django_settings.AUTH_USER_MODEL]

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


@pytest.fixture(scope="module")
def of_djoser() -> dict[str, list[str]]:
    """What the real djoser answers otherwise than it is written; nothing, where it does not."""
    return played_at_the_real(DJOSER)


@pytest.mark.parametrize("name", [each.name for each in ALL])
def test_the_real_djoser_answers_as_it_is_written(of_djoser, name):
    assert of_djoser[name] == []


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("transcript", OF_THIS_MODEL, ids=lambda each: each.name)
def test_ours_answers_the_same_but_for_the_differences(transcript, settings):
    settings.ROOT_URLCONF = "tests.oracle.our_djoser_urls"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.AUTH_PASSWORD_VALIDATORS = VALIDATORS
    side = Side(tokens_of, revoke, links_of)
    assert Player(transcript, side).disagreements(ours=True) == []


def test_the_differences_are_those_that_the_page_lists():
    assert listed_differences(DJOSER) == sorted(set().union(*(each.differences for each in ALL)))
