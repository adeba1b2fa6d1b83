"""A failure stays counted, also where a host wraps each request in a transaction.

``make test-uuid`` runs these under ``ATOMIC_REQUESTS``; Django rolls such a request back where
a view raises, and REST framework marks it for rollback on every error it answers.
"""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import authenticate
from django.db import connections
from django.test import RequestFactory

from jwt_accounts.errors import Code
from jwt_accounts.models import Account, UserSession
from tests.conftest import PASSWORD, identifier_of
from tests.http.endpoints import CANONICAL, ENDPOINTS

pytestmark = [pytest.mark.django_db, pytest.mark.core]

SIGN_INS = [call for call in CANONICAL if call.action.limit == "sign_in" and call.is_public]


@pytest.fixture
def send(client):
    def post(call, identifier, password):
        either = {"email", "tenant"} if "username" in call.fields else set()
        named = dict.fromkeys(set(call.fields) - either, identifier)
        body = {**named, "password": password}
        return client.post(call.endpoint.url(), json.dumps(body), content_type="application/json")

    return post


def wrong(call):
    """How the contract says that the credentials are wrong."""
    return call.endpoint.contract.errors[Code.WRONG_CREDENTIALS].status


def locked(call):
    """How the contract says that an account is locked."""
    return call.endpoint.contract.errors[Code.ACCOUNT_LOCKED].status


def test_no_endpoint_is_ever_inside_the_hosts_transaction():
    from django.urls import resolve

    assert ENDPOINTS
    for endpoint in ENDPOINTS:
        view = resolve(endpoint.url(**dict.fromkeys(endpoint.keys, 1))).func
        assert view._non_atomic_requests == set(connections), endpoint


@pytest.mark.parametrize("call", SIGN_INS, ids=str)
def test_each_wrong_password_stays_counted_and_the_last_one_locks(send, make_user, call):
    user = make_user()
    for number in range(1, 6):
        assert send(call, identifier_of(user), "wrong").status_code == wrong(call)
        assert Account.objects.get(user=user).failures == number
    assert Account.objects.get(user=user).locked_at is not None
    assert send(call, identifier_of(user), PASSWORD).status_code == locked(call)
    assert not UserSession.objects.filter(user=user).exists()


@pytest.mark.parametrize("doors", [SIGN_INS[:5], SIGN_INS[-5:]], ids=["the first", "the last"])
def test_all_doors_share_one_counter(send, make_user, doors):
    user = make_user()
    found = [send(call, identifier_of(user), "wrong").status_code for call in doors]
    assert found == [wrong(call) for call in doors]
    again = [send(call, identifier_of(user), PASSWORD) for call in SIGN_INS]
    assert [each.status_code for each in again] == [locked(call) for call in SIGN_INS]
    assert not UserSession.objects.exists()


def test_a_replayed_refresh_token_ends_the_session_though_the_request_fails(client, ctx, make_user):
    from jwt_accounts.flows.open_session import open_session

    tokens = open_session(ctx, user=make_user(), amr=("pwd",)).tokens
    UserSession.objects.filter(pk=tokens.session.pk).update(generation=5)
    response = client.post(
        "/accounts/token/refresh/",
        json.dumps({"refresh": tokens.refresh}),
        content_type="application/json",
    )
    assert response.status_code == 401
    assert response.json()["code"] == "refresh_reused"
    assert UserSession.objects.get(pk=tokens.session.pk).ended_at is not None


def test_a_hosts_own_log_in_view_counts_too(make_user):
    user = make_user()
    request = RequestFactory().post("/anything/")
    found = [
        authenticate(request, username=identifier_of(user), password="wrong") for _ in range(5)
    ]
    assert found == [None] * 5
    assert Account.objects.get(user=user).locked_at is not None
    assert authenticate(request, username=identifier_of(user), password=PASSWORD) is None
