"""One token: it is renewed while it counts, and everything that ends it ends it at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.models import Membership
from jwt_accounts.flows.open_session import open_session
from tests.conftest import PASSWORD
from tests.presets.calling import claims_of

pytestmark = pytest.mark.django_db

NEW = "a new staple horse"


def renew(portal, token):
    return portal("POST", "login/refresh/", token=token)


def test_a_token_lives_an_hour_and_is_renewed_while_it_counts(portal, ann, clock):
    token = portal.token(ann)
    claims = claims_of(token)
    assert claims["exp"] - claims["iat"] == 3600
    clock.shift(timedelta(minutes=59))
    answer = renew(portal, token)
    assert (answer.status, list(answer.json())) == (200, ["token", "user"])
    assert answer.json()["user"] == portal.log_in("ann").json()["user"]
    newer = answer.json()["token"]
    assert claims_of(newer)["jti"] != claims["jti"]
    clock.shift(timedelta(minutes=59))
    assert portal("GET", "users/", token=newer).status == 200
    for path, method in (("users/", "GET"), ("login/refresh/", "POST")):
        late = portal(method, path, token=token)
        assert (late.status, late.json()["code"]) == (401, "token_not_valid")
        assert 'error="invalid_token"' in late.headers["WWW-Authenticate"]


def test_no_refresh_token_is_given_and_none_is_read(portal, ann):
    answer = portal.log_in("ann")
    assert "Set-Cookie" not in answer.headers
    assert portal("POST", "login/refresh/", {"refresh": answer.json()["token"]}).status == 401


@pytest.mark.parametrize(
    ("path", "body"), [("login/refresh/", None), ("tenants/switch/", {"tenant": "acme"})]
)
def test_a_token_of_another_contract_lives_no_longer_by_it(portal, ann, ctx, clock, path, body):
    raw = open_session(ctx, user=ann, amr=("pwd",)).tokens.access
    clock.shift(timedelta(minutes=2))
    once = portal("POST", path, body, token=raw).json()["token"]
    again = portal("POST", path, body, token=once).json()["token"]
    assert {claims_of(each)["exp"] for each in (once, again)} == {claims_of(raw)["exp"]}


def test_renewing_ends_with_the_session(portal, ann, clock, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "SESSION_LIFETIME": timedelta(hours=2)}
    token = portal.token(ann)
    for _ in range(2):
        clock.shift(timedelta(minutes=50))
        token = renew(portal, token).json()["token"]
    clock.shift(timedelta(minutes=19))
    assert portal("GET", "users/", token=token).status == 200
    clock.shift(timedelta(minutes=2))
    assert portal("GET", "users/", token=token).status == 401
    assert renew(portal, token).status == 401


def test_log_out_ends_the_token_and_all_that_came_of_the_same_log_in(portal, ann):
    token = portal.token(ann)
    newer = renew(portal, token).json()["token"]
    other = portal.log_in("ann").json()["token"]
    assert portal("POST", "logout/", token=token).json() == {"detail": "Successfully logged out."}
    for gone in (token, newer):
        assert portal("GET", "current_user/", token=gone).status == 401
        assert renew(portal, gone).status == 401
    assert portal("GET", "current_user/", token=other).status == 200
    assert portal("POST", "logout/").status == 401


def test_a_new_password_ends_the_other_sessions(portal, ann):
    other, here = portal.log_in("ann").json()["token"], portal.token(ann)
    body = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert portal("POST", "password/change/", body, token=here).status == 200
    assert portal("GET", "current_user/", token=here).status == 200
    assert renew(portal, here).status == 200
    assert portal("GET", "current_user/", token=other).status == 401
    assert renew(portal, other).status == 401
    assert portal.log_in("ann", NEW).status == 200


def test_who_is_switched_off_is_out_at_once(portal, ann):
    token = portal.token(ann)
    get_user_model().objects.filter(pk=ann.pk).update(is_active=False)
    assert portal("GET", "current_user/", token=token).status == 401
    assert renew(portal, token).status == 401


def test_a_token_that_is_renewed_stays_in_its_tenant(portal, ann, globex, ctx):
    """Two tabs, one session: one of them goes to another tenant."""
    Membership.objects.create(tenant=globex, user=ann, joined_at=ctx.now)
    left = portal.token(ann, "acme")
    right = portal("POST", "tenants/switch/", {"tenant": "globex"}, token=left).json()["token"]
    for token, slug in ((left, "acme"), (right, "globex"), (left, "acme")):
        assert portal("GET", "current_user/", token=token).json()["tenant"]["slug"] == slug
        newer = renew(portal, token).json()["token"]
        assert claims_of(newer)["tenant"] == slug
        assert portal("GET", "current_user/", token=newer).json()["tenant"]["slug"] == slug
