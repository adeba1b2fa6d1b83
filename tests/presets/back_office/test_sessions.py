"""``logout/`` and ``token/refresh/``: one refresh token a session, and a session ends at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import timezone

pytestmark = pytest.mark.django_db

MESSAGE = b'{"message":"Succesfully log out  refreshToken"}'


@pytest.fixture
def tokens(office):
    return office.log_in("manager")


@pytest.fixture
def works(office):
    """Whether the access token and the refresh token of a log-in still do."""

    def ask(tokens) -> tuple[bool, bool]:
        refreshed = office("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        read = office("GET", "users", token=tokens["access"])
        assert {refreshed.status_code, read.status_code} <= {200, 401}
        return read.status_code == 200, refreshed.status_code == 200

    return ask


BOTH, NEITHER = (True, True), (False, False)


def days_later(days: float):
    return time_machine.travel(timezone.now() + timedelta(days=days), tick=False)


class TestRefresh:
    def test_it_answers_access_alone_and_the_new_one_works(self, office, tokens):
        response = office("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        assert response.status_code == 200
        assert list(response.json()) == ["access"]
        assert office("GET", "users", token=response.json()["access"]).status_code == 200

    def test_the_refresh_token_is_used_again_and_again(self, office, tokens):
        """It does not rotate here: nothing is a replay, also long after the grace of others."""
        for hours in (0, 1, 10, 20):
            with days_later(hours / 24):
                for _ in range(2):
                    answer = office("POST", "token/refresh/", {"refresh": tokens["refresh"]})
                    assert answer.status_code == 200, answer.content

    def test_earlier_access_tokens_go_on_until_they_expire(self, office, tokens, works):
        office("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        assert works(tokens) == BOTH
        with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
            assert works(tokens) == (False, True)

    def test_the_session_has_an_absolute_end(self, tokens, works):
        with days_later(1.001):
            assert works(tokens) == NEITHER

    @override_settings(JWT_ACCOUNTS={"SESSION_IDLE_LIFETIME": timedelta(hours=2)})
    def test_the_session_has_an_idle_end_that_use_puts_off(self, office):
        used, idle = office.log_in("manager"), office.log_in("manager")
        start = timezone.now()
        for minutes, expected in ((100, 200), (200, 200), (321, 401)):
            with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
                answer = office("POST", "token/refresh/", {"refresh": used["refresh"]})
                assert answer.status_code == expected
        with time_machine.travel(start + timedelta(minutes=121), tick=False):
            answer = office("POST", "token/refresh/", {"refresh": idle["refresh"]})
            assert answer.status_code == 401
            assert list(answer.json()) == ["detail", "code"]

    @pytest.mark.parametrize("junk", ["x", "x.y.z", "eyJhbGciOiJub25lIn0.e30.", "a" * 8000])
    def test_junk_is_refused(self, office, junk):
        answer = office("POST", "token/refresh/", {"refresh": junk})
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Token is invalid or expired", "code": "token_not_valid"}

    def test_an_access_token_is_no_refresh_token_and_the_reverse(self, office, tokens):
        wrong = office("POST", "token/refresh/", {"refresh": tokens["access"]})
        assert wrong.status_code == 401
        assert office("GET", "users", token=tokens["refresh"]).status_code == 401

    @pytest.mark.parametrize("body", [{}, {"refresh": ""}, {"refresh": None}, {"refresh": 1}, b""])
    def test_a_missing_token_is_named(self, office, body):
        answer = office("POST", "token/refresh/", body)
        assert answer.status_code == 400
        assert list(answer.json()) == ["refresh"]


class TestLogout:
    def test_it_says_the_documented_words_and_ends_the_session_at_once(self, office, tokens, works):
        response = office("POST", "logout/", {"refresh": tokens["refresh"]}, token=tokens["access"])
        assert (response.status_code, response.content) == (200, MESSAGE)
        assert works(tokens) == NEITHER

    @pytest.mark.parametrize("body", [{}, None, {"other": 1}])
    def test_the_bearer_token_alone_is_enough(self, office, tokens, works, body):
        response = office("POST", "logout/", body, token=tokens["access"])
        assert (response.status_code, response.content) == (200, MESSAGE)
        assert works(tokens) == NEITHER

    def test_other_sessions_go_on(self, office, tokens, works):
        other = office.log_in("manager")
        office("POST", "logout/", {"refresh": tokens["refresh"]}, token=tokens["access"])
        assert works(other) == BOTH

    def test_the_refresh_token_of_ones_other_session_ends_that_one_too(self, office, tokens, works):
        other = office.log_in("manager")
        office("POST", "logout/", {"refresh": other["refresh"]}, token=tokens["access"])
        assert works(tokens) == works(other) == NEITHER

    def test_somebody_elses_refresh_token_ends_nothing(self, office, tokens, works):
        foreign = office.log_in("admin")
        response = office(
            "POST", "logout/", {"refresh": foreign["refresh"]}, token=tokens["access"]
        )
        assert response.status_code == 401
        assert works(tokens) == works(foreign) == BOTH

    def test_a_refresh_token_that_is_none_ends_nothing(self, office, tokens, works):
        for junk in ("x", tokens["access"]):
            response = office("POST", "logout/", {"refresh": junk}, token=tokens["access"])
            assert response.status_code == 401
            assert response.json()["code"] == "token_not_valid"
        assert works(tokens) == BOTH

    def test_a_second_time_there_is_nothing_to_end(self, office, tokens):
        for status in (200, 401):
            response = office(
                "POST", "logout/", {"refresh": tokens["refresh"]}, token=tokens["access"]
            )
            assert response.status_code == status

    def test_it_wants_a_bearer_token(self, office, tokens, works):
        response = office("POST", "logout/", {"refresh": tokens["refresh"]})
        assert response.status_code == 401
        assert works(tokens) == BOTH


class TestWhatEndsASession:
    """Each shows on the very next request, for both tokens."""

    def test_a_new_password_set_by_staff(self, office, demo_accounts, tokens, works):
        change = {"password": "Gigi-pyramid-2"}
        path = f"users/{demo_accounts['manager'].pk}/edit/"
        assert office("PUT", path, change, as_="admin").status_code == 200
        assert works(tokens) == NEITHER

    def test_a_new_password_that_is_refused_does_not(self, office, demo_accounts, tokens, works):
        path = f"users/{demo_accounts['manager'].pk}/edit/"
        for password in ("gigi-pyramid-2", "Manager-demo-1"):
            answer = office("PUT", path, {"password": password}, as_="admin")
            assert (answer.status_code, list(answer.json())) == (400, ["password"])
        assert works(tokens) == BOTH

    def test_a_new_password_set_anywhere(self, demo_accounts, tokens, works):
        get_user_model().objects.filter(username="manager").update(password="!")
        assert works(tokens) == NEITHER

    def test_a_deactivation(self, demo_accounts, tokens, works):
        get_user_model().objects.filter(username="manager").update(is_active=False)
        assert works(tokens) == NEITHER

    def test_a_deactivation_and_a_change_of_mind(self, office, demo_accounts, tokens, works):
        """Ended is ended, where it was ended here."""
        path = f"/accounts/users/{demo_accounts['manager'].pk}/"
        header = {"HTTP_AUTHORIZATION": f"Bearer {office.log_in('admin')['access']}"}
        for active in (False, True):
            office.client.patch(
                path, {"is_active": active}, content_type="application/json", **header
            )
        assert works(tokens) == NEITHER

    def test_a_lock_by_staff(self, office, demo_accounts, tokens, works):
        access = office.log_in("admin")["access"]
        response = office.client.put(
            f"/accounts/users/{demo_accounts['manager'].pk}/lock/",
            HTTP_AUTHORIZATION=f"Bearer {access}",
        )
        assert response.status_code == 204
        assert works(tokens) == NEITHER
        body = {"username": "manager", "password": "Manager-demo-1"}
        assert office("POST", "login/", body).content == b'{"code":3}'

    def test_a_deletion(self, demo_accounts, tokens, works):
        demo_accounts["manager"].delete()
        assert works(tokens) == NEITHER

    def test_wrong_passwords_of_a_stranger_do_not(self, office, tokens, works):
        body = {"username": "manager", "password": "no"}
        assert [office("POST", "login/", body).status_code for _ in range(6)][-1] == 423
        assert works(tokens) == BOTH

    def test_a_role_taken_away_does_not_but_its_rights_are_gone(
        self, office, demo_accounts, tokens
    ):
        demo_accounts["manager"].groups.clear()
        assert office("GET", "users", token=tokens["access"]).status_code == 403
