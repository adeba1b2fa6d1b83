"""The preset against the real dj-rest-auth: the same requests, the same answers, but for the
differences that the preset's page lists."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db.models import F

from jwt_accounts.flows.sign_in import require_session, sign_in
from jwt_accounts.flows.tokens import simplejwt_lifetimes
from jwt_accounts.models import Account
from jwt_accounts.types import RequestContext
from tests.oracle.comparing import listed_differences, played_at_the_real, revoke
from tests.oracle.peers import REST_AUTH, VALIDATORS
from tests.oracle.playing import Player, Side
from tests.oracle.transcripts import Transcript, read_all

ALL = read_all(REST_AUTH)
OF_THIS_MODEL = [each for each in ALL if each.user_model == django_settings.AUTH_USER_MODEL]

#: Every endpoint, with what it answers at least.
ENDPOINTS = {
    "POST login/": {200, 400, 401, 403, 415},
    "POST logout/": {200, 400, 401, 403, 500},
    "GET user/": {200, 401},
    "PUT user/": {200, 400, 401},
    "PATCH user/": {200, 400, 401, 403},
    "POST password/change/": {200, 400, 401, 403},
    "POST password/reset/": {200, 400, 401, 403, 500},
    "POST password/reset/confirm/": {200, 400, 401},
    "POST token/verify/": {200, 400, 401},
    "POST token/refresh/": {200, 400, 401, 500},
    "POST registration/": {201, 400, 401},
    "POST registration/verify-email/": {200, 400, 401, 403, 404},
    "POST registration/resend-email/": {200, 400, 401},
    "POST mfa/verify/": {200, 400},
    "GET mfa/totp/activate/": {200, 401},
    "POST mfa/totp/activate/": {200, 400, 401},
    "POST mfa/totp/deactivate/": {200, 400, 401},
    "GET mfa/status/": {200, 401},
    "POST mfa/recovery-codes/": {200, 401},
    "POST mfa/recovery-codes/regenerate/": {200, 400, 401},
    "GET registration/account-confirm-email/KEY/": {500},
    "GET registration/account-email-verification-sent/": {500},
}


def test_every_endpoint_is_asked_for_everything_it_answers():
    asked = defaultdict(set)
    for step in (step for each in ALL for step in each.steps if "ask" in step):
        endpoint = re.sub(r"confirm-email/[^/]+/", "confirm-email/KEY/", step["ask"])
        asked[endpoint].add(step["answer"]["status"])
    missing = {name: found - asked[name] for name, found in ENDPOINTS.items()}
    assert missing == {name: set() for name in ENDPOINTS}


@pytest.fixture(scope="module")
def of_rest_auth() -> dict[str, list[str]]:
    """What the real dj-rest-auth answers otherwise than it is written; nothing, where it does
    not."""
    return played_at_the_real(REST_AUTH)


@pytest.mark.parametrize("name", [each.name for each in ALL])
def test_the_real_dj_rest_auth_answers_as_it_is_written(of_rest_auth, name):
    assert of_rest_auth[name] == []


@pytest.mark.core
@pytest.mark.django_db
@pytest.mark.parametrize("transcript", OF_THIS_MODEL, ids=lambda each: each.name)
def test_ours_answers_the_same_but_for_the_differences(transcript, settings):
    settings.ROOT_URLCONF = "tests.oracle.our_rest_auth_urls"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.AUTH_PASSWORD_VALIDATORS = VALIDATORS
    side = Side(_tokens_of, revoke, _links_of, _verify)
    assert Player(transcript, side).disagreements(ours=True) == []


def _tokens_of(user: Any, password: str) -> dict[str, str]:
    tokens = require_session(
        sign_in(
            RequestContext(now=datetime.now(UTC), ip=None, user_agent=""),
            identifier=user.get_username(),
            password=password,
            lifetimes=simplejwt_lifetimes(),
        )
    ).tokens
    return {"access": tokens.access, "refresh": tokens.refresh or ""}


def _links_of(_transcript: Transcript) -> dict[str, str]:
    return {
        "password": "https://front.example/password-reset/confirm#{uid}/{token}",
        "email": "https://front.example/account-confirm-email#{key}",
    }


def _verify(user: Any) -> None:
    Account.objects.adopt(user)
    Account.objects.filter(user=user).update(
        confirmed_email=F("email"), email_confirmed_at=datetime.now(UTC)
    )


def test_the_differences_are_those_that_the_page_lists():
    assert listed_differences(REST_AUTH) == sorted(set().union(*(each.differences for each in ALL)))
