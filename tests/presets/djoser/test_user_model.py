"""The fields, the URLs and their names follow the host's user model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse

from tests.conftest import PASSWORD
from tests.presets.djoser.conftest import FRONT_END
from tests.recovery import mailed

ROOT = Path(__file__).parents[3]
NEEDED = ["This field is required."]


def main_field():
    return get_user_model().USERNAME_FIELD


@pytest.mark.core
def test_the_names_are_djosers_and_stand_in_no_namespace():
    user, field = get_user_model().__name__.lower(), main_field()
    found = {
        f"{user}-list": "users/",
        f"{user}-me": "users/me/",
        f"{user}-activation": "users/activation/",
        f"{user}-resend-activation": "users/resend_activation/",
        f"{user}-set-password": "users/set_password/",
        f"{user}-reset-password": "users/reset_password/",
        f"{user}-reset-password-confirm": "users/reset_password_confirm/",
        f"{user}-set-username": f"users/set_{field}/",
        f"{user}-reset-username": f"users/reset_{field}/",
        f"{user}-reset-username-confirm": f"users/reset_{field}_confirm/",
        "jwt-create": "jwt/create",
        "jwt-refresh": "jwt/refresh",
        "jwt-verify": "jwt/verify",
    }
    assert {name: reverse(name) for name in found} == {
        name: f"/auth/{path}" for name, path in found.items()
    }
    assert reverse(f"{user}-detail", kwargs={"id": 7}) == "/auth/users/7/"
    with pytest.raises(NoReverseMatch):
        reverse("djoser:jwt-create")


@pytest.mark.core
@pytest.mark.django_db
def test_a_registration_needs_what_one_logs_in_by_and_a_password(djoser):
    model, field = get_user_model(), main_field()
    answer = djoser("POST", "users/", {})
    assert (answer.status, answer.json()) == (400, {"password": NEEDED, field: NEEDED})
    values = {"username": "ann", "email": "ann@example.com"}
    asked = {name: values[name] for name in {*model.REQUIRED_FIELDS, field}}
    made = djoser("POST", "users/", {**asked, "password": PASSWORD})
    assert made.status == 201
    known = {each.name for each in model._meta.concrete_fields}
    optional = [name for name in ("name", "phone") if name in known]
    assert list(made.json()) == [*model.REQUIRED_FIELDS, field, "id", *optional]
    user = model.objects.get()
    assert list(djoser("GET", "users/me/", as_=user).json()) == [
        *model.REQUIRED_FIELDS,
        "id",
        field,
        *optional,
    ]


@pytest.mark.core
@pytest.mark.django_db
def test_the_other_names_change_under_the_name_of_the_field(djoser, make_user):
    user, field = make_user("ann"), main_field()
    body = {"current_password": PASSWORD}
    answer = djoser("POST", f"users/set_{field}/", body, as_=user)
    assert (answer.status, answer.json()) == (400, {f"new_{field}": NEEDED})
    new = {"username": "annie", "email": "annie@example.com"}[field]
    sent = mailed(
        lambda: djoser("POST", f"users/set_{field}/", {**body, f"new_{field}": new}, as_=user)
    )
    user.refresh_from_db()
    if field == "email":
        assert user.email == "ann@example.com"
        assert [each.to for each in sent] == [[new]]
        assert FRONT_END in sent[0].body
    else:
        assert user.get_username() == new


@pytest.mark.core
@pytest.mark.django_db
def test_name_and_phone_are_ones_own_to_change_where_the_model_has_them(djoser, make_user):
    user = make_user("ann")
    known = {each.name for each in get_user_model()._meta.concrete_fields}
    asked = {"name": "Tom Hanks", "phone": "+48 123 666 789"}
    answer = djoser("PATCH", "users/me/", asked, as_=user)
    assert answer.status == 200
    shown = {name: value for name, value in asked.items() if name in known}
    assert {name: answer.json().get(name) for name in shown} == shown
    odd = djoser("PATCH", "users/me/", {"phone": "call me"}, as_=user)
    assert odd.status == (400 if "phone" in known else 200)


WHO = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
OWN = {"badge": "A1", "team": 1, "born": "1999-12-31", "colour": "red"}


@pytest.fixture(scope="module")
def told() -> dict[str, list[Any]]:
    """What a host answers whose model asks for a unique badge, a team, a day and a colour."""
    ben = {**WHO, "username": "ben", "email": "ben@example.com"}
    wrong = {"badge": "a", "team": 7, "born": "tomorrow", "colour": "green"}
    steps = {
        "nothing": ["POST", "users/", {}],
        "ann": ["POST", "users/", {**WHO, **OWN}],
        "the same badge": ["POST", "users/", {**ben, **OWN}],
        "wrong values": ["POST", "users/", {**ben, **wrong}],
        "ben": ["POST", "users/", {**ben, **OWN, "badge": "B1", "team": 2}],
        "log in": ["POST", "jwt/create/", {"username": "ann", "password": PASSWORD}],
        "me": ["GET", "users/me/", None],
        "another badge": ["PATCH", "users/me/", {"badge": "A2"}],
        "a taken badge": ["PATCH", "users/me/", {"badge": "B1"}],
        "an address, and a taken badge": [
            "PATCH",
            "users/me/",
            {"email": "new@example.com", "badge": "B1"},
        ],
        "mails": ["MAILS", "", None],
        "half of it": ["PUT", "users/me/", {"badge": "A3"}],
        "all of it": ["PUT", "users/me/", {**OWN, "team": 2}],
        "list": ["GET", "users/", None],
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.presets.djoser.host"],
        input=json.dumps(list(steps.values())),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(zip(steps, json.loads(done.stdout), strict=True))


def test_other_required_fields_are_asked_for_and_shown(told):
    missing = dict.fromkeys(["password", *OWN, "username"], NEEDED)
    assert told["nothing"] == [400, missing]
    shown = {"email": WHO["email"], **OWN}
    assert told["ann"] == [201, {**shown, "username": "ann", "id": 1}]
    assert list(told["ann"][1]) == [*shown, "username", "id"]
    assert told["ben"][0] == 201
    assert told["me"] == [200, {**shown, "id": 1, "username": "ann"}]
    assert list(told["me"][1]) == [*shown, "id", "username"]
    assert told["list"] == [200, [told["all of it"][1]]]


def test_they_are_checked_as_the_model_says(told):
    taken = {"badge": ["user with this badge already exists."]}
    assert told["the same badge"] == told["a taken badge"] == [400, taken]
    assert told["an address, and a taken badge"] == [400, taken]
    assert told["mails"] == []
    assert told["wrong values"][0] == 400
    assert list(told["wrong values"][1]) == list(OWN)


def test_they_are_ones_own_to_change(told):
    assert told["another badge"] == [200, {**told["me"][1], "badge": "A2"}]
    assert told["half of it"] == [400, dict.fromkeys(["team", "born", "colour"], NEEDED)]
    assert told["all of it"] == [200, {**told["me"][1], "team": 2}]
