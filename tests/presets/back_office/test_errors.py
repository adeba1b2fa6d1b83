"""An unforeseen error is logged in full and told in none of it."""

from __future__ import annotations

import logging

import pytest

pytestmark = pytest.mark.django_db

SECRET = "relation users_7f3a does not exist"


@pytest.fixture
def broken(monkeypatch):
    """Every flow of the contract raises what nobody foresaw."""

    def fail(*_args, **_kwargs):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("jwt_accounts.http.simplejwt.refresh", fail)
    for name in ("sign_in", "sign_out"):
        monkeypatch.setattr(f"jwt_accounts.presets.back_office.login.{name}", fail)
    for name in ("manage_users.create_user", "manage_users.edit_user", "list_users.list_users"):
        monkeypatch.setattr(f"jwt_accounts.presets.back_office.users.{name}", fail)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "login/", {"username": "eurogames", "password": "pyramid"}),
        ("POST", "logout/", {}),
        ("POST", "token/refresh/", {"refresh": "x"}),
        ("POST", "user/create/", {"username": "gica", "password": "gigi-pyramid-1"}),
        ("GET", "users", None),
        ("PUT", "users/1/edit/", {}),
    ],
)
def test_it_is_the_documented_500_with_a_reference_and_nothing_else(
    office, request, caplog, method, path, body
):
    token = office.log_in("admin")["access"]
    request.getfixturevalue("broken")
    with caplog.at_level(logging.ERROR, logger="jwt_accounts"):
        response = office(method, path, body, token=token)
    assert response.status_code == 500
    answer = response.json()
    assert list(answer) == ["error", "detail"]
    assert answer["error"] == "Unexpected error"
    assert answer["detail"]
    assert SECRET not in response.content.decode()
    (record,) = (record for record in caplog.records if record.name == "jwt_accounts")
    assert answer["detail"] in record.getMessage()
    assert SECRET in caplog.text
    assert "Traceback" in caplog.text


def test_other_paths_are_not_this_contracts(client, db):
    """A host's own 404 stays the host's."""
    assert client.get("/authentication/nothing-here/").status_code == 404
    assert client.get("/authentication/").status_code == 404
