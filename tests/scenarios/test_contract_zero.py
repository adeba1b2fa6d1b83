"""A week with contract zero, from the first sign-in to a stolen token."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def api(client):
    def send(method, path, body=None, token=""):
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        raw = b"" if body is None else json.dumps(body).encode()
        response = client.generic(method, f"/accounts/{path}", raw, "application/json", **header)
        return response.status_code, json.loads(response.content or b"null")

    return send


def test_a_new_colleague(api, make_user, make_role):
    make_role(
        "Manager", rights=["add_user", "change_user", "view_user", "jwt_accounts.unlock_account"]
    )
    manager = make_user("manager", groups=["Manager"])

    # The manager signs in and makes an account for a colleague.
    _, mine = api("POST", "sign-in/", {"identifier": identifier_of(manager), "password": PASSWORD})
    wanted = {"username": "ann", "email": "ann@example.com", "password": "a first password"}
    status, ann = api("POST", "users/", wanted, mine["access"])
    assert status == 201

    # Ann signs in with her address, at work and on her telephone.
    right = {"identifier": "Ann@Example.com", "password": "a first password"}
    status, work = api("POST", "sign-in/", right)
    assert (status, work["user"]["id"]) == (200, ann["id"])
    _, phone = api("POST", "sign-in/", right)

    # She sees both sessions, and which of them she is asking from.
    _, sessions = api("GET", "sessions/", token=work["access"])
    assert {each["id"]: each["current"] for each in sessions["sessions"]} == {
        work["session"]: True,
        phone["session"]: False,
    }

    # She may not look at the others.
    status, refusal = api("GET", "users/", token=work["access"])
    assert (status, refusal["code"]) == (403, "forbidden")

    # An hour later her access token has expired; the refresh token gets her a new pair.
    start = timezone.now()
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        status, refusal = api("GET", "me/", token=work["access"])
        assert (status, refusal["code"]) == (401, "token_invalid")
        status, renewed = api("POST", "token/refresh/", {"refresh": work["refresh"]})
        assert status == 200
        assert api("GET", "me/", token=renewed["access"])[0] == 200

        # The answer got lost on the way: asking again at once gives the same one.
        _, again = api("POST", "token/refresh/", {"refresh": work["refresh"]})
        assert again["refresh"] == renewed["refresh"]

    # Somebody copied the first refresh token and comes a minute later: her session ends.
    with time_machine.travel(start + timedelta(hours=1, minutes=1), tick=False):
        status, refusal = api("POST", "token/refresh/", {"refresh": work["refresh"]})
        assert (status, refusal["code"]) == (401, "refresh_reused")
        assert api("GET", "me/", token=renewed["access"])[0] == 401

        # Her telephone is another session and goes on.
        assert api("POST", "token/refresh/", {"refresh": phone["refresh"]})[0] == 200

    # She forgets her password, and after five guesses not even the right one helps.
    for guess in range(5):
        assert api("POST", "sign-in/", {**right, "password": f"guess {guess}"})[0] == 401
    status, refusal = api("POST", "sign-in/", right)
    assert (status, refusal["code"]) == (423, "account_locked")

    # The manager unlocks her and sets a new one, which ends the session on the telephone too.
    _, mine = api("POST", "sign-in/", {"identifier": identifier_of(manager), "password": PASSWORD})
    assert api("POST", f"users/{ann['id']}/unlock/", token=mine["access"])[0] == 204
    change = {"password": "a second password"}
    assert api("PATCH", f"users/{ann['id']}/", change, mine["access"])[0] == 200
    assert api("GET", "me/", token=phone["access"])[0] == 401

    # She is back, and signs out in the evening.
    status, last = api("POST", "sign-in/", {**right, "password": "a second password"})
    assert status == 200
    assert api("POST", "sign-out/", token=last["access"])[0] == 204
    assert api("GET", "me/", token=last["access"])[0] == 401
