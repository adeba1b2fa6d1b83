"""Two people, one address and a squatter: contract zero from the registration to the farewell."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tests.letters import letter, letters

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def api(client):
    def send(method, path, body=None, token=""):
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        raw = b"" if body is None else json.dumps(body).encode()
        response = client.generic(method, f"/accounts/{path}", raw, "application/json", **header)
        return response.status_code, json.loads(response.content or b"null")

    return send


@pytest.fixture
def post(api):
    """``post(path, body)``: the answer, and what went out by mail because of it."""

    def send(path, body=None, token=""):
        answers = []
        found = letters(lambda: answers.append(api("POST", path, body, token)))
        return answers[0], found

    return send


def test_a_stranger_becomes_a_user_moves_and_leaves(api, post):
    ann = {"username": "ann", "email": "ann@example.com", "password": "a first password"}
    right = {"identifier": "ann@example.com", "password": "a first password"}

    # Ann registers. She can sign in at once, and is asked to confirm her address.
    (status, _), (welcome,) = post("register/", ann)
    assert (status, welcome.about) == (202, "confirm_email")
    status, mine = api("POST", "sign-in/", right)
    assert (status, mine["user"]["email_confirmed"]) == (200, False)

    # She mistypes the code, then lets it lie too long, and asks for another message.
    code = {"email": "ann@example.com", "code": f"{(int(welcome.code) + 1) % 10**6:06d}"}
    assert post("email/confirm/", code)[0][0] == 404
    start = timezone.now()
    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        code["code"] = welcome.code
        assert post("email/confirm/", code)[0][1]["code"] == "pin_expired"
        _, (second,) = post("email/resend/", {"email": "ANN@example.com"})
        assert post("email/confirm/", {"token": welcome.token})[0][1]["code"] == "link_invalid"
        assert post("email/confirm/", {"token": second.token})[0][0] == 204
        assert post("email/confirm/", {"token": second.token})[0][1]["code"] == "already_confirmed"

    # Somebody else registers with her address: the answer says nothing, and she gets a note.
    (status, body), (note,) = post("register/", {**ann, "username": "bob"})
    assert (status, body, note.to, note.about) == (202, None, "ann@example.com", "address_taken")

    # She moves. Nothing changes until the new address is confirmed; then the old one is told.
    move = {"email": "ann@new.example", "current_password": "a first password"}
    _, (wish,) = post("email/change/", move, mine["access"])
    assert api("GET", "me/", token=mine["access"])[1]["email"] == "ann@example.com"
    (status, _), (told,) = post("email/confirm/", {"token": wish.token})
    assert (status, told.to, told.about) == (204, "ann@example.com", "email_changed")
    assert api("GET", "me/", token=mine["access"])[1]["email"] == "ann@new.example"
    assert api("POST", "sign-in/", right)[0] == 401

    # She forgets her password. The link ends her session, and she signs in with the new one.
    _, (link,) = post("password/link/", {"email": "ann@new.example"})
    body = {"token": link.token, "password": "a second password"}
    assert post("password/set/", body)[0][0] == 204
    assert api("GET", "me/", token=mine["access"])[1]["code"] == "session_ended"
    right = {"identifier": "ann@new.example", "password": "a second password"}
    status, mine = api("POST", "sign-in/", right)
    assert status == 200

    # She registers a machine, and leaves: with her everything goes.
    status, device = api("POST", "devices/", {"hostname": "rack-7"}, mine["access"])
    assert (status, device["revoked"]) == (201, False)
    farewell = {"current_password": "a second password"}
    found = letter(lambda: api("DELETE", "me/", farewell, mine["access"]))
    assert (found.to, found.about) == ("ann@new.example", "account_deleted")
    assert api("GET", "me/", token=mine["access"])[0] == 401
    assert api("POST", "sign-in/", right)[0] == 401

    # Both addresses are free.
    for number, email in enumerate(["ann@example.com", "ann@new.example"]):
        body = {"username": f"new{number}", "email": email, "password": "a third password"}
        _, (welcome,) = post("register/", body)
        assert (welcome.to, welcome.about) == (email, "confirm_email")


def test_a_squatter_is_there_first(api, post):
    # Mallory registers with Ann's address, signs in, registers a machine and wants to move.
    mallory = {"username": "mallory", "email": "ann@example.com", "password": "mallorys own"}
    right = {"identifier": "ann@example.com", "password": "mallorys own"}
    post("register/", mallory)
    _, theirs = api("POST", "sign-in/", right)
    assert api("POST", "devices/", {"hostname": "rack-7"}, theirs["access"])[0] == 201
    move = {"email": "mallory@example.com", "current_password": "mallorys own"}
    _, (wish,) = post("email/change/", move, theirs["access"])

    # Ann registers. She is told that there is an account, and asks for a PIN.
    ann = {"username": "ann", "email": "ann@example.com", "password": "anns own password"}
    _, (note,) = post("register/", ann)
    assert (note.to, note.about) == ("ann@example.com", "address_taken")
    _, (message,) = post("password/pin/", {"email": "ann@example.com"})
    (_, window), _ = post("password/pin/verify/", {"email": "ann@example.com", "pin": message.code})
    body = {"token": window["reset_token"], "password": "anns own password"}
    assert post("password/set/", body)[0][0] == 204

    # The account is hers; nothing of Mallory's leads into it.
    assert api("POST", "sign-in/", right)[0] == 401
    assert api("POST", "token/refresh/", {"refresh": theirs["refresh"]})[0] == 401
    assert api("GET", "me/", token=theirs["access"])[0] == 401
    assert post("email/confirm/", {"token": wish.token})[0][0] in {404, 409}
    right["password"] = "anns own password"
    status, mine = api("POST", "sign-in/", right)
    assert (status, mine["user"]["email_confirmed"]) == (200, True)
    assert api("GET", "me/", token=mine["access"])[1]["email"] == "ann@example.com"
    assert api("GET", "devices/", token=mine["access"])[1] == []


def test_by_invitation_only(api, post, make_user, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "REGISTRATION": "invitation"}
    root = make_user("root", is_superuser=True, is_staff=True)
    right = {"identifier": root.get_username(), "password": "correct horse battery"}
    _, staff = api("POST", "sign-in/", right)

    # Nobody comes by themselves.
    ann = {"username": "ann", "email": "ann@example.com", "password": "anns own password"}
    assert post("register/", ann)[0][1]["code"] == "registration_closed"

    # Staff makes the account and invites. Until the link is followed nobody has a password.
    del ann["password"]
    _, made = api("POST", "users/", ann, staff["access"])
    (status, _), (invitation,) = post(f"users/{made['id']}/invite/", token=staff["access"])
    assert (status, invitation.to) == (202, "ann@example.com")
    assert post("password/link/", {"email": "ann@example.com"}) == ((202, None), [])

    # A week is too long.
    with time_machine.travel(timezone.now() + timedelta(days=7), tick=False):
        body = {"token": invitation.token, "password": "anns own password"}
        assert post("password/set/", body)[0][1]["code"] == "reset_expired"
    assert post("password/set/", body)[0][0] == 204
    right = {"identifier": "ann@example.com", "password": "anns own password"}
    status, mine = api("POST", "sign-in/", right)
    assert (status, mine["user"]["email_confirmed"]) == (200, True)
