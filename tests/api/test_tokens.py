"""``POST token/refresh/``, ``token/verify/`` and ``token/revoke/``."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
import time_machine
from django.test import override_settings
from django.utils import timezone

from jwt_accounts.models import Account, UserSession
from tests.api.conftest import fields, problem

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def tokens(api, user):
    return api.tokens(user)


@pytest.fixture
def refresh(api):
    return lambda token: api("POST", "token/refresh/", {"refresh": token})


def seconds_later(seconds: float):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds), tick=False)


class TestRefresh:
    def test_it_gives_a_new_pair_of_the_same_session(self, api, tokens, refresh):
        with seconds_later(20):
            body = refresh(tokens["refresh"]).json()
        assert set(body) == {"access", "refresh", "token_type", "expires_in", "session"}
        assert body["session"] == tokens["session"]
        assert body["refresh"] != tokens["refresh"]
        assert body["access"] != tokens["access"]
        assert body["expires_in"] == 300
        for access in (body["access"], tokens["access"]):
            assert api("GET", "me/", token=access).status_code == 200

    def test_a_lost_answer_costs_nobody_the_session(self, tokens, refresh):
        first = refresh(tokens["refresh"]).json()
        again = refresh(tokens["refresh"])
        assert again.status_code == 200
        assert again.json()["refresh"] == first["refresh"]
        assert refresh(first["refresh"]).status_code == 200

    def test_a_replay_ends_the_session(self, api, tokens, refresh):
        newest = refresh(tokens["refresh"]).json()
        with seconds_later(11):
            problem(refresh(tokens["refresh"]), 401, "refresh_reused")
            problem(refresh(newest["refresh"]), 401, "session_ended")
            problem(api("GET", "me/", token=newest["access"]), 401, "session_ended")

    def test_an_ancestor_is_a_replay_within_the_grace_too(self, tokens, refresh):
        child = refresh(tokens["refresh"]).json()
        refresh(child["refresh"])
        problem(refresh(tokens["refresh"]), 401, "refresh_reused")

    @override_settings(JWT_ACCOUNTS={"REFRESH_GRACE": timedelta(0)})
    def test_without_grace_the_second_use_is_a_replay(self, tokens, refresh):
        assert refresh(tokens["refresh"]).status_code == 200
        problem(refresh(tokens["refresh"]), 401, "refresh_reused")

    def test_it_expires(self, tokens, refresh):
        with seconds_later(86400 + 1):
            problem(refresh(tokens["refresh"]), 401, "token_invalid")

    def test_no_chain_of_refreshes_outlives_the_absolute_end(self, api, user, refresh):
        start = timezone.now()
        with override_settings(JWT_ACCOUNTS={"SESSION_LIFETIME": timedelta(days=2)}):
            token = api.tokens(user)["refresh"]
            for hours in (20, 40):
                with time_machine.travel(start + timedelta(hours=hours), tick=False):
                    response = refresh(token)
                    assert response.status_code == 200
                    token = response.json()["refresh"]
            claims = jwt.decode(token, options={"verify_signature": False})
            assert claims["exp"] <= (start + timedelta(days=2)).timestamp() + 1
            with time_machine.travel(start + timedelta(hours=49), tick=False):
                assert refresh(token).status_code == 401

    @pytest.mark.parametrize(
        "junk", ["x", "x.y.z", "\u00e9", "a" * 8193, "eyJhbGciOiJub25lIn0.e30."]
    )
    def test_junk_is_refused(self, refresh, junk):
        response = refresh(junk)
        assert response.status_code in {400, 401}
        assert response.json()["code"] in {"token_invalid", "invalid"}

    def test_an_access_token_is_no_refresh_token(self, tokens, refresh):
        problem(refresh(tokens["access"]), 401, "token_invalid")

    def test_an_access_token_of_the_host_is_no_refresh_token_with_another_type(
        self, tokens, refresh, settings
    ):
        claims = jwt.decode(tokens["refresh"], options={"verify_signature": False})
        forged = jwt.encode(claims, settings.SIMPLE_JWT["SIGNING_KEY"], algorithm="HS256")
        problem(refresh(forged), 401, "token_invalid")

    @pytest.mark.parametrize("event", ["deactivated", "locked", "password", "deleted"])
    def test_what_takes_the_users_right_away_ends_it(self, user, tokens, refresh, event):
        if event == "deactivated":
            user.is_active = False
            user.save()
        elif event == "locked":
            Account.objects.filter(user=user).update(staff_locked_at=timezone.now())
        elif event == "password":
            user.set_password("another horse battery")
            user.save()
        else:
            user.delete()
        response = refresh(tokens["refresh"])
        assert response.status_code == 401
        assert response.json()["code"] in {"session_ended", "token_invalid"}

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({}, {"refresh": "required"}),
            ({"refresh": ""}, {"refresh": "blank"}),
            ({"refresh": None}, {"refresh": "null"}),
            ({"refresh": 7}, {"refresh": "invalid"}),
            ({"refresh": ["a"]}, {"refresh": "invalid"}),
        ],
    )
    def test_a_field_that_is_wrong_is_named(self, api, body, expected):
        assert fields(api("POST", "token/refresh/", body)) == expected


class TestVerify:
    def test_a_token_that_counts_is_described(self, api, tokens):
        response = api("POST", "token/verify/", {"token": tokens["access"]})
        assert response.status_code == 200
        body = response.json()
        assert set(body) == {"token_type", "session", "expires_in"}
        assert (body["token_type"], body["session"]) == ("access", tokens["session"])
        assert 0 < body["expires_in"] <= 300

    def test_every_token_that_does_not_count_is_refused(self, api, user, tokens):
        over = api.tokens(user)
        api("POST", "sign-out/", token=over["access"])
        verify = {
            "token_invalid": ["x", tokens["refresh"], tokens["access"][:-3]],
            "session_ended": [over["access"]],
        }
        for code, dead in verify.items():
            for token in dead:
                problem(api("POST", "token/verify/", {"token": token}), 401, code)
        with seconds_later(301):
            problem(api("POST", "token/verify/", {"token": tokens["access"]}), 401, "token_invalid")

    def test_a_missing_token_is_named(self, api, db):
        assert fields(api("POST", "token/verify/", {})) == {"token": "required"}


class TestRevoke:
    @pytest.mark.parametrize("kind", ["access", "refresh"])
    def test_either_token_ends_the_session_for_both(self, api, tokens, refresh, kind):
        assert api("POST", "token/revoke/", {"token": tokens[kind]}).status_code == 200
        problem(api("GET", "me/", token=tokens["access"]), 401, "session_ended")
        problem(refresh(tokens["refresh"]), 401, "session_ended")

    def test_other_sessions_go_on(self, api, user, tokens):
        other = api.tokens(user)
        api("POST", "token/revoke/", {"token": tokens["refresh"]})
        assert api("GET", "me/", token=other["access"]).status_code == 200

    def test_a_token_that_is_none_gets_the_same_answer(self, api, tokens):
        """RFC 7009 section 2.2: what the client wants is so."""
        answers = {
            (response.status_code, response.content, str(response.headers))
            for token in (tokens["refresh"], tokens["refresh"], "x", "x.y.z", "a" * 8000)
            for response in [api("POST", "token/revoke/", {"token": token})]
        }
        assert len(answers) == 1

    def test_a_stolen_name_of_a_session_ends_nothing(self, api, tokens):
        api("POST", "token/revoke/", {"token": tokens["session"]})
        assert UserSession.objects.get(pk=tokens["session"]).ended_at is None

    def test_a_missing_token_is_named(self, api, db):
        assert fields(api("POST", "token/revoke/", {})) == {"token": "required"}
