"""Secrets of second factors are shown to their owner once and are nowhere else to be read: no log,
no table, no event, no message, no repr (ASVS 6.5.2, 16.2.5)."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection

from jwt_accounts.contrib.mfa.flows import enrol
from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.flows import second_step
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.models import Challenge, SecurityEvent
from jwt_accounts.second_factors import Answer
from tests.conftest import PASSWORD
from tests.security.factor_story import Story, find_codes, leaks, sealed
from tests.security.test_secret_canaries import contents, logged

__all__ = ["logged"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.usefixtures("clock"),
]


@pytest.fixture(autouse=True)
def _codes_that_are_found(monkeypatch):
    find_codes(monkeypatch)


@pytest.fixture
def story(ask, clock, make_user, logged):
    """All that is done with factors, wrong turns included."""
    told = Story(ask, clock, make_user("mike"))
    told.enrol()
    told.second_step("wrong-code-canary-2")
    answer, found = told.second_step(told.code())
    assert answer.status_code == 200
    access = found["access"]
    told.second_step(told.code())  # a replay
    assert told.second_step(told.sheet[0])[0].status_code == 200
    told.second_step(told.sheet[0])
    told.second_step(told.sheet[1][:-1] + "?")
    told.second_step([told.sheet[1]])
    # Codes by mail.
    begun = told.post("factors/email/", {}, access)[1]
    code = pin_for(Challenge.objects.get(purpose="factor_code"))
    confirmed = told.post(f"factors/{begun['id']}/confirm/", {"code": code}, access)[0]
    assert confirmed.status_code == 200
    token = told.first_step()["challenge_token"]
    told.post("sign-in/second-step/send/", {"challenge_token": token, "factor": "email"})
    code = pin_for(Challenge.objects.get(purpose="factor_code"))
    body = {"challenge_token": token, "code": code}
    assert told.post("sign-in/second-step/", body)[0].status_code == 200
    told.post("sign-in/second-step/", body)
    # Shown again, and new codes.
    clock.shift(60)
    body = {"current_password": PASSWORD, "code": told.code()}
    access = told.post("reauthenticate/", body, access)[1]["access"]
    told.post("reauthenticate/", body, access)
    assert told.post("factors/recovery-codes/", {}, access)[0].status_code == 200
    told.post("reauthenticate/send/", {"factor": "email"}, access)
    # One that is begun and left, one step that waits, and one that is used up.
    told.begin_totp(access)
    told.first_step()
    told.secrets = {str(each) for each in told.secrets if isinstance(each, str)}
    assert len(told.secrets) > 60
    return told


def test_nothing_of_it_is_logged(story, logged):
    text = "\n".join(logged)
    assert "jwt_accounts_mfa_totpfactor" in text  # the SQL is there
    assert leaks(story.secrets - sealed(story), text) == set()


def test_nothing_of_it_is_in_any_table_but_sealed(story):
    rows = {table: contents(table) for table in connection.introspection.table_names()}
    secrets = story.secrets - sealed(story)
    found = {table: leaks(secrets, text) for table, text in rows.items()}
    assert {table: each for table, each in found.items() if each} == {}
    holders = {table for table, text in rows.items() if leaks(sealed(story), text)}
    assert holders == {"jwt_accounts_mfa_totpfactor"}


def test_nothing_of_it_is_in_the_audit_trail_or_the_cache(story):
    events = repr(list(SecurityEvent.objects.values()))
    assert {"factor_added", "recovery_code_used", "recovery_codes_made", "reauthenticated"} <= set(
        SecurityEvent.objects.values_list("kind", flat=True)
    )
    assert leaks(story.secrets, events) == set()
    assert leaks(story.secrets, repr(getattr(cache, "_cache", ""))) == set()


def test_a_code_is_in_the_message_to_its_owner_and_nothing_else_in_any(story):
    codes = {each for each in story.secrets if each.endswith("-pin-canary")}
    assert len(codes) >= 3
    for message in mail.outbox:
        text = str(message.message())
        assert leaks(story.secrets - codes, text) == set(), message.subject
        assert bool(leaks(codes, text)) is (
            "code" in message.subject.lower() and bool(leaks(codes, message.body))
        ), message.subject
        assert message.to == ["mike@example.com"]


def test_no_repr_shows_any():
    secret = "canary-3f9c1d"
    printed = repr(
        [
            Answer(code=secret, credential={"x": secret}),
            MfaRequired(token=secret, factors=(), expires_in=1),
            MfaEnrolmentRequired(token=secret, expires_in=1),
            enrol.TotpStarted(factor=None, secret=secret, uri=secret, qr_svg=secret),
            enrol.FactorAdded(factor=None, recovery_codes=(secret,)),
            second_step.ChangeRequired(reason="expired", secret=secret),
        ]
    )
    assert "expires_in" in printed
    assert secret not in printed
