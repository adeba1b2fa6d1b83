"""Who has a second factor, at every contract: an honest refusal in its own words, and the canonical
second step, whose tokens are of use there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db.models.signals import post_save
from django.test import Client

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.credentials.challenges import secret_for
from jwt_accounts.errors import MESSAGES, Code
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Challenge, UserSession
from jwt_accounts.presets.chat.contract import LIFETIMES as CHAT
from jwt_accounts.presets.device_api.contract import LIFETIMES as DEVICES
from jwt_accounts.presets.tenant_portal.contract import LIFETIMES as PORTAL
from tests.conftest import PASSWORD
from tests.presets.calling import claims_of
from tests.second_factors import NOON, give_totp, shown

pytestmark = pytest.mark.django_db

STOCK = Lifetimes(access=timedelta(minutes=5), refresh=timedelta(days=1))
#: What every refusal tells that a client of the canonical second step needs.
STEP = {"code", "challenge_token", "factors", "expires_in"}


@dataclass(frozen=True)
class Contract:
    """Where one contract has its endpoints. ``refresh`` takes the refresh token or, where there is
    none, the access token as a bearer."""

    login: str
    shows: str
    refresh: str
    by: str = "username"
    status: int = 401
    lifetimes: Lifetimes = STOCK
    more: dict[str, str] = field(default_factory=dict)
    keeps: bool = True

    def log_in(self, password: str = PASSWORD) -> Any:
        who = {"email": "ann@example.com"}.get(self.by, "ann")
        return ask("POST", self.login, {self.by: who, "password": password, **self.more})

    def renew(self, tokens: dict[str, str]) -> Any:
        if not self.keeps:
            return ask("POST", self.refresh, token=tokens["access"])
        return ask("POST", self.refresh, {"refresh": tokens["refresh"]})


CONTRACTS = {
    "zero": Contract(
        login="/accounts/sign-in/",
        shows="/accounts/me/",
        refresh="/accounts/token/refresh/",
        by="identifier",
        status=403,
    ),
    "back_office": Contract(
        "/authentication/login/", "/authentication/users", "/authentication/token/refresh/"
    ),
    "djoser": Contract("/auth/jwt/create", "/auth/users/me/", "/auth/jwt/refresh"),
    "device_api": Contract(
        login="/api/auth/token/",
        shows="/api/v1/core/?all=1",
        refresh="/api/auth/token/refresh/",
        lifetimes=DEVICES,
    ),
    "chat": Contract(
        login="/api/token/",
        shows="/api/user/",
        refresh="/api/token/refresh/",
        by="email",
        lifetimes=CHAT,
    ),
    "tenant_portal": Contract(
        login="/api/login/",
        shows="/api/current_user/",
        refresh="/api/login/refresh/",
        lifetimes=PORTAL,
        more={"tenant": "two"},
        keeps=False,
    ),
    "rest_auth": Contract(
        login="/dj-rest-auth/login/",
        shows="/dj-rest-auth/user/",
        refresh="/dj-rest-auth/token/refresh/",
        status=200,
    ),
}

#: Where what is sent in messages is taken, and tokens: the field that a secret goes into.
DOORS = {
    "/accounts/token/refresh/": "refresh",
    "/accounts/token/verify/": "token",
    "/accounts/email/confirm/": "token",
    "/accounts/password/set/": "token",
    "/accounts/sign-in/enrol/": "challenge_token",
    "/auth/users/activation/": "token",
    "/auth/users/reset_password_confirm/": "token",
    "/auth/users/reset_username_confirm/": "token",
    "/dj-rest-auth/password/reset/confirm/": "token",
    "/dj-rest-auth/registration/verify-email/": "key",
    "/api/password/reset/confirm/": "token",
    "/api/sign_up/verify-email/": "key",
}
NEW = "another horse battery"
FILLER = {
    **dict.fromkeys(("password", "new_password", "new_password1", "new_password2"), NEW),
    "uid": "MQ",
    "new_username": "eve",
    "type": "totp",
}


def ask(method: str, path: str, body: Any = None, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = Client(raise_request_exception=False)
    return client.generic(method, path, json.dumps(body or {}), "application/json", headers=headers)


def second_step(token: str, code: str) -> Any:
    return ask("POST", "/accounts/sign-in/second-step/", {"challenge_token": token, "code": code})


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(params=CONTRACTS)
def contract(request) -> Contract:
    return CONTRACTS[request.param]


@pytest.fixture
def ann(make_user, ctx):
    user = make_user("ann", is_staff=True, is_superuser=True)
    for slug in ("one", "two"):
        tenant = Tenant.objects.create(slug=slug, name=slug, created_at=ctx.now)
        Membership.objects.create(tenant=tenant, user=user, role="member", joined_at=ctx.now)
    return user


def token_in(answer: Any) -> str:
    body = answer.json()
    return body.get("challenge_token") or body["ephemeral_token"]


def test_a_login_is_refused_and_says_how_to_go_on(contract, ann):
    give_totp(ann)
    answer = contract.log_in()
    assert answer.status_code == contract.status
    assert not UserSession.objects.exists()
    if contract.status == 200:
        assert list(answer.json()) == ["ephemeral_token", "mfa_required"]
        return
    body = answer.json()
    assert (answer["Content-Type"] == "application/json") is (contract.status == 401)
    assert set(body) >= STEP
    assert body["code"] == "mfa_required"
    assert body["factors"] == ["totp", "recovery_code"]
    assert body["expires_in"] == 300
    assert body["detail"] == MESSAGES[Code.MFA_REQUIRED]
    if contract.status == 401:
        assert set(body) - STEP == {"detail"}
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_canonical_second_step_gives_tokens_of_that_contract(contract, ann, clock):
    someone = give_totp(ann)
    step = token_in(contract.log_in())
    answer = second_step(step, someone.code())
    assert answer.status_code == 200
    tokens = answer.json()
    access, refresh = claims_of(tokens["access"]), claims_of(tokens["refresh"])
    assert timedelta(seconds=access["exp"] - access["iat"]) == contract.lifetimes.access
    kept = contract.lifetimes.refresh or STOCK.refresh
    assert timedelta(seconds=refresh["exp"] - refresh["iat"]) == kept
    assert (access["amr"], access["acr"]) == (["pwd", "otp", "mfa"], "2")
    # Where none is named, it is the tenant that was joined first.
    assert access["tenant"] == contract.more.get("tenant", "one")
    assert ask("GET", contract.shows, token=tokens["access"]).status_code == 200
    clock.shift(60)
    renewed = contract.renew(tokens)
    assert renewed.status_code in {200, 201}, renewed.content
    fresh = renewed.json().get("access") or renewed.json()["token"]
    assert ask("GET", contract.shows, token=fresh).status_code == 200
    assert claims_of(fresh)["tenant"] == access["tenant"]
    assert second_step(step, someone.code()).status_code == 404


def test_the_token_between_the_steps_opens_no_other_door(contract, ann):
    someone = give_totp(ann)
    step = token_in(contract.log_in())
    for path in {each.shows for each in CONTRACTS.values()}:
        assert ask("GET", path, token=step).status_code == 401, path
    assert contract.renew({"access": step, "refresh": step}).status_code == 401
    for path, name in DOORS.items():
        answer = ask("POST", path, {**FILLER, name: step})
        assert 400 <= answer.status_code < 500, path
        assert "access" not in answer.json()
    revoked = ask("POST", "/accounts/token/revoke/", {"token": step})
    assert (revoked.status_code, revoked.content) == (200, b"")
    ann.refresh_from_db()
    assert (ann.check_password(PASSWORD), ann.username) == (True, "ann")
    assert not UserSession.objects.exists()
    assert second_step(step, someone.code()).status_code == 200


def test_a_session_of_one_factor_ends_at_its_next_refresh(contract, ann):
    body = contract.log_in().json()
    tokens = {"access": body.get("token"), **body}
    give_totp(ann)
    assert contract.renew(tokens).status_code == 401
    assert UserSession.objects.get().end_reason == "second_factor_missing"


def test_a_role_that_asks_for_a_factor_is_told_and_it_is_set_up(contract, ann, make_role):
    ann.groups.add(make_role("Cashier", require_mfa=True))
    answer = contract.log_in()
    body = answer.json()
    assert answer.status_code == (403 if contract.login == "/accounts/sign-in/" else 401)
    assert body["code"] == "mfa_enrolment_required"
    assert {"challenge_token", "expires_in"} <= set(body)
    token = {"challenge_token": body["challenge_token"]}
    begun = ask("POST", "/accounts/sign-in/enrol/", {**token, "type": "totp"}).json()
    proof = {"id": begun["factor"]["id"], "code": shown(begun["totp"]["secret"])}
    signed = ask("POST", "/accounts/sign-in/enrol/confirm/", {**token, **proof})
    assert signed.status_code == 200
    assert len(signed.json()["recovery_codes"]) == 10
    access = signed.json()["access"]
    assert ask("GET", contract.shows, token=access).status_code == 200
    assert claims_of(access)["tenant"] == contract.more.get("tenant", "one")


def test_a_new_password_leads_to_the_same_second_step(contract, ann):
    give_totp(ann)
    ask("POST", "/dj-rest-auth/password/reset/", {"email": ann.email})
    secret = secret_for(Challenge.objects.get(purpose="reset_link"))
    answer = ask("POST", "/accounts/password/set/", {"token": secret, "password": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    assert token_in(contract.log_in(NEW))
    assert not UserSession.objects.exists()


@pytest.mark.parametrize("path", ["/dj-rest-auth/registration/", "/api/sign_up/"])
def test_who_registers_into_a_role_that_asks_for_a_factor_is_told_and_not_signed_in(
    path, make_role, ctx
):
    role = make_role("Cashier", require_mfa=True)
    Tenant.objects.create(
        slug="one", name="one", created_at=ctx.now, joining="open", is_default=True
    )

    def give_role(instance, **_details):
        instance.groups.add(role)

    post_save.connect(give_role, sender=get_user_model())
    try:
        named = {"username": "eve", "email": "eve@example.com"}
        answer = ask("POST", path, {**named, "password1": NEW, "password2": NEW})
    finally:
        post_save.disconnect(give_role, sender=get_user_model())
    assert (answer.status_code, answer.json()) == (
        201,
        {"detail": MESSAGES[Code.MFA_ENROLMENT_REQUIRED]},
    )
    assert not UserSession.objects.exists()
