"""Tokens in cookies, for every contract: what is set, kept out of the body, renewed and deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from rest_framework_simplejwt.tokens import RefreshToken

from jwt_accounts.http.transports import Cookies
from jwt_accounts.models import UserSession
from tests.conftest import PASSWORD
from tests.http.browser import Browser
from tests.http.over_cookies import (
    ACCESS,
    CONTRACTS,
    REFRESH,
    REFRESHED,
    SIGNED_OUT,
    ZERO,
    Mounted,
    signed_in,
    site,
    user,
)

__all__ = ["signed_in", "site", "user"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.http.cookie_urls")]

each = pytest.mark.parametrize("mounted", CONTRACTS, ids=str)
each_that_refreshes = pytest.mark.parametrize("mounted", REFRESHED, ids=str)


def read_refresh(token: str) -> dict[str, Any]:
    return dict(RefreshToken(token, verify=False).payload)  # type: ignore[arg-type] # the stubs want a token


def attributes(answer: Any, name: str) -> dict[str, Any]:
    """The attributes of a cookie that an answer sets, but for the date that repeats its age."""
    morsel = answer.cookies[name]
    return {key: value for key, value in morsel.items() if value != "" and key != "expires"}


def everywhere(answer: Any) -> str:
    """The whole of an answer but for the cookies it sets."""
    return str(answer.headers) + answer.content.decode()


def refresh(browser: Browser, mounted: Mounted, *args: Any, **kwargs: Any) -> Any:
    return browser("POST", mounted.url(f"{mounted.refresh}"), *args, **kwargs)


def test_a_sign_in_sets_both_cookies_with_all_their_attributes(signed_in):
    _, answer = signed_in(ZERO)
    flags = {"secure": True, "httponly": True, "samesite": "Strict"}
    assert attributes(answer, ACCESS) == {**flags, "path": "/", "max-age": 300}
    day = 24 * 60 * 60
    path = "/zero/token/refresh"
    assert attributes(answer, REFRESH) == {**flags, "path": path, "max-age": day}


@each
def test_every_contract_sets_them_for_as_long_as_its_tokens_last(signed_in, mounted):
    browser, answer = signed_in(mounted)
    assert attributes(answer, ACCESS)["max-age"] == mounted.seconds
    names = {ACCESS, REFRESH} if mounted.refresh else {ACCESS}
    assert set(answer.cookies) == {*names, "csrftoken"}
    if mounted.refresh:
        set_so = answer.cookies[REFRESH]
        assert set_so["path"] == mounted.url(mounted.refresh)
        claims = read_refresh(set_so.value)
        assert set_so["max-age"] == claims["exp"] - claims["iat"]
    assert browser("GET", mounted.url(mounted.protected)).status_code == 200


@each
def test_no_token_is_in_the_body_or_in_another_header(signed_in, mounted):
    browser, answer = signed_in(mounted)
    answers = [answer, *([refresh(browser, mounted, {})] if mounted.refresh else [])]
    for given in answers:
        tokens = [given.cookies[name].value for name in (ACCESS, REFRESH) if name in given.cookies]
        assert tokens
        for token in tokens:
            assert token not in everywhere(given)
            assert token.rpartition(".")[2] not in everywhere(given)
    places = {"access", "refresh", "token"} & set(answer.json())
    assert {answer.json()[name] for name in places} == {""}


@each_that_refreshes
def test_the_refresh_cookie_is_enough(signed_in, mounted):
    browser, _ = signed_in(mounted)
    for body in ({}, {"refresh": ""}, {"refresh": None}, None):
        assert_refreshed(browser, mounted, body)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert_refreshed(browser, mounted, None, content_type=kind)


def assert_refreshed(browser: Browser, mounted: Mounted, *args: Any, **kwargs: Any) -> None:
    before = browser.value(ACCESS)
    answer = refresh(browser, mounted, *args, **kwargs)
    assert answer.status_code in {200, 201}, answer.content
    assert browser.value(ACCESS) != before
    assert (REFRESH in answer.cookies) == mounted.rotates


def test_rotation_sets_both_again_and_the_path_stays(signed_in):
    browser, first = signed_in(ZERO)
    answer = refresh(browser, ZERO, {})
    assert answer.cookies[REFRESH].value != first.cookies[REFRESH].value
    assert attributes(answer, REFRESH)["path"] == "/zero/token/refresh"
    assert attributes(answer, ACCESS) == attributes(first, ACCESS)
    assert refresh(browser, ZERO, {}).status_code == 200


def deleted(answer: Any) -> set[str]:
    """The names that an answer deletes; each where, and as, it was set."""
    names = {name for name, morsel in answer.cookies.items() if morsel["max-age"] == 0}
    for name in names:
        assert answer.cookies[name].value == ""
        assert answer.cookies[name]["secure"]
    return names


@pytest.mark.core
def test_a_replay_ends_the_session_and_deletes_both(signed_in):
    browser, first = signed_in(ZERO)
    refresh(browser, ZERO, {})
    stolen = f"{REFRESH}={first.cookies[REFRESH].value}"
    with time_machine.travel(timedelta(minutes=2), tick=False):
        token = browser.value("csrftoken")
        cookie = f"{stolen}; csrftoken={token}"
        answer = refresh(browser, ZERO, {}, HTTP_COOKIE=cookie)
    assert answer.status_code == 401
    assert deleted(answer) == {ACCESS, REFRESH}
    assert UserSession.objects.get().ended_at is not None


@each_that_refreshes
def test_a_refresh_after_the_session_ended_deletes_both(signed_in, mounted, ctx):
    browser, _ = signed_in(mounted)
    UserSession.objects.update(ended_at=ctx.now)
    answer = refresh(browser, mounted, {})
    assert answer.status_code == 401
    assert deleted(answer) == {ACCESS, REFRESH}
    assert set(browser.cookies()) == {"csrftoken"}


@each_that_refreshes
def test_a_refresh_cookie_that_is_none_is_401(signed_in, mounted):
    """So that a front end knows that nobody is signed in; a body that lacks a field is 400."""
    browser, _ = signed_in(mounted)
    csrf = f"csrftoken={browser.value('csrftoken')}"
    for value in ("", '=""', "=", "=junk", "=a.b.c", f"={'x' * 8000}"):
        answer = refresh(browser, mounted, {}, HTTP_COOKIE=f"{REFRESH}{value}; {csrf}")
        assert answer.status_code == 401
        assert deleted(answer) == {ACCESS, REFRESH}


def test_a_refresh_token_in_the_body_is_read_before_the_cookie(signed_in):
    browser, first = signed_in(ZERO)
    assert refresh(browser, ZERO, {"refresh": "junk"}).status_code == 401
    sent = f"csrftoken={browser.value('csrftoken')}"
    body = {"refresh": first.cookies[REFRESH].value}
    assert refresh(browser, ZERO, body, HTTP_COOKIE=sent).status_code == 200


@pytest.mark.parametrize("mounted", SIGNED_OUT, ids=str)
def test_a_sign_out_ends_the_session_and_deletes_both(signed_in, mounted):
    browser, _ = signed_in(mounted)
    answer = browser("POST", mounted.url(f"{mounted.sign_out}"), {})
    assert answer.status_code in {200, 204}, answer.content
    names = {ACCESS, REFRESH} if mounted.refresh else {ACCESS}
    assert deleted(answer) == names
    assert set(browser.cookies()) == {"csrftoken"}
    assert UserSession.objects.get().ended_at is not None
    assert browser("GET", mounted.url(mounted.protected)).status_code == 401


def test_to_delete_the_account_deletes_both(signed_in, make_user):
    make_user("heir", is_superuser=True)
    browser, _ = signed_in(ZERO)
    answer = browser("DELETE", "/zero/me/", {"current_password": PASSWORD})
    assert answer.status_code == 204
    assert deleted(answer) == {ACCESS, REFRESH}


def test_to_change_the_password_keeps_both(signed_in):
    browser, _ = signed_in(ZERO)
    body = {"current_password": PASSWORD, "password": "another fine pass phrase"}
    answer = browser("POST", "/zero/password/change/", body)
    assert answer.status_code in {200, 204}, answer.content
    assert not set(answer.cookies) & {ACCESS, REFRESH}
    assert browser("GET", "/zero/me/").status_code == 200
    assert refresh(browser, ZERO, {}).status_code == 200


def test_the_portal_stays_signed_in_by_a_token_that_still_counts(signed_in):
    portal = CONTRACTS[5]
    browser, first = signed_in(portal)
    answer = browser("POST", portal.url("login/refresh/"))
    assert answer.status_code == 200
    assert browser.value(ACCESS) != first.cookies[ACCESS].value
    assert answer.json()["token"] == ""


@each
def test_a_bearer_header_opens_the_same_doors_and_beats_the_cookie(signed_in, mounted):
    browser, answer = signed_in(mounted)
    token, url = answer.cookies[ACCESS].value, mounted.url(mounted.protected)
    good, bad = f"Bearer {token}", "Bearer junk"
    assert browser("GET", url, HTTP_AUTHORIZATION=good, HTTP_COOKIE="").status_code == 200
    junk = f"{ACCESS}=junk"
    assert browser("GET", url, HTTP_AUTHORIZATION=good, HTTP_COOKIE=junk).status_code == 200
    assert browser("GET", url, HTTP_AUTHORIZATION=bad).status_code == 401
    # A proxy's own password is no token.
    assert browser("GET", url, HTTP_AUTHORIZATION="Basic cm9vdDpyb290").status_code == 200


@each
def test_a_stale_cookie_stops_nobody_from_signing_in(signed_in, user, mounted):
    browser, _ = signed_in(mounted)
    stale = f"{ACCESS}=junk; {REFRESH}=junk; csrftoken={browser.value('csrftoken')}"
    body = mounted.credentials(user)
    answer = browser("POST", mounted.url(mounted.sign_in), body, HTTP_COOKIE=stale)
    assert answer.status_code in {200, 201}


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("{name}={token}", 200),
        ('{name}="{token}"', 200),
        ("  {name} = {token} ", 200),
        ("{name}={token}; {name}=junk", 200),
        ("{name}=junk; {name}={token}", 401),
        ("{name}=; {name}={token}", 401),
        ("{name}=", 401),
        ("=; ;;; {name}", 401),
        ("{name}={token}x", 401),
        ("JWT_ACCESS={token}", 401),
        ("jwt_access={token}", 401),
        ("\x00{name}={token}", 401),
        # What gets past a browser that guards the prefix, and what Django makes that name of it.
        ("\u2000{name}={token}", 401),
        ("\xa0{name}={token}", 401),
        ("\u2000{name}=junk; {name}={token}", 200),
        ("={name}={token}", 401),
        ("a=b; " * 2000 + "{name}={token}", 200),
    ],
)
def test_the_first_cookie_of_exactly_the_name_counts(signed_in, sent, status):
    browser, answer = signed_in(ZERO)
    header = sent.format(name=ACCESS, token=answer.cookies[ACCESS].value)
    # As a server hands on what a browser sends.
    header = header.encode().decode("latin-1")
    assert browser("GET", "/zero/me/", HTTP_COOKIE=header).status_code == status


def test_no_answer_is_stored_or_taken_for_another_ones(signed_in):
    browser, answer = signed_in(ZERO)
    answers = [
        answer,
        browser("GET", "/zero/me/"),
        browser("GET", "/zero/me/", HTTP_COOKIE=""),
        browser("GET", "/zero/users/nobody/"),
        browser("PUT", "/zero/me/", {}),
        browser("POST", "/zero/sign-in/", {}, csrf=None),
    ]
    assert [each.status_code for each in answers] == [200, 200, 401, 404, 405, 403]
    for each in answers:
        assert each["Cache-Control"] == "no-store"
        assert "Cookie" in each["Vary"]


def test_what_is_revalidated_is_so_over_cookies_too(signed_in):
    portal = CONTRACTS[5]
    browser, _ = signed_in(portal)
    url = portal.url(portal.protected)
    tag = browser("GET", url)["ETag"]
    again = browser("GET", url, HTTP_IF_NONE_MATCH=tag)
    assert again.status_code == 304
    assert "Cookie" in again["Vary"]
    assert browser("GET", url, HTTP_IF_NONE_MATCH=tag, HTTP_COOKIE="").status_code == 401


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE", "PROPFIND"])
def test_other_methods_are_answered_as_without_cookies(signed_in, method):
    browser, _ = signed_in(ZERO)
    answer = browser(method, "/zero/me/", csrf=None)
    assert answer.status_code == (200 if method == "HEAD" else 405)
    assert set(answer.cookies) <= {"csrftoken"}


@pytest.mark.parametrize(
    "options",
    [
        {"samesite": "None", "secure": False},
        {"samesite": "strict"},
        {"samesite": None},
        {"access": "same", "refresh": "same"},
    ],
)
def test_cookies_that_no_browser_takes_are_refused(options):
    with pytest.raises(ValueError, match=r"samesite|two names"):
        Cookies(**options)


@pytest.mark.parametrize(
    ("options", "access", "refresh"),
    [
        ({}, "__Host-jwt_access", "__Secure-jwt_refresh"),
        ({"domain": "example.com"}, "__Secure-jwt_access", "__Secure-jwt_refresh"),
        ({"secure": False}, "jwt_access", "jwt_refresh"),
        ({"prefixed": False}, "jwt_access", "jwt_refresh"),
        ({"access": "a", "refresh": "r"}, "__Host-a", "__Secure-r"),
    ],
)
def test_names_have_the_strictest_prefix_they_can(options, access, refresh):
    made = Cookies(**options)
    assert (made.access_name, made.refresh_name) == (access, refresh)
