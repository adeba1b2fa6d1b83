"""What may stand in an ``Authorization`` header."""

from __future__ import annotations

import json

import pytest

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.http.actions import Who
from tests.http.endpoints import (
    PROTECTED,
    PUBLIC,
    SAMPLE_WITH_A_BODY,
    SAMPLE_WITHOUT_A_BODY,
    assert_in_shape,
)

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

SAMPLE = [*SAMPLE_WITH_A_BODY, *SAMPLE_WITHOUT_A_BODY]

#: Not one of ours, or none at all.
NO_TOKEN = {
    "nothing": "",
    "a scheme alone": "Bearer",
    "a scheme and blanks": "Bearer   ",
    "another scheme": "Basic cm9vdDpyb290",
    "a token without a scheme": "{access}",
    "a scheme stuck to its token": "Bearer{access}",
    "a tab for a blank": "Bearer\t{access}",
    "a scheme nobody knows": "JWT {access}",
}
WRONG_TOKEN = {
    "a word": "Bearer nonsense",
    "two words": "Bearer {access} {access}",
    "three dots": "Bearer ...",
    "empty parts": "Bearer ..",
    "a token cut short": "Bearer {access_cut}",
    "a token with something behind it": "Bearer {access}x",
    "a token in quotes": 'Bearer "{access}"',
    "a refresh token": "Bearer {refresh}",
    "letters beyond ASCII": "Bearer \xff\xfe.\xe9.\xe9",
    "a NUL": "Bearer \x00",
    "100 kB": "Bearer " + "a" * 100_000,
    "100 kB of dots": "Bearer " + "." * 100_000,
    "an unsigned token": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    "JSON that is no object": "Bearer W10.W10.W10",
    "deep JSON": "Bearer " + "W1tb" * 1900 + ".e30.e30",
}


def headers(template: str, tokens) -> dict[str, str]:
    for name, value in {
        "{access_cut}": tokens.access[:-5],
        "{access}": tokens.access,
        "{refresh}": tokens.refresh,
    }.items():
        template = template.replace(name, value)
    return {"HTTP_AUTHORIZATION": template}


@once
@pytest.mark.parametrize("what", NO_TOKEN)
def test_without_a_token_every_protected_endpoint_is_401_and_says_how(caller, everything, what):
    before = everything()
    given = headers(NO_TOKEN[what], caller.session().tokens)
    assert PROTECTED
    for call in PROTECTED:
        response = caller(call, b"{}", token="", **given)
        body = assert_in_shape(call.endpoint, response)
        assert response.status_code == 401, f"{call}: {response.content!r}"
        assert response["WWW-Authenticate"].startswith("Bearer")
        assert body.get("code", "not_authenticated") == "not_authenticated"
    assert everything() == before


@once
@pytest.mark.parametrize("what", WRONG_TOKEN)
def test_with_a_wrong_token_every_protected_endpoint_is_401(caller, everything, what):
    before = everything()
    given = headers(WRONG_TOKEN[what], caller.session().tokens)
    for call in PROTECTED:
        response = caller(call, b"{}", token="", **given)
        body = assert_in_shape(call.endpoint, response)
        assert response.status_code == 401, f"{call}: {response.content!r}"
        assert response["WWW-Authenticate"].startswith("Bearer")
        # To a visitor a wrong token is none.
        told = {""} if call.action.who is Who.VISITOR else {"token_invalid", "token_not_valid"}
        assert body.get("code", "") in told
    assert everything() == before


def test_the_scheme_is_read_in_any_case_and_with_more_blanks(caller):
    for spelling in ("Bearer", "bearer", "BEARER", " Bearer  "):
        for call in SAMPLE:
            if call.is_public:
                continue
            access = caller.session().tokens.access
            response = caller.once(
                call,
                json.dumps(caller.right(call)).encode(),
                token="",
                HTTP_AUTHORIZATION=f"{spelling} {access}",
            )
            assert response.status_code < 300, f"{call}: {response.content!r}"


@once
@pytest.mark.parametrize("what", [*NO_TOKEN, *WRONG_TOKEN])
def test_public_endpoints_ignore_whatever_the_header_holds(caller, what):
    tokens = caller.session().tokens
    given = headers({**NO_TOKEN, **WRONG_TOKEN}[what], tokens)
    public = [call for call in SAMPLE if call.is_public]
    assert public
    for call in public:
        body = json.dumps(caller.right(call)).encode()
        response = caller.once(call, body, **given)
        assert response.status_code < 400, f"{call}: {response.content!r}"


def test_public_endpoints_ignore_the_token_of_a_session_that_is_over(caller):
    stale = open_session(caller.ctx, user=caller.actor, amr=("pwd", "otp", "mfa")).tokens
    caller.client.post("/accounts/sign-out/", HTTP_AUTHORIZATION=f"Bearer {stale.access}")
    for call in PUBLIC:
        response = caller.once(call, json.dumps(caller.right(call)).encode(), token=stale.access)
        assert response.status_code < 400, f"{call}: {response.content!r}"


def test_a_token_in_the_query_or_the_body_is_not_read(caller):
    access = caller.session().tokens.access
    for call in PROTECTED:
        body = json.dumps({"access": access, "access_token": access, "token": access}).encode()
        query = f"access={access}&access_token={access}&token={access}"
        response = caller(call, body, query=query, HTTP_AUTHORIZATION="")
        assert response.status_code == 401, f"{call}: {response.content!r}"


def test_who_may_not_is_refused_before_the_body_is_read(caller, everything, ctx, make_user):
    nobody = open_session(ctx, user=make_user("nobody"), amr=("pwd",)).tokens.access
    before = everything()
    guarded = [call for call in PROTECTED if call.action.right is not None]
    assert guarded
    for call in guarded:
        response = caller(call, b"{", token=nobody)
        body = assert_in_shape(call.endpoint, response)
        assert response.status_code == 403, f"{call}: {response.content!r}"
        assert body.get("code", "forbidden") == "forbidden"
    assert everything() == before
