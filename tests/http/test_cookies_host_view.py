"""``CookieAuthentication`` in a host's own view (cookie_urls.py)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from jwt_accounts.models import UserSession
from tests.http.over_cookies import ACCESS, ZERO, signed_in, site, user
from tests.sql import statements

__all__ = ["signed_in", "site", "user"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.http.cookie_urls")]


@pytest.fixture
def browser(signed_in):
    return signed_in(ZERO)[0]


def test_the_cookie_says_who_comes(browser, user):
    with statements() as asked:
        answer = browser("GET", "/note/")
    assert answer.json()["user"] == str(user.pk)
    assert len(asked) == 1


def test_without_a_cookie_nobody_comes(browser):
    assert browser("GET", "/note/", HTTP_COOKIE="").json()["user"] == ""
    assert browser("POST", "/note/", {"a": 1}, HTTP_COOKIE="").json()["data"] == {"a": 1}


def test_what_is_not_safe_needs_the_csrf_token(browser, user):
    refused = browser("POST", "/note/", {"a": 1}, csrf=None)
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]
    evil = browser("POST", "/note/", {"a": 1}, HTTP_ORIGIN="https://evil.example")
    assert evil.status_code == 403
    answer = browser("POST", "/note/", {"a": 1})
    assert answer.json() == {"user": str(user.pk), "data": {"a": 1}}


def test_a_form_is_read_after_the_check(browser):
    answer = browser("POST", "/note/", None, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200


def test_a_bearer_header_needs_none_and_beats_the_cookie(browser, user):
    bearer = f"Bearer {browser.value(ACCESS)}"
    sent = {"HTTP_AUTHORIZATION": bearer, "HTTP_COOKIE": f"{ACCESS}=junk"}
    assert browser("POST", "/note/", {}, csrf=None, **sent).json()["user"] == str(user.pk)
    junk = {"HTTP_AUTHORIZATION": "Bearer junk"}
    assert browser("GET", "/note/", **junk).status_code == 401


def test_a_token_that_does_not_count_is_401(browser, ctx):
    assert browser("GET", "/note/", HTTP_COOKIE=f"{ACCESS}=junk").status_code == 401
    token = f"{ACCESS}={browser.value(ACCESS)}"
    with time_machine.travel(timedelta(hours=1), tick=False):
        assert browser("GET", "/note/", HTTP_COOKIE=token).status_code == 401
    UserSession.objects.update(ended_at=ctx.now)
    assert browser("GET", "/note/", HTTP_COOKIE=token).status_code == 401


def test_stateless_tokens_are_read_without_a_query_and_checked_alike(browser, user, settings):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": "stateless"}
    with statements() as asked:
        assert browser("GET", "/note/").json()["user"] == str(user.pk)
        assert browser("POST", "/note/", {}, csrf=None).status_code == 403
    assert not asked
