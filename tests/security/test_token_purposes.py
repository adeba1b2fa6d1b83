"""A token opens the doors of its own kind and no other (RFC 8725 section 3.12, ASVS 9.2.2)."""

from __future__ import annotations

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.urls import get_resolver
from rest_framework_simplejwt.tokens import AccessToken as PlainAccess
from rest_framework_simplejwt.tokens import RefreshToken as PlainRefresh
from rest_framework_simplejwt.tokens import SlidingToken

from jwt_accounts.credentials.challenges import change_of, open_at_once, pin_for, secret_for
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.http.view import ContractView, Who
from jwt_accounts.models import Challenge
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.types import IdentifierKind

pytestmark = [pytest.mark.django_db, pytest.mark.core]

#: Where a token goes in, and the kind that it lets in. Those that end the session come last.
DOORS = {
    "me": "access",
    "sessions": "access",
    "users": "access",
    "listing": "access",
    "hello": "access",
    "verify": "access",
    "refresh": "refresh",
    "token_refresh": "refresh",
    "logout": "access",
    "sign_out": "access",
}


@pytest.fixture
def doors(ask):
    def bearer(method, path):
        return lambda token: ask(method, path, token=token)

    def body(path, field):
        return lambda token: ask("POST", path, {field: token})

    return {
        "me": bearer("GET", "/accounts/me/"),
        "sessions": bearer("GET", "/accounts/sessions/"),
        "users": bearer("GET", "/accounts/users/"),
        "listing": bearer("GET", "/authentication/users"),
        "hello": bearer("GET", "/hello/"),
        "verify": body("/accounts/token/verify/", "token"),
        "refresh": body("/accounts/token/refresh/", "refresh"),
        "token_refresh": body("/authentication/token/refresh/", "refresh"),
        "logout": bearer("POST", "/authentication/logout/"),
        "sign_out": bearer("POST", "/accounts/sign-out/"),
    }


@pytest.fixture
def keys(ctx, make_superuser, tokens_of):
    """One token of every kind there is, all of one user."""
    user = make_superuser()
    ours = tokens_of(user)
    email = {"kind": IdentifierKind.EMAIL, "value": user_fields().read(user, IdentifierKind.EMAIL)}
    request_pin(ctx, **email)
    pin = pin_for(Challenge.objects.get())
    return {
        "access": ours.access,
        "refresh": ours.refresh,
        "simplejwt's access": str(PlainAccess.for_user(user)),
        "simplejwt's refresh": str(PlainRefresh.for_user(user)),
        "simplejwt's sliding": str(SlidingToken.for_user(user)),
        "password reset": default_token_generator.make_token(user),
        "signed value": signing.dumps({"user_id": str(user.pk)}),
        "session id": str(ours.session.pk),
        "reset": verify_pin(ctx, **email, pin=pin).secret,
        "change": secret_for(open_at_once(change_of(user), ctx, CHANGE_LIFETIME)),
        "pin": pin,
        "nothing": "null",
    }


@pytest.mark.parametrize("door", DOORS)
def test_only_its_own_kind_opens_a_door(door, doors, keys):
    opened = {kind for kind, token in keys.items() if doors[door](token).status_code < 400}
    assert opened == {DOORS[door]}


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_kind_is_a_401_and_ends_no_session(door, doors, keys):
    wrong = {kind: token for kind, token in keys.items() if kind != DOORS[door]}
    assert {kind: doors[door](token).status_code for kind, token in wrong.items()} == dict.fromkeys(
        wrong, 401
    )
    assert doors["me"](keys["access"]).status_code == 200


@pytest.mark.parametrize("kind", ["reset", "change"])
def test_a_password_is_set_by_its_own_two_kinds_and_no_other(doors, keys, ask, kind):
    def put(token):
        body = {"token": token, "password": "another horse battery"}
        return ask("POST", "/accounts/password/set/", body).status_code

    wrong = {each: put(token) for each, token in keys.items() if each not in {"reset", "change"}}
    assert {each for each, status in wrong.items() if not 400 <= status < 500} == set()
    assert doors["me"](keys["access"]).status_code == 200
    assert put(keys[kind]) == 204
    assert doors["me"](keys["access"]).status_code == 401
    assert put(keys["reset"]) >= 400
    assert put(keys["change"]) >= 400


def test_revocation_takes_both_of_ours_and_no_other(doors, keys, ask):
    for kind, token in keys.items():
        if kind not in {"access", "refresh"}:
            assert ask("POST", "/accounts/token/revoke/", {"token": token}).status_code == 200
            assert doors["me"](keys["access"]).status_code == 200
    ask("POST", "/accounts/token/revoke/", {"token": keys["refresh"]})
    assert doors["me"](keys["access"]).status_code == 401


PLACES = {"user_id": "1", "session_id": "1", "role": "Cashier"}


def endpoints():
    """Every (path, method, who) the library mounts in this project, read off the URL table."""
    pending = [("/", pattern) for pattern in get_resolver().url_patterns]
    while pending:
        prefix, pattern = pending.pop()
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            pending += [(path, inner) for inner in pattern.url_patterns]
        elif getattr(pattern.callback, "cls", None) is ContractView:
            for method, found in pattern.callback.initkwargs["actions"].items():
                for name, value in PLACES.items():
                    path = path.replace(f"<str:{name}>", value)
                yield path, method, found


def test_every_endpoint_that_wants_a_token_refuses_none_and_a_refresh_token(ask, keys):
    seen = [each for each in endpoints() if each[2].who is not Who.ANYONE]
    assert len(seen) >= 20
    for path, method, _ in seen:
        assert ask(method, path).status_code == 401, (method, path)
        assert ask(method, path, token=keys["refresh"]).status_code == 401, (method, path)
        assert ask(method, path, token=keys["simplejwt's access"]).status_code == 401, (
            method,
            path,
        )


def test_every_endpoint_that_changes_others_names_a_right():
    public_to_users = {
        ("GET", "/accounts/me/"),
        ("GET", "/accounts/sessions/"),
        ("DELETE", "/accounts/sessions/"),
        ("DELETE", "/accounts/sessions/1/"),
        ("POST", "/accounts/password/change/"),
        ("GET", "/authentication/role/settings/Cashier/"),
    }
    unguarded = {
        (method, path if path.endswith("/") else f"{path}/")
        for path, method, found in endpoints()
        if found.who is Who.SIGNED_IN and found.right is None
    }
    assert unguarded == public_to_users
