"""Where cookies go: one mount's are not another's, and the refresh token goes to one endpoint."""

from __future__ import annotations

import pytest
from django.urls import clear_script_prefix, resolve, set_script_prefix
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from jwt_accounts.http.transports import _path_of
from tests.http.browser import Browser
from tests.http.over_cookies import ACCESS, REFRESH, ZERO, signed_in, site, user

__all__ = ["signed_in", "site", "user"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.http.cookie_urls")]


@pytest.fixture
def enter(user):
    """Sign in at a mount of contract zero: ``enter("second/")``."""

    def into(mount: str, browser: Browser | None = None):
        browser = browser or Browser()
        browser("GET", f"/{mount}me/")
        answer = browser("POST", f"/{mount}sign-in/", ZERO.credentials(user))
        assert answer.status_code == 200, answer.content
        return browser, answer

    return into


def test_a_browser_sends_the_refresh_cookie_to_its_endpoint_alone(signed_in):
    browser, _ = signed_in(ZERO)
    everywhere = {ACCESS, "csrftoken"}
    for there in ("/zero/token/refresh", "/zero/token/refresh/"):
        assert browser.sends(there) == {*everywhere, REFRESH}
    for other in ("/", "/zero/", "/zero/me/", "/zero/token/", "/zero/token/refreshed/", "/second/"):
        assert browser.sends(other) == everywhere


@pytest.mark.parametrize("form", ["token/refresh", "token/refresh/"])
def test_both_forms_of_the_path_refresh(signed_in, form):
    browser, _ = signed_in(ZERO)
    assert browser("POST", f"/zero/{form}", {}).status_code == 200


def test_cookies_of_one_mount_do_not_come_to_the_refresh_of_another(enter):
    browser, _ = enter("zero/")
    assert REFRESH not in browser.sends("/second/token/refresh/")
    assert browser("POST", "/second/token/refresh/", {}).status_code == 401
    browser, answer = enter("second/")
    assert answer.cookies[REFRESH]["path"] == "/second/token/refresh"
    assert browser("POST", "/second/token/refresh/", {}).status_code == 200


def test_the_same_contract_without_cookies_gives_tokens_in_the_body_and_reads_no_cookie(enter):
    _, answer = enter("app/")
    assert answer.json()["access"]
    assert answer.json()["refresh"]
    assert not answer.cookies
    browser, _ = enter("zero/")
    assert browser("GET", "/app/me/").status_code == 401
    assert browser("POST", "/app/token/refresh/", {}).status_code == 400


def test_a_refresh_cookie_that_was_left_for_the_whole_site_is_not_the_one_that_counts(enter):
    """As dj-rest-auth leaves one: browsers send the one with the longer path first."""
    browser, _ = enter("zero/")
    path = "/zero/token/refresh"
    cookie = f"{browser.header(path)}; {REFRESH}=left"
    assert browser("POST", path, {}, HTTP_COOKIE=cookie).status_code == 200


@pytest.mark.parametrize("place", ["here", "a.b", "h%20e", "ä", "x;Domain=evil.example"])
def test_what_is_captured_in_a_mount_is_in_the_path(enter, place):
    _, answer = enter(f"at/{place}/")
    found = answer.cookies[REFRESH]
    assert found["path"].startswith("/at/")
    assert found["path"].endswith("/token/refresh")
    assert ";" not in found["path"]
    assert found["domain"] == ""
    assert found["path"].isascii()


def test_a_mount_with_something_captured_refreshes_and_forgets(enter):
    browser, _ = enter("at/here/")
    assert browser("POST", "/at/here/token/refresh/", {}).status_code == 200
    assert REFRESH not in browser.sends("/at/there/token/refresh/")
    assert browser("POST", "/at/here/sign-out/").status_code == 204
    assert set(browser.cookies()) == {"csrftoken"}


def test_an_endpoint_with_a_key_in_its_path_still_finds_the_refresh():
    """What is captured in the mount counts; what the endpoint captures is its own."""
    plain = APIRequestFactory().get("/at/here/sessions/5/")
    plain.resolver_match = resolve("/at/here/sessions/5/")
    assert _path_of(Request(plain), "token-refresh") == "/at/here/token/refresh"
    plain.resolver_match = None
    assert _path_of(Request(plain), "token-refresh") is None


def test_a_mount_below_a_script_prefix_has_it_in_the_path(enter):
    # As Django's handler for WSGI and ASGI does; that of the test client does not.
    set_script_prefix("/below/")
    try:
        _, answer = enter("zero/")
    finally:
        clear_script_prefix()
    assert answer.cookies[REFRESH]["path"] == "/below/zero/token/refresh"
    assert answer.cookies[ACCESS]["path"] == "/"


def test_a_site_without_tls_has_plain_names(enter):
    browser = Browser("http")
    _, answer = enter("plain/", browser)
    assert set(answer.cookies) == {"jwt_access", "jwt_refresh", "csrftoken"}
    for name in ("jwt_access", "jwt_refresh"):
        assert not answer.cookies[name]["secure"]
        assert answer.cookies[name]["httponly"]
        assert answer.cookies[name]["samesite"] == "Lax"
    assert browser("POST", "/plain/token/refresh/", {}).status_code == 200
    assert browser("GET", "/plain/me/").status_code == 200


def test_secure_cookies_stay_away_from_a_site_without_tls(enter):
    browser = Browser("http")
    enter("zero/", browser)
    assert browser.sends("/zero/token/refresh") == {"csrftoken"}


def test_a_domain_is_on_both_and_on_their_deletion(enter):
    browser, answer = enter("wide/")
    for name in ("__Secure-a", "__Secure-r"):
        assert answer.cookies[name]["domain"] == "example.com"
        assert answer.cookies[name]["samesite"] == "None"
    gone = browser("POST", "/wide/sign-out/")
    assert gone.status_code == 204
    assert gone.cookies["__Secure-a"]["domain"] == "example.com"
    assert set(browser.cookies()) == {"csrftoken"}
