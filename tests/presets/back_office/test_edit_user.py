"""``users/User-ID/edit/``: complete or in part, and what is refused changes nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.models import Account, UserSession

pytestmark = pytest.mark.django_db

COMPLETE = {
    "username": "gica",
    "password": "gigi-pyramid-2",
    "first_name": "gigi",
    "last_name": "b",
    "email": "g@g.com",
    "phone": "0771694308",
    "is_staff": "0",
    "is_superuser": "0",
}


@pytest.fixture
def user(demo_accounts):
    return demo_accounts["eurogames"]


@pytest.fixture
def edit(office, user):
    def put(body, *, as_="manager", who=None):
        return office("PUT", f"users/{(who or user).pk}/edit/", body, as_=as_)

    return put


@pytest.fixture
def shown(office):
    """A user as the list shows one."""

    def get(user):
        (found,) = (
            each for each in office("GET", "users", as_="admin").json() if each["id"] == user.pk
        )
        return found

    return get


def state(user):
    row = get_user_model().objects.filter(pk=user.pk).values().get()
    del row["last_login"]
    account = Account.objects.filter(user=user).values().get()
    del account["tried_at"], account["known_clients"]
    ended = UserSession.objects.filter(user=user, ended_at__isnull=False).count()
    return row, account, ended


def test_a_complete_edit_changes_everything(office, edit, shown, user):
    response = edit(COMPLETE)
    assert (response.status_code, response.content) == (200, b"{}")
    wanted = {key: value for key, value in COMPLETE.items() if key != "password"}
    assert shown(user) == {**wanted, "id": user.pk, "is_staff": False, "is_superuser": False}
    assert office.log_in("gica", "gigi-pyramid-2")["role"] == "Cashier"
    answer = office("POST", "login/", {"username": "eurogames", "password": "gigi-pyramid-2"})
    assert answer.status_code == 401


@pytest.mark.parametrize("field", [name for name in COMPLETE if not name.startswith("is_")])
def test_an_edit_in_part_leaves_the_rest(edit, shown, user, field):
    before, (row, *_) = shown(user), state(user)
    assert edit({field: COMPLETE[field]}).content == b"{}"
    changed = {} if field == "password" else {field: COMPLETE[field]}
    assert shown(user) == {**before, **changed}
    after, *_ = state(user)
    assert (after["password"] != row["password"]) is (field == "password")


@pytest.mark.parametrize("body", [{}, None, {"unknown": 1, "id": 7, "groups": [1]}])
def test_an_edit_that_says_nothing_changes_nothing(edit, user, body):
    before = state(user)
    assert edit(body).content == b"{}"
    assert state(user) == before


@pytest.mark.parametrize(
    ("spelling", "meaning"),
    [("1", True), ("0", False), (1, True), (0, False), (True, True), (False, False)],
)
@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_a_flag_is_read_however_it_is_spelled(edit, shown, make_user, flag, spelling, meaning):
    target = make_user("target", **{flag: not meaning})
    assert edit({flag: spelling}, as_="admin", who=target).status_code == 200
    assert shown(target)[flag] is meaning


def test_values_can_be_emptied(edit, shown, user):
    edit({"first_name": "", "email": "", "phone": ""})
    found = shown(user)
    assert (found["first_name"], found["email"], found["phone"]) == ("", "", "")


def test_a_user_may_be_sent_the_name_and_address_it_has(edit, user):
    """A complete PUT repeats them: nobody is in one's own way."""
    for name in ("eurogames", "EuroGames"):
        response = edit({"username": name, "email": "email@egt.com"})
        assert response.status_code == 200, response.content


def test_somebody_elses_name_is_taken_in_every_spelling(edit, user):
    before = state(user)
    for spelling in ("manager", "MANAGER", " Manager"):
        response = edit({**COMPLETE, "username": spelling})
        assert response.status_code == 400
        assert response.content == b'{"username":["A user with that username already exists."]}'
    assert state(user) == before


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"username": "manager"}, 400),
        ({"username": ""}, 400),
        ({"username": None}, 400),
        ({"username": "a b"}, 400),
        ({"username": "a" * 151}, 400),
        ({"password": "short"}, 400),
        ({"password": ""}, 400),
        ({"email": "manager"}, 400),
        ({"email": "admin@egt.com"}, 400),
        ({"phone": "0" * 65}, 400),
        ({"first_name": "a" * 151}, 400),
        ({"is_staff": "2"}, 400),
        ({"is_staff": "1"}, 403),
        ({"is_superuser": True}, 403),
    ],
)
def test_what_is_refused_changes_nothing_of_what_was_right_in_it(
    office, demo_accounts, edit, user, wrong, status
):
    Account.objects.filter(user=demo_accounts["admin"]).update(email_key="admin@egt.com")
    office.log_in("eurogames")
    before = state(user)
    response = edit({**COMPLETE, **wrong})
    assert response.status_code == status, response.content
    assert list(response.json()) == (["detail"] if status == 403 else list(wrong))
    assert state(user) == before


@pytest.mark.parametrize(
    "body", [COMPLETE, {"first_name": "a"}, {"password": "gigi-pyramid-2"}, {}]
)
def test_a_manager_does_not_reach_above(edit, demo_accounts, make_user, body):
    for target in (demo_accounts["admin"], make_user("clerk", is_staff=True)):
        before = state(target)
        assert edit(body, who=target).status_code == 403
        assert state(target) == before


@pytest.mark.parametrize("who", ["eurogames", "attendant"])
def test_a_role_without_the_right_edits_nobody_not_even_itself(edit, demo_accounts, who):
    target = demo_accounts[who]
    before = state(target)
    assert edit({"first_name": "b"}, as_=who, who=target).status_code == 403
    assert state(target) == before


def test_the_last_superuser_stays_one(edit, demo_accounts):
    admin = demo_accounts["admin"]
    before = state(admin)
    response = edit({"is_superuser": "0"}, as_="admin", who=admin)
    assert response.status_code == 403
    assert response.json()["code"] == "last_superuser"
    assert state(admin) == before


@pytest.mark.parametrize("key", ["0", "999999", "abc", "-1", "%00", str(2**63), "1.0"])
def test_nobodys_id_is_404(office, key):
    response = office("PUT", f"users/{key}/edit/", COMPLETE, as_="manager")
    assert response.status_code == 404
    assert list(response.json()) == ["detail"]


def test_a_patch_is_not_documented(office, user):
    response = office("PATCH", f"users/{user.pk}/edit/", {}, as_="manager")
    assert response.status_code == 405
    assert response["Allow"] == "PUT"
