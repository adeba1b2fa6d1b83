"""What every refusal of contract zero looks like on the wire (RFC 9457)."""

from __future__ import annotations

import pytest

from jwt_accounts.api.contract import CONTRACT
from jwt_accounts.errors import Code
from jwt_accounts.http.contract import Refusal
from tests.api.conftest import problem

pytestmark = pytest.mark.django_db

STATUSES = {
    Code.INVALID: 400,
    Code.MALFORMED: 400,
    Code.TOO_LARGE: 413,
    Code.UNSUPPORTED_MEDIA_TYPE: 415,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.NOT_AUTHENTICATED: 401,
    Code.TOKEN_INVALID: 401,
    Code.SESSION_ENDED: 401,
    Code.REFRESH_REUSED: 401,
    Code.WRONG_CREDENTIALS: 401,
    Code.ACCOUNT_INACTIVE: 403,
    Code.ACCOUNT_LOCKED: 423,
    Code.ATTEMPTS_IN_FLIGHT: 429,
    Code.PASSWORD_EXPIRED: 403,
    Code.PASSWORD_UNCHANGED: 400,
    Code.PIN_INVALID: 404,
    Code.PIN_EXPIRED: 404,
    Code.RESET_INVALID: 404,
    Code.RESET_EXPIRED: 404,
    Code.REGISTRATION_CLOSED: 403,
    Code.EMAIL_UNCONFIRMED: 403,
    Code.LINK_INVALID: 404,
    Code.LINK_EXPIRED: 404,
    Code.ALREADY_CONFIRMED: 409,
    Code.MFA_REQUIRED: 403,
    Code.MFA_ENROLMENT_REQUIRED: 403,
    Code.CODE_INVALID: 400,
    Code.CODES_EXHAUSTED: 429,
    Code.CHALLENGE_INVALID: 404,
    Code.REAUTHENTICATION_REQUIRED: 403,
    Code.SESSION_LIMIT_REACHED: 403,
    Code.CSRF_FAILED: 403,
    Code.FORBIDDEN: 403,
    Code.LAST_SUPERUSER: 409,
    Code.STILL_REFERENCED: 409,
    Code.NOT_FOUND: 404,
    Code.RATE_LIMITED: 429,
    Code.UNAVAILABLE: 503,
    Code.UNEXPECTED: 500,
}


def test_the_status_of_each_code_is_public():
    answered = {code: CONTRACT.answer(Refusal(code=code, message="x"))[0] for code in Code}
    assert answered == STATUSES


def test_a_401_says_how_to_authenticate(api, user):
    """RFC 6750 section 3: an error code only where a token was sent."""
    nothing = api("GET", "me/")
    assert nothing["WWW-Authenticate"] == 'Bearer realm="jwt_accounts"'
    wrong = api.sign_in(user, "wrong")
    assert wrong["WWW-Authenticate"] == 'Bearer realm="jwt_accounts"'
    junk = api("GET", "me/", token="x")
    assert junk["WWW-Authenticate"] == 'Bearer realm="jwt_accounts", error="invalid_token"'


def test_a_405_says_what_is_allowed(api):
    response = api("PUT", "users/")
    problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, HEAD, POST"


def test_a_body_that_cannot_be_read_is_malformed(client):
    response = client.post("/accounts/sign-in/", "{", content_type="application/json")
    body = problem(response, 400, "malformed")
    assert "errors" not in body


def test_a_content_type_that_is_not_read_is_415(client):
    response = client.post("/accounts/sign-in/", "{}", content_type="text/xml")
    problem(response, 415, "unsupported_media_type")


def test_whatever_the_client_accepts_it_gets_json(client):
    for accept in ("text/html", "image/png", "application/xml;q=1", "*/*", "", "nonsense"):
        response = client.get("/accounts/me/", HTTP_ACCEPT=accept)
        assert response["Content-Type"] == "application/problem+json"
        assert client.get("/accounts/me/?format=html").json()["code"] == "not_authenticated"
