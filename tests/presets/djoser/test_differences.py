"""The deliberate differences from djoser: a row of the page, a test here.

A test is named after its row. What djoser does in its place is in the transcripts of
``tests/oracle``.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from jwt_accounts.models import UserSession
from tests.conftest import PASSWORD
from tests.presets.djoser.conftest import FRONT_END, links_in
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[3] / "docs" / "presets" / "djoser.md"
BETTER = "a much better password"
NEW = {"username": "new", "email": "new@example.com", "password": PASSWORD}
NOT_VALID = {"detail": "Token is invalid or expired", "code": "token_not_valid"}
NOT_FOUND = {"detail": "Not found."}
BAD_LINK = {"token": ["Invalid token for given user."]}
BAD_UID = {"uid": ["Invalid user id or user doesn't exist."]}


def test_each_row_of_the_page_has_its_test():
    section = PAGE.read_text(encoding="utf-8").partition("## Deliberate differences")[2]
    rows = re.findall(r"^\| `([\w-]+)` \|", section, flags=re.MULTILINE)
    named = (name for name in globals() if name.startswith("test_") and "__" in name)
    tested = [name.removeprefix("test_").partition("__")[0].replace("_", "-") for name in named]
    assert rows
    assert sorted(set(tested)) == sorted(rows)


@pytest.fixture
def activates(settings):
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}


def made(answer, status=204):
    assert answer.status == status, answer
    return answer.json() if answer.body else None


def password_link(djoser, user):
    asked = {"email": user.email}
    return djoser.link(lambda: made(djoser("POST", "users/reset_password/", asked)))


def change_password(djoser, user, new=BETTER, current=PASSWORD):
    body = {"current_password": current, "new_password": new}
    return djoser("POST", "users/set_password/", body, as_=user)


@pytest.mark.parametrize(
    "path",
    ["jwt/createx", "jwt/create/more", "jwt/create//", "jwt/verifyx", "users/me/more", "xusers/"],
)
def test_anchored_patterns__a_path_is_one_path(djoser, ann, path):
    body = {"username": "ann", "password": PASSWORD}
    assert djoser.client.post(f"/auth/{path}", body).status_code == 404


def test_any_identifier__the_field_takes_every_identifier_of_the_user(djoser, ann):
    for name in ("ann", "ann@example.com"):
        assert djoser.sign_in(name).status == 200


def test_any_spelling__names_are_compared_in_any_case(djoser, ann):
    for name in ("ANN", "\N{FULLWIDTH LATIN SMALL LETTER A}nn", "Ann@Example.com"):
        assert djoser.sign_in(name).status == 200
    taken = djoser("POST", "users/", {**NEW, "username": "ANN"})
    assert made(taken, 400) == {"username": ["A user with that username already exists."]}
    small = f"bearer {djoser.pair(ann)['access']}"
    assert djoser("GET", "users/me/", authorization=small).status == 200


@pytest.mark.usefixtures("activates")
def test_cool_down__no_second_message_in_the_same_minute(djoser, clock):
    def resend():
        made(djoser("POST", "users/resend_activation/", {"email": NEW["email"]}))

    assert len(links_in(lambda: djoser("POST", "users/", NEW))) == 1
    assert mailed(resend) == []
    clock.shift(timedelta(seconds=61))
    assert len(links_in(resend)) == 1
    assert mailed(resend) == []


def test_dead_tokens__whatever_a_revoked_session_gave_is_401(djoser, ann):
    pair = djoser.pair(ann)
    UserSession.objects.get().delete()
    for token in pair.values():
        assert made(djoser("POST", "jwt/verify/", {"token": token}), 401) == NOT_VALID
    assert made(djoser("GET", "users/me/", token=pair["access"]), 401) == NOT_VALID
    assert made(djoser("POST", "jwt/refresh/", {"refresh": pair["refresh"]}), 401) == NOT_VALID


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.usefixtures("activates")
def test_email_change__it_takes_effect_when_the_new_address_is_confirmed(djoser, ann, method):
    def change():
        answer = djoser(method, "users/me/", {"email": "other@example.com"}, as_=ann)
        assert made(answer, 200)["email"] == "ann@example.com"

    link = djoser.link(change)
    assert made(djoser("GET", "users/me/", as_=ann), 200)["email"] == "ann@example.com"
    assert djoser.sign_in("ann").status == 200
    told = mailed(lambda: made(djoser("POST", "users/activation/", link)))
    assert [sent.to for sent in told] == [["ann@example.com"]]
    assert made(djoser("GET", "users/me/", as_=ann), 200)["email"] == "other@example.com"
    ann.refresh_from_db()
    assert ann.is_active


def test_email_change__an_empty_address_is_none(djoser, ann):
    answer = djoser("PATCH", "users/me/", {"email": ""}, as_=ann)
    assert list(made(answer, 400)) == ["email"]


def test_email_change__what_staff_writes_counts_at_once(djoser, make_user, ann):
    root = make_user("root", is_staff=True, is_superuser=True)
    body = {"email": "other@example.com"}
    assert made(djoser("PATCH", f"users/{ann.pk}/", body, as_=root), 200)["email"] == body["email"]
    ann.refresh_from_db()
    assert (ann.email, ann.is_active) == ("other@example.com", True)


def test_links_first__who_has_no_link_learns_nothing(djoser, ann, ben):
    uid = password_link(djoser, ann)["uid"]
    bad = {"uid": uid, "token": "nonsense"}
    weak = djoser("POST", "users/reset_password_confirm/", {**bad, "new_password": "password123"})
    taken = djoser("POST", "users/reset_username_confirm/", {**bad, "new_username": "ben"})
    assert made(weak, 400) == made(taken, 400) == BAD_LINK


def test_lockout__passwords_are_tried_five_times(djoser, ann):
    for _ in range(5):
        assert djoser.sign_in("ann", "wrong").status == 401
    locked = djoser.sign_in("ann")
    assert made(locked, 401)["code"] == "account_locked"
    assert int(locked.headers["Retry-After"]) > 0


def test_login_field__another_field_than_the_models_works_everywhere(djoser, settings):
    settings.DJOSER = {"LOGIN_FIELD": "email"}
    created = djoser("POST", "users/", {"email": "new@example.com", "password": PASSWORD})
    assert list(made(created, 201)) == ["email", "id"]
    who = {"email": "new@example.com", "password": PASSWORD}
    access = made(djoser("POST", "jwt/create/", who), 200)["access"]
    body = {"current_password": PASSWORD, "new_email": "other@example.com"}
    link = djoser.link(lambda: made(djoser("POST", "users/set_username/", body, token=access)))
    made(djoser("POST", "users/activation/", link))
    assert made(djoser("GET", "users/me/", token=access), 200)["email"] == "other@example.com"


@pytest.fixture
def rotating(settings):
    settings.SIMPLE_JWT = {**django_settings.SIMPLE_JWT, "ROTATE_REFRESH_TOKENS": True}


@pytest.mark.usefixtures("rotating")
def test_lost_answers__the_same_successor_comes_again_for_a_moment(djoser, ann, clock):
    body = {"refresh": djoser.pair(ann)["refresh"]}
    clock.shift(timedelta(seconds=1))
    first = made(djoser("POST", "jwt/refresh/", body), 200)
    again = made(djoser("POST", "jwt/refresh/", body), 200)
    assert again["refresh"] == first["refresh"] != body["refresh"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "users/"),
        ("DELETE", "users/"),
        ("POST", "users/me/"),
        ("GET", "users/set_password/"),
    ],
)
def test_methods_first__a_wrong_method_is_405_without_a_token_too(djoser, method, path):
    assert djoser(method, path, {}).status == 405


def test_name_and_phone__they_are_fields_where_the_model_has_them(djoser, settings):
    known = {each.name for each in get_user_model()._meta.concrete_fields}
    optional = [name for name in ("name", "phone") if name in known]
    body = made(djoser("POST", "users/", {**NEW, "name": "Tom", "phone": "+48123666789"}), 201)
    assert list(body) == ["email", "username", "id", *optional]


def test_newest_link__it_takes_the_place_of_the_older_one(djoser, ann):
    older, newer = password_link(djoser, ann), password_link(djoser, ann)
    body = {"new_password": BETTER}
    refused = djoser("POST", "users/reset_password_confirm/", {**older, **body})
    assert made(refused, 400) == BAD_LINK
    made(djoser("POST", "users/reset_password_confirm/", {**newer, **body}))


def test_no_500__odd_requests_have_answers(djoser, ann, make_user):
    pair = djoser.pair(ann)
    assert djoser("HEAD", "users/me/", token=pair["access"]).status == 200
    nothing = {"uid": None, "token": "x", "new_password": BETTER}
    answer = djoser("POST", "users/reset_password_confirm/", nothing)
    assert made(answer, 400) == {"uid": ["This field may not be null."]}
    ann.delete()
    assert made(djoser("POST", "jwt/refresh/", {"refresh": pair["refresh"]}), 401) == NOT_VALID


def test_no_500__an_address_of_two_users_is_no_error(djoser, ann, make_user):
    make_user("another", email=ann.email)
    asked = {"email": ann.email}
    made(djoser("POST", "users/reset_password/", asked))


def test_no_router__there_is_no_index_no_format_and_no_description(djoser, ann):
    for path in ("", "users.json", ".json"):
        assert djoser.client.get(f"/auth/{path}").status_code == 404
    assert made(djoser("GET", "users/me.json", as_=ann), 404) == NOT_FOUND
    assert djoser("OPTIONS", "users/", as_=ann).status == 405


@pytest.mark.parametrize("field", NEW)
def test_numbers_are_no_texts__a_text_is_a_text(djoser, field):
    answer = djoser("POST", "users/", {**NEW, field: 12345678901})
    assert list(made(answer, 400)) == [field]
    assert get_user_model().objects.count() == 0


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"null", b"7", b"true", b"{"])
def test_objects_only__anything_else_is_like_broken_json(djoser, raw):
    answer = djoser("POST", "users/", raw)
    assert list(made(answer, 400)) == ["detail"]


def test_one_404__nothing_tells_whether_an_id_is_somebodys(djoser, ann, ben):
    for path in (f"users/{ben.pk}/", "users/999999/", "users/nobody/", "users/0/"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"current_password": PASSWORD, "email": "x@example.com"}
            answer = djoser(method, path, None if method == "GET" else body, as_=ann)
            assert made(answer, 404) == NOT_FOUND
    ben.refresh_from_db()
    assert ben.email == "ben@example.com"


def test_one_at_a_time__a_wrong_password_is_told_alone(djoser, ann, ben, settings):
    body = {"current_password": "wrong", "new_username": "ben"}
    answer = djoser("POST", "users/set_username/", body, as_=ann)
    assert made(answer, 400) == {"current_password": ["Invalid password."]}
    settings.DJOSER = {"SET_PASSWORD_RETYPE": True}
    body = {"current_password": "wrong", "new_password": BETTER, "re_new_password": "other"}
    answer = djoser("POST", "users/set_password/", body, as_=ann)
    assert made(answer, 400) == {"non_field_errors": ["The two password fields didn't match."]}


@pytest.mark.usefixtures("activates")
def test_one_purpose__a_link_does_what_its_message_says(djoser, ann):
    activation = djoser.link(lambda: djoser("POST", "users/", NEW))
    body = {**activation, "new_password": BETTER, "new_username": "newer"}
    for path in ("users/reset_password_confirm/", "users/reset_username_confirm/"):
        assert made(djoser("POST", path, body), 400) == BAD_LINK
    reset = password_link(djoser, ann)
    for path in ("users/activation/", "users/reset_username_confirm/"):
        assert made(djoser("POST", path, {**reset, "new_username": "newer"}), 400) == BAD_LINK


def test_one_token_error__a_token_does_not_count_in_one_way(djoser, ann, clock):
    pair = djoser.pair(ann)
    wrong = {"nonsense", pair["access"][:-2] + "xx", pair["refresh"]}
    for token in wrong:
        assert made(djoser("GET", "users/me/", token=token), 401) == NOT_VALID
    for token in wrong - {pair["refresh"]} | {pair["access"]}:
        assert made(djoser("POST", "jwt/refresh/", {"refresh": token}), 401) == NOT_VALID
    clock.shift(timedelta(days=2))
    for token in pair.values():
        assert made(djoser("POST", "jwt/verify/", {"token": token}), 401) == NOT_VALID


@pytest.mark.parametrize("uid", ["%%%", "bm9ib2R5", "LTE", "OTk5OTk5", "MDE", "a" * 200, "é"])
def test_one_uid_error__what_is_no_key_is_told_like_a_stranger(djoser, ann, uid):
    token = password_link(djoser, ann)["token"]
    body = {"uid": uid, "token": token, "new_password": BETTER}
    assert made(djoser("POST", "users/reset_password_confirm/", body), 400) == BAD_UID


def test_own_rules__those_of_the_roles_bind(djoser, make_user, make_role):
    user = make_user("sue", groups=[make_role("Keeper", minimum_characters=30)])
    answer = change_password(djoser, user, BETTER)
    found = made(answer, 400)
    assert list(found) == ["new_password"]
    assert any("30" in sentence for sentence in found["new_password"])


def test_owner_is_told__of_a_password_a_name_and_a_deletion(djoser, ann):
    def rename():
        body = {"current_password": BETTER, "new_username": "annie"}
        made(djoser("POST", "users/set_username/", body, as_=ann))

    def delete():
        made(djoser("DELETE", "users/me/", {"current_password": BETTER}, as_=ann))

    for act in (lambda: made(change_password(djoser, ann)), rename, delete):
        assert [sent.to for sent in mailed(act)] == [["ann@example.com"]]


def test_password_ends_sessions__all_but_the_one_it_is_changed_in(djoser, ann):
    other = djoser.pair(ann)
    djoser("GET", "users/me/", as_=ann)
    made(change_password(djoser, ann))
    assert djoser("GET", "users/me/", as_=ann).status == 200
    assert made(djoser("GET", "users/me/", token=other["access"]), 401) == NOT_VALID
    assert made(djoser("POST", "jwt/refresh/", {"refresh": other["refresh"]}), 401) == NOT_VALID


def test_password_ends_sessions__a_reset_ends_all(djoser, ann):
    pair = djoser.pair(ann)
    link = password_link(djoser, ann)
    made(djoser("POST", "users/reset_password_confirm/", {**link, "new_password": BETTER}))
    assert made(djoser("POST", "jwt/refresh/", {"refresh": pair["refresh"]}), 401) == NOT_VALID
    assert djoser.sign_in("ann", BETTER).status == 200


def test_passwords_as_sent__white_space_is_part_of_one(djoser):
    made(djoser("POST", "users/", {**NEW, "password": f" {PASSWORD} "}), 201)
    assert djoser.sign_in("new", PASSWORD).status == 401
    assert djoser.sign_in("new", f" {PASSWORD} ").status == 200


def test_public_is_public__a_stale_token_stops_nobody(djoser, ann):
    assert djoser("POST", "users/", NEW, token="stale").status == 201
    for path, body in {
        "users/reset_password/": {"email": ann.email},
        "users/reset_username/": {"email": ann.email},
        "jwt/create/": {"username": "ann", "password": PASSWORD},
    }.items():
        assert djoser("POST", path, body, authorization="Bearer x").status in {200, 204}


def test_rate_limits__too_many_requests_are_429(djoser, settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": FRONT_END, "RATE_LIMITS": {"recovery_request": "2/m"}}
    found = [djoser("POST", "users/reset_password/", {}) for _ in range(3)]
    assert [each.status for each in found] == [400, 400, 429]
    assert found[2].json()["code"] == "rate_limited"
    assert int(found[2].headers["Retry-After"]) > 0


@pytest.mark.usefixtures("rotating")
def test_replays__a_used_token_that_comes_back_ends_the_session(djoser, ann, clock):
    first = djoser.pair(ann)["refresh"]
    clock.shift(timedelta(minutes=1))
    second = made(djoser("POST", "jwt/refresh/", {"refresh": first}), 200)
    clock.shift(timedelta(minutes=1))
    for token in (first, second["refresh"]):
        assert made(djoser("POST", "jwt/refresh/", {"refresh": token}), 401) == NOT_VALID
    assert made(djoser("GET", "users/me/", token=second["access"]), 401) == NOT_VALID


def test_settings_without_effect__nobody_is_told_who_has_an_account(djoser, ann, ben, settings):
    settings.DJOSER = {
        "PASSWORD_RESET_SHOW_EMAIL_NOT_FOUND": True,
        "USERNAME_RESET_SHOW_EMAIL_NOT_FOUND": True,
        "HIDE_USERS": False,
    }
    for path in ("users/reset_password/", "users/reset_username/"):
        made(djoser("POST", path, {"email": "nobody@example.com"}))
    assert made(djoser("GET", f"users/{ben.pk}/", as_=ann), 404) == NOT_FOUND


def test_slashes__a_path_answers_without_its_last_one(djoser, ann, settings):
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    assert djoser("POST", "users", NEW).status == 201
    for path in ("users", "users/me", f"users/{ann.pk}"):
        assert djoser("GET", path, as_=ann).status == 200


def test_staff_permission__is_staff_alone_shows_nobody_else(djoser, make_user, ann):
    tim = make_user("tim", is_staff=True)

    def seen():
        return {each["username"] for each in made(djoser("GET", "users/", as_=tim), 200)}

    assert seen() == {"tim"}
    path = f"users/{ann.pk}/"
    assert djoser("GET", path, as_=tim).status == 404
    model = get_user_model()._meta.model_name
    view = Permission.objects.get(codename=f"view_{model}")
    tim.user_permissions.add(view)
    assert seen() == {"tim", "ann"}
    assert djoser("GET", path, as_=tim).status == 200
    assert djoser("PATCH", path, {"email": "x@example.com"}, as_=tim).status == 404
    assert djoser("DELETE", path, {"current_password": PASSWORD}, as_=tim).status == 404


def test_superusers__nobody_reaches_above_and_the_last_one_stays(djoser, make_user):
    root = make_user("root", is_staff=True, is_superuser=True)
    sue = make_user("sue", is_staff=True)
    sue.user_permissions.set(Permission.objects.all())
    body = {"email": "root2@example.com", "current_password": PASSWORD}
    for method in ("PATCH", "DELETE"):
        assert made(djoser(method, f"users/{root.pk}/", body, as_=sue), 404) == NOT_FOUND
    answer = djoser("DELETE", "users/me/", {"current_password": PASSWORD}, as_=root)
    assert made(answer, 403)["code"] == "last_superuser"
    root.refresh_from_db()
    assert root.email == "root@example.com"


@pytest.mark.usefixtures("activates")
def test_switched_off_stays_off__no_link_revives_whom_staff_disabled(djoser):
    link = djoser.link(lambda: made(djoser("POST", "users/", NEW), 201))
    get_user_model().objects.update(is_active=False)
    assert made(djoser("POST", "users/activation/", link), 400) == BAD_LINK
    asked = {"email": NEW["email"]}
    assert mailed(lambda: made(djoser("POST", "users/resend_activation/", asked))) == []
    assert not get_user_model().objects.get().is_active


def test_uid_and_token__whatever_is_missing_is_told_at_once(djoser):
    answer = djoser("POST", "users/reset_username_confirm/", {})
    needed = ["This field is required."]
    assert made(answer, 400) == {"uid": needed, "token": needed, "new_username": needed}


def test_unique_email__an_address_is_one_users(djoser, ann, ben):
    taken = {"email": ["A user with that email already exists."]}
    for email in ("ann@example.com", "ANN@Example.com"):
        assert made(djoser("POST", "users/", {**NEW, "email": email}), 400) == taken
    answer = djoser("PATCH", "users/me/", {"email": "ann@example.com"}, as_=ben)
    assert made(answer, 400) == taken


def test_used_passwords__neither_the_present_one_nor_an_old_one_is_set_again(djoser, ann):
    assert list(made(change_password(djoser, ann, PASSWORD), 400)) == ["new_password"]
    made(change_password(djoser, ann))
    again = change_password(djoser, ann, PASSWORD, BETTER)
    assert list(made(again, 400)) == ["new_password"]
