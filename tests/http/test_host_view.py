"""``AccountAuthentication`` in a host's own view (tests/views.py)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.utils import timezone

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import Account, UserSession
from jwt_accounts.types import SessionEnd
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

STATELESS = override_settings(JWT_ACCOUNTS={"ACCESS_CHECK": "stateless"})


@pytest.fixture
def user(make_user):
    return make_user()


@pytest.fixture
def tokens(ctx, user):
    return open_session(ctx, user=user, amr=("pwd",)).tokens


@pytest.fixture
def hello(client):
    def get(authorization: str | None):
        headers = {} if authorization is None else {"HTTP_AUTHORIZATION": authorization}
        return client.get("/hello/", **headers)

    return get


def test_a_token_opens_the_view_and_tells_it_user_and_session(hello, user, tokens):
    response = hello(f"Bearer {tokens.access}")
    assert response.status_code == 200
    assert response.json() == {"id": str(user.pk), "session": tokens.session.pk.hex}


def test_it_costs_one_query(hello, tokens):
    with statements() as asked:
        hello(f"Bearer {tokens.access}")
    assert len(asked) == 1


@once
@pytest.mark.parametrize("header", [None, "", "Basic cm9vdDpyb290", "Bearer"])
def test_without_a_token_it_is_401_with_a_challenge(hello, header):
    response = hello(header)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


@once
@pytest.mark.parametrize("junk", ["x", "x.y.z", "\xff", "a" * 100_000])
def test_with_junk_it_is_401_with_a_challenge(hello, junk):
    response = hello(f"Bearer {junk}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_refresh_token_opens_nothing(hello, tokens):
    assert hello(f"Bearer {tokens.refresh}").status_code == 401


def end_session(user):
    UserSession.objects.filter(user=user).update(
        ended_at=timezone.now(), end_reason=SessionEnd.SIGNED_OUT
    )


def change_password(user):
    user.set_password("another horse battery")
    user.save()


def change_password_by_update(user):
    get_user_model()._default_manager.filter(pk=user.pk).update(password="!")


def deactivate(user):
    get_user_model()._default_manager.filter(pk=user.pk).update(is_active=False)


def lock_by_staff(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def delete(user):
    user.delete()


@pytest.mark.parametrize(
    "event",
    [
        end_session,
        change_password,
        change_password_by_update,
        deactivate,
        lock_by_staff,
        delete,
    ],
    ids=lambda event: event.__name__,
)
def test_what_ends_a_session_shows_on_the_very_next_request(hello, user, tokens, event):
    assert hello(f"Bearer {tokens.access}").status_code == 200
    event(user)
    assert hello(f"Bearer {tokens.access}").status_code == 401


def test_an_expired_token_opens_nothing(hello, tokens):
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert hello(f"Bearer {tokens.access}").status_code == 401


@STATELESS
def test_stateless_costs_no_query(hello, user, tokens):
    with statements() as asked:
        response = hello(f"Bearer {tokens.access}")
    assert asked == []
    assert response.json() == {"id": str(user.pk), "session": tokens.session.pk.hex}


@STATELESS
def test_stateless_a_token_lives_until_it_expires(hello, user, tokens):
    end_session(user)
    assert hello(f"Bearer {tokens.access}").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert hello(f"Bearer {tokens.access}").status_code == 401


@STATELESS
def test_stateless_takes_nothing_that_is_not_signed(hello, tokens):
    head, claims, _ = tokens.access.split(".")
    assert hello(f"Bearer {head}.{claims}.").status_code == 401
    assert hello(f"Bearer {tokens.refresh}").status_code == 401


@STATELESS
def test_stateless_concerns_the_hosts_views_and_not_this_librarys(client, user, tokens):
    end_session(user)
    response = client.get("/accounts/me/", HTTP_AUTHORIZATION=f"Bearer {tokens.access}")
    assert response.status_code == 401


@override_settings(SIMPLE_JWT={"SIGNING_KEY": "k" * 40, "AUTH_HEADER_TYPES": ("JWT", "Token")})
def test_the_scheme_is_the_one_simplejwts_settings_name(ctx, user, hello):
    access = open_session(ctx, user=user, amr=("pwd",)).tokens.access
    assert hello(f"JWT {access}").status_code == 200
    assert hello(f"token {access}").status_code == 200
    assert hello(f"Bearer {access}").status_code == 401
