"""``me/``, ``users/`` and ``users/ID/``."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields
from tests.api.conftest import fields, problem
from tests.api.test_sign_in import USER_KEYS
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]

NEW_PASSWORD = "another horse battery"


def everybody():
    return list(get_user_model()._default_manager.order_by("pk").values())


def new(name: str = "newcomer", **more) -> dict[str, object]:
    return {"username": name, "email": f"{name}@example.com", "password": NEW_PASSWORD, **more}


class TestMe:
    def test_it_is_the_user_who_is_signed_in(self, api, user):
        body = api("GET", "me/", token=api.access(user)).json()
        assert set(body) == USER_KEYS - {"roles"}
        assert body["id"] in {user.pk, str(user.pk)}
        assert body["is_active"] is True
        assert body["is_staff"] is body["is_superuser"] is False

    def test_it_shows_what_was_changed_a_moment_ago(self, api, user):
        access = api.access(user)
        get_user_model()._default_manager.filter(pk=user.pk).update(email="new@example.com")
        assert api("GET", "me/", token=access).json()["email"] == "new@example.com"

    def test_it_wants_a_token(self, api, db):
        problem(api("GET", "me/"), 401, "not_authenticated")
        problem(api("GET", "me/", token="x"), 401, "token_invalid")


class TestList:
    def test_it_shows_users_with_their_roles(self, api, manager, user):
        body = api("GET", "users/", token=api.access(manager)).json()
        assert set(body) == {"users", "next"}
        assert body["next"] is None
        assert all(set(each) == USER_KEYS for each in body["users"])
        assert {each["email"]: each["roles"] for each in body["users"]} == {
            "manager@example.com": ["Manager"],
            "somebody@example.com": [],
        }

    def test_pages_follow_one_another_and_hold_everybody_once(self, api, root, make_user):
        for _ in range(7):
            make_user()
        access, seen, query = api.access(root), [], "page_size=3"
        while query:
            body = api("GET", f"users/?{query}", token=access).json()
            assert len(body["users"]) <= 3
            seen += [each["id"] for each in body["users"]]
            query = body["next"] and f"page_size=3&after={body['next']}"
        assert [str(key) for key in seen] == [
            str(key)
            for key in get_user_model()._default_manager.order_by("pk").values_list("pk", flat=True)
        ]
        assert len(seen) == 8

    def test_a_page_that_is_exactly_full_is_the_last_one(self, api, root, user):
        body = api("GET", "users/?page_size=2", token=api.access(root)).json()
        assert (len(body["users"]), body["next"]) == (2, None)

    def test_a_search_finds_a_part_of_a_name_in_any_case(self, api, root, user):
        access = api.access(root)
        found = api("GET", "users/?search=OMEBOD", token=access).json()["users"]
        assert [each["email"] for each in found] == ["somebody@example.com"]
        assert api("GET", "users/?search=%25", token=access).json()["users"] == []

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("page_size=0", "page_size"),
            ("page_size=201", "page_size"),
            ("page_size=-1", "page_size"),
            ("page_size=a", "page_size"),
            ("page_size=1e2", "page_size"),
            ("page_size=%D9%A1", "page_size"),
            ("page_size=" + "9" * 5000, "page_size"),
            ("after=nobody", "after"),
            ("after=%00", "after"),
            ("after=" + "9" * 40, "after"),
            ("search=%00", "search"),
            ("search=" + "a" * 201, "search"),
        ],
    )
    def test_a_parameter_that_cannot_be_is_named(self, api, root, query, field):
        assert set(fields(api("GET", f"users/?{query}", token=api.access(root)))) == {field}

    def test_who_may_not_look_is_told_so(self, api, user):
        problem(api("GET", "users/", token=api.access(user)), 403, "forbidden")
        problem(api("GET", "users/"), 401, "not_authenticated")


class TestCreate:
    def test_a_new_user_can_sign_in(self, api, manager):
        response = api("POST", "users/", new(), token=api.access(manager))
        assert response.status_code == 201, response.content
        body = response.json()
        assert set(body) == USER_KEYS
        assert body["email"] == "newcomer@example.com"
        assert body["email_confirmed"] is True
        assert "password" not in response.content.decode()
        user = get_user_model()._default_manager.get(pk=body["id"])
        assert api.sign_in(user, NEW_PASSWORD).status_code == 200

    def test_without_a_password_nobody_signs_in_with_one(self, api, manager):
        body = new()
        del body["password"]
        made = api("POST", "users/", body, token=api.access(manager)).json()
        user = get_user_model()._default_manager.get(pk=made["id"])
        assert not user.has_usable_password()
        problem(api.sign_in(user, ""), 400, "invalid")
        problem(api.sign_in(user, NEW_PASSWORD), 401, "wrong_credentials")

    def test_a_taken_identifier_is_named_in_any_spelling(self, api, manager, user):
        access, before = api.access(manager), everybody()
        kind = "username" if user_fields().username else "email"
        for spelling in (identifier_of(user), identifier_of(user).upper()):
            response = api("POST", "users/", new(**{kind: spelling}), token=access)
            assert fields(response) == {kind: "unique"}
        assert fields(api("POST", "users/", new(email="SOMEBODY@example.COM"), token=access)) == {
            "email": "unique"
        }
        assert everybody() == before

    def test_a_phone_somebody_signs_in_with_is_taken(self, api, root):
        access = api.access(root)
        assert (
            api("POST", "users/", new("a1", phone="+40771694307"), token=access).status_code == 201
        )
        response = api("POST", "users/", new("b2", phone="+40 771 694-307"), token=access)
        assert fields(response) == {"phone": "unique"}

    @pytest.mark.parametrize("password", ["short", "password123"])
    def test_the_hosts_password_rules_hold(self, api, manager, password):
        access, before = api.access(manager), everybody()
        response = api("POST", "users/", new(password=password), token=access)
        assert set(fields(response)) == {"password"}
        assert everybody() == before

    @pytest.mark.parametrize(
        "body", [{}, {"email": ""}, {"email": "nonsense"}, {"username": "", "email": ""}]
    )
    def test_a_body_that_names_nobody_is_refused(self, api, root, body):
        access, before = api.access(root), everybody()
        problem(api("POST", "users/", body, token=access), 400, "invalid")
        assert everybody() == before

    @pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
    def test_only_a_superuser_makes_staff_or_superusers(self, api, manager, root, flag):
        access, before = api.access(manager), everybody()
        problem(api("POST", "users/", new(**{flag: True}), token=access), 403, "forbidden")
        assert everybody() == before
        response = api("POST", "users/", new(**{flag: True}), token=api.access(root))
        assert response.json()[flag] is True

    def test_who_may_not_is_told_so_and_nothing_is_made(self, api, user):
        access, before = api.access(user), everybody()
        problem(api("POST", "users/", new(), token=access), 403, "forbidden")
        problem(api("POST", "users/", new()), 401, "not_authenticated")
        assert everybody() == before


class TestOne:
    def test_it_is_shown_with_its_roles(self, api, manager, root):
        body = api("GET", f"users/{manager.pk}/", token=api.access(root)).json()
        assert set(body) == USER_KEYS
        assert body["roles"] == ["Manager"]

    def test_nobodys_id_is_not_there(self, api, root):
        problem(api("GET", "users/nobody/", token=api.access(root)), 404, "not_found")

    def test_who_may_not_look_learns_nothing_not_even_whether_it_is_there(self, api, user, root):
        access = api.access(user)
        there = api("GET", f"users/{root.pk}/", token=access)
        problem(there, 403, "forbidden")
        assert there.content == api("GET", "users/nobody/", token=access).content


class TestEdit:
    def test_what_is_sent_is_changed_and_the_rest_is_left(self, api, manager, user):
        before = get_user_model()._default_manager.filter(pk=user.pk).values().get()
        response = api(
            "PATCH", f"users/{user.pk}/", {"email": "new@example.com"}, token=api.access(manager)
        )
        assert response.status_code == 200, response.content
        assert response.json()["email"] == "new@example.com"
        after = get_user_model()._default_manager.filter(pk=user.pk).values().get()
        assert {key for key in after if after[key] != before[key]} == {"email"}
        body = {"identifier": "new@example.com", "password": PASSWORD}
        assert api("POST", "sign-in/", body).status_code == 200

    def test_an_empty_edit_changes_nothing(self, api, manager, user):
        access, before = api.access(manager), everybody()
        assert api("PATCH", f"users/{user.pk}/", {}, token=access).status_code == 200
        assert everybody() == before

    @pytest.mark.parametrize("change", [{"password": NEW_PASSWORD}, {"is_active": False}])
    def test_a_new_password_or_a_deactivation_ends_the_users_sessions(
        self, api, manager, user, change
    ):
        tokens = api.tokens(user)
        api("PATCH", f"users/{user.pk}/", change, token=api.access(manager))
        problem(api("GET", "me/", token=tokens["access"]), 401, "session_ended")
        problem(api("POST", "token/refresh/", {"refresh": tokens["refresh"]}), 401, "session_ended")

    def test_a_refused_edit_changes_nothing_of_what_was_right_in_it(self, api, manager, user, root):
        access, before = api.access(manager), everybody()
        accounts = list(Account.objects.order_by("pk").values_list("email_key", "phone_as_written"))
        for wrong, status in [
            ({"password": "short"}, 400),
            ({"email": "manager@example.com"}, 400),
            ({"is_staff": True}, 403),
            ({"is_superuser": "maybe"}, 400),
        ]:
            change = {"email": "changed@example.com", "phone": "0771", "is_active": False, **wrong}
            response = api("PATCH", f"users/{user.pk}/", change, token=access)
            assert response.status_code == status, response.content
        assert everybody() == before
        assert accounts == list(
            Account.objects.order_by("pk").values_list("email_key", "phone_as_written")
        )

    def test_nobody_reaches_above_themselves(self, api, manager, root, make_user):
        staff = make_user("clerk", is_staff=True)
        access, before = api.access(manager), everybody()
        for target in (root, staff):
            for change in ({"email": "a@b.example"}, {"password": NEW_PASSWORD}, {}):
                response = api("PATCH", f"users/{target.pk}/", change, token=access)
                problem(response, 403, "forbidden")
        assert everybody() == before

    def test_who_holds_more_is_out_of_reach_without_being_staff(
        self, api, manager, make_user, make_role
    ):
        make_role("Owner", rights=["delete_user"])
        owner = make_user("owner", groups=["Owner"])
        access, before = api.access(manager), everybody()
        response = api("PATCH", f"users/{owner.pk}/", {"password": NEW_PASSWORD}, token=access)
        problem(response, 403, "forbidden")
        assert everybody() == before

    @pytest.mark.parametrize("change", [{"is_superuser": False}, {"is_active": False}])
    def test_the_last_active_superuser_stays(self, api, root, make_user, change):
        make_user("retired", is_superuser=True, is_active=False)
        access, before = api.access(root), everybody()
        response = api("PATCH", f"users/{root.pk}/", change, token=access)
        problem(response, 409, "last_superuser")
        assert everybody() == before
        second = make_user("second", is_superuser=True)
        access = api.access(second)
        assert api("PATCH", f"users/{root.pk}/", change, token=access).status_code == 200

    def test_nobody_disables_their_own_account(self, api, root, manager, make_user):
        """Who would enable it?"""
        make_user("second", is_superuser=True)
        for actor in (root, manager):
            access, before = api.access(actor), everybody()
            response = api("PATCH", f"users/{actor.pk}/", {"is_active": False}, token=access)
            problem(response, 403, "forbidden")
            assert everybody() == before

    def test_a_role_that_is_taken_away_shows_on_the_next_request(self, api, manager, user):
        access = api.access(manager)
        assert api("GET", "users/", token=access).status_code == 200
        manager.groups.clear()
        problem(api("GET", "users/", token=access), 403, "forbidden")

    def test_who_may_not_is_told_so_for_oneself_too(self, api, user):
        access, before = api.access(user), everybody()
        for path in (f"users/{user.pk}/", "users/nobody/"):
            problem(api("PATCH", path, {"is_active": True}, token=access), 403, "forbidden")
        problem(api("PATCH", f"users/{user.pk}/", {}), 401, "not_authenticated")
        assert everybody() == before

    def test_nobodys_id_is_not_there(self, api, root):
        problem(api("PATCH", "users/nobody/", {}, token=api.access(root)), 404, "not_found")
