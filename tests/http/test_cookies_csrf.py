"""What another site makes a browser send to a mount with cookies is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from jwt_accounts.errors import Code
from jwt_accounts.models import Account, UserSession
from tests.conftest import PASSWORD
from tests.http.browser import Browser
from tests.http.endpoints import Call, _walk
from tests.http.over_cookies import (
    ACCESS,
    CONTRACTS,
    REFRESH,
    ZERO,
    signed_in,
    site,
    user,
)

__all__ = ["signed_in", "site", "user"]

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.http.cookie_urls")]

MIDDLEWARE = "django.middleware.csrf.CsrfViewMiddleware"
PREFIXES = tuple(f"{each.at}/" for each in CONTRACTS)
UNSAFE = [
    call
    for endpoint in _walk(get_resolver("tests.http.cookie_urls").url_patterns)
    for call in (Call(endpoint, action) for action in endpoint.actions.values())
    if endpoint.pattern.startswith(PREFIXES) and call.action.method not in {"GET", "HEAD"}
]
#: What a browser adds to what another site makes it send, or what an older one leaves out.
FORGED = {
    "no token": {},
    "a wrong token": {"HTTP_X_CSRFTOKEN": "x" * 32},
    "a token of no shape": {"HTTP_X_CSRFTOKEN": "\xe4"},
    "another site": {"HTTP_ORIGIN": "https://evil.example"},
    "a sandboxed frame": {"HTTP_ORIGIN": "null"},
    "another scheme": {"HTTP_ORIGIN": "http://www.example.com"},
    "no origin and no referer": {"HTTP_ORIGIN": None},
    "another site's referer": {"HTTP_ORIGIN": None, "HTTP_REFERER": "https://evil.example/"},
}
KEEPS_A_RIGHT_TOKEN = frozenset(FORGED) - {"no token", "a wrong token", "a token of no shape"}


@pytest.fixture(params=[False, True], ids=["without middleware", "with middleware"])
def middleware(request, settings):
    """Django's own check among the host's middleware, or not."""
    if request.param:
        settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]


def forge(browser: Browser, method: str, path: str, body: Any, how: str) -> Any:
    """Send what another site would have a browser send."""
    token = "" if how in KEEPS_A_RIGHT_TOKEN else None
    with_all = {key: value for key, value in FORGED[how].items() if value is not None}
    if "HTTP_ORIGIN" in FORGED[how] and FORGED[how]["HTTP_ORIGIN"] is None:
        return without_origin(browser, method, path, body, **with_all)
    return browser(method, path, body, csrf=token, **with_all)


def without_origin(browser: Browser, method: str, path: str, body: Any, **headers: str) -> Any:
    sent = {
        "HTTP_HOST": "www.example.com",
        "HTTP_COOKIE": browser.header(path),
        "HTTP_X_CSRFTOKEN": str(browser.value("csrftoken")),
        **headers,
    }
    kind = "application/json"
    return browser.client.generic(method, path, json.dumps(body), kind, True, **sent)


def assert_refused(call: Call, answer: Any) -> None:
    expected = call.endpoint.contract.errors[Code.CSRF_FAILED]
    assert answer.status_code == expected.status == 403
    assert answer["Content-Type"] == call.endpoint.contract.error_content_type
    assert "csrf" in answer.content.decode().lower()
    assert not {ACCESS, REFRESH} & set(answer.cookies)


def test_there_are_unsafe_endpoints_of_every_contract():
    assert {call.endpoint.pattern.split("/")[0] for call in UNSAFE} == {
        each.at for each in CONTRACTS
    }
    assert len(UNSAFE) > 100


@pytest.fixture
def everybodys(signed_in):
    """A browser that is signed in: the access cookie goes to every contract."""
    browser, _ = signed_in(ZERO)
    return browser


def test_every_unsafe_endpoint_refuses_what_has_no_token(everybodys, everything):
    before = everything(), UserSession.objects.count()
    for call in UNSAFE:
        url = call.endpoint.url(**dict.fromkeys(call.endpoint.keys, 1))
        assert_refused(call, everybodys(call.action.method, url, {}, csrf=None))
    assert (everything(), UserSession.objects.count()) == before


@pytest.mark.parametrize("how", FORGED)
def test_whatever_is_forged_is_refused_and_counts_nowhere(
    everybodys, everything, user, middleware, how
):
    before = everything(), UserSession.objects.count()
    body = {"identifier": user.get_username(), "password": "wrong"}
    for path in ("sign-in/", "token/refresh/", "sign-out/", "register/"):
        call = next(each for each in UNSAFE if each.endpoint.pattern == f"zero/{path}")
        assert_refused(call, forge(everybodys, "POST", f"/zero/{path}", body, how))
    assert (everything(), UserSession.objects.count()) == before
    assert Account.objects.get(user=user).failures == 0


@pytest.mark.parametrize("mounted", CONTRACTS, ids=str)
def test_with_the_token_of_any_get_a_front_end_signs_in(user, middleware, mounted):
    browser = Browser()
    assert browser.value("csrftoken") is None
    browser("GET", mounted.url(mounted.protected))
    answer = browser("POST", mounted.url(mounted.sign_in), mounted.credentials(user))
    assert answer.status_code in {200, 201}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_any_safe_request_gives_the_token_whatever_it_is_answered(site, middleware, method):
    for path in ("me/", "password/rules/", "sign-in/"):
        browser = Browser()
        browser(method, f"/zero/{path}", csrf=None)
        assert browser.value("csrftoken")


def test_the_token_stays_until_a_sign_in_makes_another(signed_in, user, middleware):
    browser, _ = signed_in(ZERO)
    first = browser.value("csrftoken")
    for _ in range(3):
        browser("GET", "/zero/me/")
        assert browser.value("csrftoken") == first
    assert browser("POST", "/zero/token/refresh/", {}).status_code == 200
    body = {"current_password": PASSWORD, "password": "another fine pass phrase"}
    assert browser("POST", "/zero/password/change/", body).status_code < 300
    assert browser.value("csrftoken") == first
    body = {"identifier": user.get_username(), "password": "another fine pass phrase"}
    assert browser("POST", "/zero/sign-in/", body).status_code == 200
    assert browser.value("csrftoken") != first
    assert browser("POST", "/zero/token/refresh/", {}, csrf=first).status_code == 403


def test_a_bearer_header_needs_no_token_where_it_says_who_comes(signed_in, middleware):
    browser, answer = signed_in(ZERO)
    bearer = f"Bearer {answer.cookies[ACCESS].value}"
    foreign = {"HTTP_AUTHORIZATION": bearer, "HTTP_ORIGIN": "https://app.example"}
    answer = browser("PATCH", "/zero/me/", {}, csrf=None, **foreign)
    assert answer.status_code == 200
    # Where it does not, the cookie would be read.
    assert browser("POST", "/zero/token/refresh/", {}, csrf=None, **foreign).status_code == 403


@pytest.mark.parametrize("token", ["junk", "x.y.z"])
def test_a_junk_bearer_header_opens_no_way_to_the_refresh_cookie(signed_in, token):
    """A log-out ends the session of either token."""
    mounted = CONTRACTS[-1]
    browser, answer = signed_in(mounted)
    everything = f"{REFRESH}={answer.cookies[REFRESH].value}; {browser.header('/')}"
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_COOKIE": everything}
    assert browser("POST", "/rest-auth/logout/", {}, csrf=None, **headers).status_code == 403
    assert UserSession.objects.get().ended_at is None


class TestOnlyWhatReadsACookie:
    """``csrf_everywhere=False``, as dj-rest-auth's default."""

    def test_a_sign_in_needs_no_token(self, user):
        browser = Browser("http")
        answer = browser("POST", "/plain/sign-in/", ZERO.credentials(user), csrf=None)
        assert answer.status_code == 200
        assert browser("POST", "/plain/token/refresh/", {}, csrf=None).status_code == 403
        assert browser("PATCH", "/plain/me/", {}, csrf=None).status_code == 403
        assert browser("PATCH", "/plain/me/", {}).status_code == 200
        assert browser("POST", "/plain/token/refresh/", {}).status_code == 200

    def test_another_site_signs_nobody_in(self, user):
        browser = Browser("http")
        body, evil = ZERO.credentials(user), "https://evil.example"
        answer = browser("POST", "/plain/sign-in/", body, csrf=None, HTTP_ORIGIN=evil)
        assert answer.status_code == 403
        assert "csrf_failed" in answer.content.decode()

    def test_an_app_without_cookies_needs_no_token(self, user):
        client = Client(enforce_csrf_checks=True, headers={"host": "www.example.com"})
        answer = client.post("/plain/sign-in/", ZERO.credentials(user), "application/json")
        bearer = f"Bearer {answer.cookies['jwt_access'].value}"
        client.cookies.clear()
        assert client.post("/plain/sign-out/").status_code == 401
        assert client.post("/plain/sign-out/", HTTP_AUTHORIZATION=bearer).status_code == 204


