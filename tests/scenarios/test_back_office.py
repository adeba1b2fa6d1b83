"""A shift at the back office, in the words of its contract."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from jwt_accounts.models import Account
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    def send(method, path, body=None, token=""):
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        raw = b"" if body is None else json.dumps(body).encode()
        response = client.generic(
            method, f"/authentication/{path}", raw, "application/json", **header
        )
        return response.status_code, json.loads(response.content)

    return send


def test_a_shift(office, make_user, make_role):
    make_role("Manager", rights=["add_user", "change_user", "view_user"])
    make_role("Cashier", password_expiration=90)
    make_user("boss", is_superuser=True, is_staff=True)
    make_user("manager", groups=["Manager"])

    # The manager logs in and makes an account for a new cashier.
    _, manager = office("POST", "login/", {"username": "manager", "password": PASSWORD})
    assert manager["role"] == "Manager"
    gica = {"username": "gica", "password": 8041975236, "phone": "0771694307", "is_staff": "0"}
    status, made = office("POST", "user/create/", gica, manager["access"])
    assert (status, made["phone"]) == (201, "0771694307")

    # The name is taken now, however it is spelled.
    status, refusal = office(
        "POST", "user/create/", {**gica, "username": "Gica"}, manager["access"]
    )
    assert (status, list(refusal)) == (400, ["username"])

    # Gica logs in; nobody gave the account a role yet.
    status, tokens = office("POST", "login/", {"username": "gica", "password": "8041975236"})
    assert (status, tokens["role"]) == (200, None)

    # One refresh token lasts the whole shift.
    for _ in range(3):
        status, renewed = office("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        assert (status, list(renewed)) == (200, ["access"])

    # Gica may neither look at the others nor edit even the own account.
    assert office("GET", "users", token=renewed["access"])[0] == 403
    path = f"users/{made['id']}/edit/"
    assert office("PUT", path, {"is_superuser": "1"}, renewed["access"])[0] == 403

    # The manager corrects the name, and sees it in the list.
    assert office("PUT", path, {"first_name": "gigi"}, manager["access"]) == (200, {})
    _, users = office("GET", "users?search=gig", token=manager["access"])
    assert [each["username"] for each in users] == ["gica"]

    # The manager is no superuser, and cannot make one.
    assert office("PUT", path, {"is_superuser": "1"}, manager["access"])[0] == 403

    # Gica logs out: both tokens are worth nothing.
    status, answer = office("POST", "logout/", {"refresh": tokens["refresh"]}, renewed["access"])
    assert (status, answer) == (200, {"message": "Succesfully log out  refreshToken"})
    assert office("POST", "token/refresh/", {"refresh": tokens["refresh"]})[0] == 401

    # Months later the password has expired, which only who knows it is told.
    account = Account.objects.get(user_id=made["id"])
    account.user.groups.add(Group.objects.get(name="Cashier"))
    account.password_changed_at -= timedelta(days=91)
    account.save()
    wrong = {"username": "gica", "password": "no"}
    right = {"username": "gica", "password": "8041975236"}
    assert office("POST", "login/", wrong)[0] == 401
    assert office("POST", "login/", right) == (403, {"code": 4})

    # Too many guesses lock the account, whatever is tried then.
    for _ in range(4):
        assert office("POST", "login/", wrong)[0] == 401
    assert office("POST", "login/", right) == (423, {"code": 3})