@pytest.mark.parametrize(
    ("trusted", "origin", "status"),
    [
        ("https://app.example", "https://app.example", 200),
        ("https://*.app.example", "https://www.app.example", 200),
        ("https://app.example", "https://app.example.evil.example", 403),
        ("https://app.example", "http://app.example", 403),
    ],
)
def test_djangos_trusted_origins_hold(signed_in, settings, middleware, trusted, origin, status):
    browser, _ = signed_in(ZERO)
    settings.CSRF_TRUSTED_ORIGINS = [trusted]
    assert browser("PATCH", "/zero/me/", {}, HTTP_ORIGIN=origin).status_code == status
    path = "/plain/sign-in/"
    assert (browser("POST", path, {}, HTTP_ORIGIN=origin).status_code == 403) == (status == 403)


def test_djangos_names_of_cookie_and_header_hold(user, settings, middleware):
    settings.CSRF_COOKIE_NAME = "guard"
    settings.CSRF_HEADER_NAME = "HTTP_X_GUARD"
    browser = Browser()
    browser("GET", "/zero/me/")
    guard = {"HTTP_X_GUARD": str(browser.value("guard"))}
    body = ZERO.credentials(user)
    assert browser("POST", "/zero/sign-in/", body, csrf="x" * 32).status_code == 403
    assert browser("POST", "/zero/sign-in/", body, csrf=None, **guard).status_code == 200


def test_a_token_in_the_session_holds(user, settings, middleware):
    """A page of the host's has it then: no cookie brings it."""
    settings.CSRF_USE_SESSIONS = True
    # Django wants the session before its own check.
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[-3:], *settings.MIDDLEWARE[:-3]]
    browser = Browser()
    browser("GET", "/zero/me/")
    assert set(browser.cookies()) == {"sessionid"}
    browser.client.cookies["sessionid"] = str(browser.value("sessionid"))
    token = browser.client.session["_csrftoken"]
    body = ZERO.credentials(user)
    assert browser("POST", "/zero/sign-in/", body, csrf=None).status_code == 403
    assert browser("POST", "/zero/sign-in/", body, csrf=token).status_code == 200
    assert browser("PATCH", "/zero/me/", {}, csrf=token).status_code == 403
    token = browser.client.session["_csrftoken"]
    assert browser("PATCH", "/zero/me/", {}, csrf=token).status_code == 200


@pytest.mark.parametrize("value", ["", "short", "x" * 33, "ä" * 32, '"' * 32])
def test_a_broken_csrf_cookie_is_refused_and_replaced(site, middleware, value):
    browser = Browser()
    sent = {"HTTP_COOKIE": f"csrftoken={value}"}
    answer = browser("POST", "/zero/sign-in/", {}, csrf=value, **sent)
    assert answer.status_code == 403
    assert len(answer.cookies["csrftoken"].value) == 32


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name"),
        ("multipart/form-data; boundary=" + "x" * 300, b"--x"),
        ("application/x-www-form-urlencoded; charset=nope", b"a=%ff%fe"),
        ("application/json", b"\xff{"),
        ("application/json; charset=utf-7", b"{"),
    ],
)
def test_a_hostile_body_is_the_parsers_business(signed_in, middleware, kind, body):
    browser, _ = signed_in(ZERO)
    for path in ("sign-in/", "token/refresh/"):
        sent = {
            "HTTP_HOST": "www.example.com",
            "HTTP_ORIGIN": browser.origin,
            "HTTP_COOKIE": browser.header(f"/zero/{path}"),
            "HTTP_X_CSRFTOKEN": str(browser.value("csrftoken")),
        }
        answer = browser.client.generic("POST", f"/zero/{path}", body, kind, True, **sent)
        assert answer.status_code in {200, 400, 415}
        assert (answer.status_code == 200) <= (path == "token/refresh/")
        refused = browser.client.generic(
            "POST", f"/zero/{path}", body, kind, True, **{**sent, "HTTP_X_CSRFTOKEN": ""}
        )
        assert refused.status_code == 403


def test_what_is_refused_may_count_against_the_rate_limit(site, settings):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {"sign_in": "2/m"}}
    browser = Browser()
    statuses = [browser("POST", "/zero/sign-in/", {}, csrf=None).status_code for _ in range(3)]
    assert statuses == [403, 403, 429]
